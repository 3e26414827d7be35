// Reads any bytes as an ETDump and touches everything that was read; the input is also shown to the recognition of file
// kinds and to the outliner of delegate payloads, under every backend that is recognised by its id alone.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/touch.h"
#include "ptetool/format/delegate_blob.h"
#include "ptetool/format/etdump.h"
#include "ptetool/format/file_kind.h"

namespace {

using namespace ptetool;
using namespace ptetool::fuzz;

void outline_as_everything(ByteView bytes) {
  for (const std::string_view id : {"", "CoreMLBackend", "NeuropilotBackend", "NeutronBackend", "CudaBackend"}) {
    const DelegateOutline outline = outline_delegate(id, bytes);
    if (outline.format.empty()) std::abort();
    std::size_t keys = 0;
    for (const auto& key : outline.named_keys) keys += key.size();
    if (keys > bytes.size()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = File::from_bytes("fuzz.etdp", {data, size});
  if (stranger_error(*file, identify(file->bytes())).message.empty()) std::abort();
  outline_as_everything(file->bytes());
  const auto dump = etdump::read_etdump(file);
  if (!dump) {
    touch_ends(dump.error().line());
    return 0;
  }
  for (const auto& run : dump->runs) {
    touch_ends(run.name);
    for (const auto allocator : run.allocators) touch_ends(allocator);
    for (const auto& event : run.profile_events) {
      touch_ends(event.name);
      touch_ends(event.delegate_debug_id_str);
      if (event.offset >= size) std::abort();
    }
  }
  return 0;
}
