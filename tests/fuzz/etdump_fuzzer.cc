// Reads any bytes as an ETDump and touches everything that was read; the input is also shown to the recognition of file
// kinds and to the outliner of delegate payloads, under every backend that is recognised by its id alone.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/format/delegate_blob.h"
#include "ptetool/format/etdump.h"
#include "ptetool/format/file_kind.h"

namespace {

using namespace ptetool;

// Keeps the reads from being optimised away.
volatile std::uint64_t sink = 0;

void touch(std::string_view text) {
  if (!text.empty()) sink = sink + static_cast<std::uint64_t>(text.front() != 0) + (text.back() != 0 ? 1u : 0u);
}

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
    touch(dump.error().line());
    return 0;
  }
  for (const auto& run : dump->runs) {
    touch(run.name);
    for (const auto allocator : run.allocators) touch(allocator);
    for (const auto& event : run.profile_events) {
      touch(event.name);
      touch(event.delegate_debug_id_str);
      if (event.offset >= size) std::abort();
    }
  }
  return 0;
}
