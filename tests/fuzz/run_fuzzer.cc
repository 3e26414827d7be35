// Whatever the bytes are: loading and running them on both backends ends with a result or an error, within bounds.
#include <cstddef>
#include <cstdint>

#include "fuzz/split_input.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"

using namespace ptetool;

namespace {

// Small enough that a hostile shape costs nothing, large enough for every tiny program.
constexpr std::uint64_t kMaxMemory = std::uint64_t{16} << 20;
// Programs that go in circles are no find.
constexpr std::uint64_t kMaxSteps = 10'000;

std::vector<std::unique_ptr<DelegateBackend>> make_backends() {
  std::vector<std::unique_ptr<DelegateBackend>> backends;
  backends.push_back(make_reference_backend());
  if (auto xnnpack = make_xnnpack_backend(nullptr)) backends.push_back(std::move(*xnnpack));
  return backends;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto backends = make_backends();
  const SplitInput input = split_input(ByteView(bytes, size));
  const auto program = read_artifact(File::from_bytes("fuzz.pte", input.program));
  if (!program || !program->program()) return 0;
  std::vector<std::shared_ptr<const ptd::DataFile>> data;
  if (input.data) {
    const auto file = read_artifact(File::from_bytes("fuzz.ptd", *input.data));
    if (file && file->data_file()) data.push_back(file->data_file());
  }
  const auto model = std::make_shared<const Model>(link(program->program(), data));
  for (const auto& backend : backends) {
    for (const auto& plan : program->program()->execution_plan) {
      RunRequest request;
      request.load.method = std::string(plan.name);
      request.load.max_memory = kMaxMemory;
      request.load.max_instructions = kMaxSteps;
      request.max_generated_bytes = kMaxMemory;
      DelegateBackend* one[] = {backend.get()};
      const auto result = run(model, request, one);
      if (result) run_section(*result, *model, {.backend = "fuzz"});
    }
  }
  return 0;
}
