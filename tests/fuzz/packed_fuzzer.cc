// Reads any bytes as a file of the packed cache and as ExecuTorch's cache, verifies them and inspects them in all
// views. A damaged header of ours is also given the checksum that it needs, so that what lies behind that is reached.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/format/packed_weights.h"
#include "ptetool/format/weight_cache.h"
#include "ptetool/layout/inspect.h"
#include "ptetool/verify/verify.h"

namespace {

using namespace ptetool;

void look_at(const std::shared_ptr<const File>& file) {
  if (const auto cache = weight_cache::read_weight_cache(file)) {
    for (const auto& entry : cache->entries) {
      if (entry.index_at >= file->size()) std::abort();
    }
  }
  verify::verify_open_files(std::span(&file, 1), {}, {});
  layout::InspectInput input;
  auto artifact = read_artifact(file);
  if (!artifact) return;
  input.artifact = std::move(*artifact);
  layout::InspectOptions options;
  for (int view = 1; view <= static_cast<int>(layout::View::Bytes); ++view) {
    options.views.push_back(static_cast<layout::View>(view));
  }
  if (!layout::inspect(std::span(&input, 1), options)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = File::from_bytes("fuzz.packed", {data, size});
  look_at(file);
  const auto packed = packed::read_packed_weights(file);
  if (packed && packed->weights.size() + packed::kHeaderBytes + packed::kTailBytes != size) std::abort();
  if (size < packed::kHeaderBytes) return 0;
  std::vector<std::uint8_t> repaired(data, data + size);
  std::ranges::copy(packed::kMagic, repaired.begin());
  packed::sign_header(repaired);
  look_at(File::from_bytes("repaired.packed", repaired));
  return 0;
}
