// Profiles as tables, traces and ETDumps, and the memory of this process.
#include "ptetool/runtime/profile.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "ptetool/base/file.h"
#include "ptetool/base/memory_usage.h"
#include "ptetool/format/etdump.h"

namespace {

using namespace ptetool;
using Kind = InstructionName::Kind;

// Two executions of an operator and a delegate.
Profile example() {
  Profile profile;
  profile.names = {{{Kind::Operator, "aten::add.out"}, {Kind::Delegate, "Xnnpack\"Backend #0"}}};
  profile.executions = {{1000, 2000, 0}, {3000, 5000, 2}};
  profile.events = {{0, 0, 1000, 1300, 24}, {0, 1, 1300, 1900, 100}, {0, 0, 3000, 3500, 24}, {0, 1, 3600, 4800, 100}};
  return profile;
}

std::string path_of(const std::string& name) { return (std::filesystem::temp_directory_path() / name).string(); }

TEST_CASE("the table sums per operator, the slowest first") {
  const auto section = profile_section(example());
  const auto& rows = section.tables[0].rows;
  REQUIRE(rows.size() == 2);
  CHECK(std::get<std::string>(rows[0][0]) == "Xnnpack\"Backend #0");
  CHECK(std::get<std::uint64_t>(rows[1][1]) == 2);
  CHECK(std::get<report::Milliseconds>(rows[1][2]).value == doctest::Approx(0.0008));
  CHECK(std::get<report::Share>(rows[0][3]).value == doctest::Approx(1800.0 / 3000));
  CHECK(std::get<report::ByteCount>(rows[1][5]).value == 48);
  CHECK(section.tables[1].rows.size() == 2);
  CHECK(profile_section({}).tables[0].rows.empty());
}

TEST_CASE("a Chrome trace") {
  const std::string path = path_of("ptetool_profile_test.json");
  REQUIRE(write_profile(example(), path));
  const auto file = File::open(path);
  REQUIRE(file);
  const auto trace = nlohmann::json::parse(as_text((*file)->bytes()), nullptr, false);
  REQUIRE(trace.is_object());
  const auto& events = trace["traceEvents"];
  REQUIRE(events.size() == 1 + 2 + 4);
  CHECK(events[2]["name"] == "execution 1");
  CHECK(events[2]["ts"] == 2.0);
  CHECK(events[4]["name"] == "Xnnpack\"Backend #0");
  CHECK(events[4]["dur"] == 0.6);
  CHECK(events[4]["args"]["instruction"] == 1);
  std::filesystem::remove(path);
}

TEST_CASE("an ETDump that our own reader reads") {
  const std::string path = path_of("ptetool_profile_test.etdp");
  REQUIRE(write_profile(example(), path));
  const auto file = File::open(path);
  REQUIRE(file);
  const auto dump = etdump::read_etdump(*file);
  REQUIRE(dump);
  REQUIRE(dump->runs.size() == 2);
  const auto& events = dump->runs[1].profile_events;
  REQUIRE(events.size() == 4);
  CHECK(events[0].name == "native_call_add.out");
  CHECK(events[1].name == "OPERATOR_CALL");
  CHECK(events[2].name == "DELEGATE_CALL");
  CHECK(events[2].instruction_id == 1);
  CHECK(events[2].end_time - events[2].start_time == 1200);
  CHECK(events[3].name == "Method::execute");
  std::filesystem::remove(path);
}

TEST_CASE("other suffixes and folders that are not there") {
  const auto other = write_profile(example(), "x.txt");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::Usage);
  CHECK_FALSE(write_profile(example(), "/no/such/folder/x.json"));
}

TEST_CASE("this process holds memory") {
  const MemoryUsage before = memory_usage();
  REQUIRE(before.rss);
  REQUIRE(before.peak);
  CHECK(*before.rss > 0);
  if (before.anonymous && before.file) CHECK(*before.anonymous + *before.file == *before.rss);
  const std::vector<std::uint8_t> touched(std::size_t{32} << 20, 1);
  const MemoryUsage after = memory_usage();
  CHECK(*after.rss > *before.rss + touched.size() / 2);
  CHECK(*after.peak >= *after.rss / 2);
}

}  // namespace
