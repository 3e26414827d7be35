// Writes ETDumps (format-facts 7.2), as ExecuTorch's own runtime does: a flatbuffer behind its length.
#include "etdump_generated.h"
#include "format/flatbuffer.h"
#include "ptetool/format/etdump.h"

namespace ptetool::etdump {

namespace fb = ptetool::fb::etdump;

namespace {

// The builder addresses 2 GiB and would assert beyond; an event takes less than this with its table and offsets.
constexpr std::uint64_t kEventBytes = 128;

using Builder = flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<fb::RunData> write_run(Builder& builder, const RunData& run) {
  std::vector<flatbuffers::Offset<fb::Event>> events;
  events.reserve(run.profile_events.size());
  for (const ProfileEvent& event : run.profile_events) {
    const auto name = builder.CreateSharedString(event.name.data(), event.name.size());
    flatbuffers::Offset<flatbuffers::String> delegate_name;
    if (!event.delegate_debug_id_str.empty()) {
      delegate_name =
          builder.CreateSharedString(event.delegate_debug_id_str.data(), event.delegate_debug_id_str.size());
    }
    const auto profile =
        fb::CreateProfileEvent(builder, name, event.chain_index, event.instruction_id, event.delegate_debug_id_int,
                               delegate_name, 0, event.start_time, event.end_time);
    events.push_back(fb::CreateEvent(builder, profile));
  }
  const auto name = builder.CreateString(run.name.data(), run.name.size());
  const auto vector = builder.CreateVector(events);
  return fb::CreateRunData(builder, name, run.bundled_input_index, 0, vector);
}

}  // namespace

Result<std::vector<std::uint8_t>> write_etdump(const EtDump& dump) {
  std::uint64_t events = 0;
  for (const RunData& run : dump.runs) events += run.profile_events.size();
  if (events > format::kMaxFlatbufferBytes / kEventBytes) {
    return fail(ErrorCode::Limit, std::to_string(events) + " events are more than an ETDump can hold");
  }
  Builder builder;
  std::vector<flatbuffers::Offset<fb::RunData>> runs;
  for (const RunData& run : dump.runs) runs.push_back(write_run(builder, run));
  const auto vector = builder.CreateVector(runs);
  builder.FinishSizePrefixed(fb::CreateETDump(builder, dump.version, vector), fb::ETDumpIdentifier());
  return std::vector<std::uint8_t>(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

}  // namespace ptetool::etdump
