// ETDumps: runs, their events, and the length in front.
#include "ptetool/format/etdump.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "etdump_generated.h"

namespace {

using namespace ptetool;
namespace fb = ptetool::fb::etdump;

std::vector<std::uint8_t> example() {
  flatbuffers::FlatBufferBuilder builder;
  const auto profile = fb::CreateProfileEventDirect(builder, "OPERATOR_CALL", 1, 2, 3, "delegate", nullptr, 100, 250);
  const auto allocation = fb::CreateAllocationEvent(builder, 4, 4096);
  const auto debug = fb::CreateDebugEvent(builder, 1);
  const std::vector<flatbuffers::Offset<fb::Event>> events = {
      fb::CreateEvent(builder, profile),
      fb::CreateEvent(builder, 0, allocation),
      fb::CreateEvent(builder, 0, 0, debug),
      fb::CreateEvent(builder, fb::CreateProfileEvent(builder)),
      fb::CreateEvent(builder),
  };
  const auto allocators = std::vector{fb::CreateAllocatorDirect(builder, "method")};
  const auto runs =
      std::vector{fb::CreateRunDataDirect(builder, "Execute", 7, &allocators, &events), fb::CreateRunData(builder)};
  builder.FinishSizePrefixed(fb::CreateETDumpDirect(builder, 3, &runs), "ED00");
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

Result<etdump::EtDump> read(ByteView bytes) { return etdump::read_etdump(File::from_bytes("run.etdp", bytes)); }

TEST_CASE("runs and events") {
  const auto dump = read(example());
  REQUIRE(dump);
  CHECK(dump->version == 3);
  REQUIRE(dump->runs.size() == 2);
  const auto& run = dump->runs[0];
  CHECK(run.name == "Execute");
  CHECK(run.bundled_input_index == 7);
  REQUIRE(run.allocators.size() == 1);
  CHECK(run.allocators[0] == "method");
  REQUIRE(run.profile_events.size() == 2);
  const auto& event = run.profile_events[0];
  CHECK(event.name == "OPERATOR_CALL");
  CHECK(event.chain_index == 1);
  CHECK(event.instruction_id == 2);
  CHECK(event.delegate_debug_id_int == 3);
  CHECK(event.delegate_debug_id_str == "delegate");
  CHECK(event.start_time == 100);
  CHECK(event.end_time == 250);
  CHECK(event.offset > 12);
  CHECK(run.profile_events[1].instruction_id == -1);
  REQUIRE(run.allocation_events.size() == 1);
  CHECK(run.allocation_events[0].allocator_id == 4);
  CHECK(run.allocation_events[0].allocation_size == 4096);
  CHECK(run.debug_events == 1);
  CHECK(dump->runs[1].bundled_input_index == -1);
  CHECK(dump->runs[1].profile_events.empty());
}

TEST_CASE("bytes behind the record are left alone") {
  auto bytes = example();
  bytes.insert(bytes.end(), 16, 0xff);
  CHECK(read(bytes));
}

TEST_CASE("ETDumps that are refused") {
  const auto whole = example();
  const auto line = [](ByteView bytes) {
    const auto result = read(bytes);
    REQUIRE_FALSE(result);
    return result.error().line();
  };
  CHECK(line({}) == "run.etdp: at offset 0x0: is empty");
  CHECK(line(ByteView(whole).first(11)) == "run.etdp: at offset 0x0: is cut off: 11 bytes cannot hold an ETDump");
  const std::string record = std::to_string(whole.size() - 4);
  for (std::size_t size = 12; size < whole.size(); ++size) {
    CHECK(line(ByteView(whole).first(size)) == "run.etdp: at offset 0x0: is cut off: the record has " + record +
                                                   " bytes, " + std::to_string(size - 4) + " of them are in the file");
  }
  auto other = whole;
  other[8] = 'X';
  CHECK(line(other) == "run.etdp: at offset 0x8: is no ETDump (no 'ED00' at offset 8)");
  auto broken = whole;
  broken[7] = 0x7f;
  CHECK(read(broken).error().code == ErrorCode::Malformed);
}

}  // namespace
