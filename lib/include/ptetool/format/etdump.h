// An ETDump: the runtime's record of what it executed and how long that took (format-facts 7.2).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::etdump {

struct ProfileEvent {
  std::string_view name;  // "OPERATOR_CALL", "native_call_add.out" …
  std::int32_t chain_index = 0;
  std::int32_t instruction_id = -1;
  std::int32_t delegate_debug_id_int = -1;
  std::string_view delegate_debug_id_str;
  std::uint64_t start_time = 0;  // raw ticks
  std::uint64_t end_time = 0;
  std::uint64_t offset = 0;
};
struct AllocationEvent {
  std::int32_t allocator_id = 0;
  std::uint64_t allocation_size = 0;
};
struct RunData {
  std::string_view name;
  std::int32_t bundled_input_index = -1;
  std::vector<std::string_view> allocators;
  std::vector<ProfileEvent> profile_events;
  std::vector<AllocationEvent> allocation_events;
  std::uint64_t debug_events = 0;
};
struct EtDump {
  std::shared_ptr<const File> file;
  std::uint32_t version = 0;
  std::vector<RunData> runs;
};

Result<EtDump> read_etdump(std::shared_ptr<const File> file);

// The bytes of an ETDump with the runs of `dump` and their profile events; other events are not written. Errors: Limit.
Result<std::vector<std::uint8_t>> write_etdump(const EtDump& dump);

}  // namespace ptetool::etdump
