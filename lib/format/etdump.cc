// Reads ETDumps (format-facts 7.2): a flatbuffer behind its own length, so that offsets are proved from the length on.
#include "ptetool/format/etdump.h"

#include "etdump_generated.h"
#include "format/flatbuffer.h"
#include "ptetool/base/text.h"

namespace ptetool::etdump {

namespace fb = ptetool::fb::etdump;
using format::convert_all;
using format::text;

namespace {

constexpr std::uint64_t kPrefixBytes = sizeof(flatbuffers::uoffset_t);

// The prefix and the flatbuffer it measures; bytes behind that are ignored, as a stream may leave some.
Result<ByteView> sized_part(const File& file) {
  const ByteView bytes = file.bytes();
  const auto length = load<std::uint32_t>(bytes, 0);
  if (!length || bytes.size() < kPrefixBytes + 8) {
    return fail(ErrorCode::Malformed, file.name(), "",
                bytes.empty() ? std::string("is empty")
                              : "is cut off: " + counted(bytes.size(), "byte") + " cannot hold an ETDump",
                0);
  }
  if (!has_tag(bytes, 8, "ED00")) {
    return fail(ErrorCode::WrongKind, file.name(), "", "is no ETDump (no 'ED00' at offset 8)", 8);
  }
  const auto part = subview(bytes, 0, kPrefixBytes + *length);
  if (!part) {
    return fail(ErrorCode::Malformed, file.name(), "",
                "is cut off: the record has " + counted(*length, "byte") + ", " +
                    std::to_string(bytes.size() - kPrefixBytes) + " of them are in the file",
                0);
  }
  if (part->size() >= format::kMaxFlatbufferBytes) {
    return fail(ErrorCode::Limit, file.name(), "",
                "a record of " + std::to_string(part->size()) + " bytes: flatbuffers end below 2 GiB", 0);
  }
  return *part;
}

RunData read_run(const fb::RunData& table, ByteView bytes) {
  RunData run;
  run.name = text(table.name());
  run.bundled_input_index = table.bundled_input_index();
  run.allocators = convert_all<std::string_view>(table.allocators(),
                                                 [](const fb::Allocator& allocator) { return text(allocator.name()); });
  if (!table.events()) return run;
  for (const fb::Event* event : *table.events()) {
    if (const auto* profile = event->profile_event()) {
      run.profile_events.push_back({text(profile->name()), profile->chain_index(), profile->instruction_id(),
                                    profile->delegate_debug_id_int(), text(profile->delegate_debug_id_str()),
                                    profile->start_time(), profile->end_time(), format::offset_in(bytes, profile)});
    }
    if (const auto* allocation = event->allocation_event()) {
      run.allocation_events.push_back({allocation->allocator_id(), allocation->allocation_size()});
    }
    if (event->debug_event()) ++run.debug_events;
  }
  return run;
}

}  // namespace

Result<EtDump> read_etdump(std::shared_ptr<const File> file) {
  PTETOOL_ASSIGN(const ByteView bytes, sized_part(*file));
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), format::kMaxTableDepth, format::max_tables(bytes.size()));
  if (!verifier.VerifySizePrefixedBuffer<fb::ETDump>(nullptr)) {
    return fail(
        ErrorCode::Malformed, file->name(), "",
        "the ETDump's flatbuffer is corrupt: an offset, table, vector or string in it leaves the bytes or overlaps");
  }
  const fb::ETDump* root = flatbuffers::GetSizePrefixedRoot<fb::ETDump>(bytes.data());
  EtDump dump;
  dump.file = file;
  dump.version = root->version();
  dump.runs = convert_all<RunData>(root->run_data(), [&](const fb::RunData& run) { return read_run(run, bytes); });
  return dump;
}

}  // namespace ptetool::etdump
