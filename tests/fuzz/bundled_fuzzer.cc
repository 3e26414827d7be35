// Reads any bytes as a bundled program and touches everything that was read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/touch.h"
#include "ptetool/format/bundled.h"

namespace {

using namespace ptetool;
using namespace ptetool::fuzz;

void touch_values(const std::vector<bundled::Value>& values, std::size_t size) {
  for (const auto& value : values) {
    if (value.offset >= size) std::abort();
    const auto* tensor = std::get_if<bundled::Tensor>(&value.content);
    if (!tensor) continue;
    touch_ends(tensor->sizes);
    touch_ends(tensor->dim_order);
    touch_ends(tensor->data);
    touch_ends(dtype_name(tensor->scalar_type));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bundle = bundled::read_bundled(File::from_bytes("fuzz.bpte", {data, size}));
  if (!bundle) {
    touch_ends(bundle.error().line());
    return 0;
  }
  touch_ends(bundle->identifier);
  for (const auto& suite : bundle->test_suites) {
    touch_ends(suite.method_name);
    for (const auto& test_case : suite.test_cases) {
      touch_values(test_case.inputs, size);
      touch_values(test_case.expected_outputs, size);
    }
  }
  const auto program = bundle->program_file();
  if (program->size() != bundle->program.size() || bundle->program_offset + program->size() > size) std::abort();
  touch_ends(program->bytes());
  return 0;
}
