// Compares two files of the input with each other.
//
// Promises: what opens is compared, however damaged it is; nothing differs from itself, unless parts of it cannot be
// read; and whether two differ does not depend on their order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/split_input.h"
#include "ptetool/compare/diff.h"

namespace {

using namespace ptetool;

void require(bool holds) {
  if (!holds) std::abort();
}

compare::Difference difference(const Artifact& a, const Artifact& b) {
  auto found = compare::diff({a, {}}, {b, {}}, {});
  require(found.has_value());
  return std::move(*found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SplitInput input = split_input(ByteView(data, size));
  const auto old_file = read_artifact(File::from_bytes("old", input.program));
  if (!old_file || !(old_file->program() || old_file->data_file())) return 0;
  const auto itself = difference(*old_file, *old_file);
  require(!itself.differs || !itself.problems.empty());
  if (!input.data) return 0;
  const auto new_file = read_artifact(File::from_bytes("new", *input.data));
  if (!new_file || (old_file->program() != nullptr) != (new_file->program() != nullptr)) return 0;
  if (!new_file->program() && !new_file->data_file()) return 0;
  require(difference(*old_file, *new_file).equal == difference(*new_file, *old_file).equal);
  return 0;
}
