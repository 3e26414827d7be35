// Reads any bytes as a bundled program and touches everything that was read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/format/bundled.h"

namespace {

using namespace ptetool;

// Keeps the reads from being optimised away.
volatile std::uint64_t sink = 0;

template <class Range>
void touch(const Range& items) {
  // First and last prove the whole; long vectors shared by many tables would only cost time.
  if (!items.empty()) sink = sink + (items.front() != 0) + (items.back() != 0);
}

void touch_values(const std::vector<bundled::Value>& values, std::size_t size) {
  for (const auto& value : values) {
    if (value.offset >= size) std::abort();
    const auto* tensor = std::get_if<bundled::Tensor>(&value.content);
    if (!tensor) continue;
    touch(tensor->sizes);
    touch(tensor->dim_order);
    touch(tensor->data);
    touch(dtype_name(tensor->scalar_type));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bundle = bundled::read_bundled(File::from_bytes("fuzz.bpte", {data, size}));
  if (!bundle) {
    touch(bundle.error().line());
    return 0;
  }
  touch(bundle->identifier);
  for (const auto& suite : bundle->test_suites) {
    touch(suite.method_name);
    for (const auto& test_case : suite.test_cases) {
      touch_values(test_case.inputs, size);
      touch_values(test_case.expected_outputs, size);
    }
  }
  const auto program = bundle->program_file();
  if (program->size() != bundle->program.size() || bundle->program_offset + program->size() > size) std::abort();
  touch(program->bytes());
  return 0;
}
