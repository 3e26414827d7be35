// Profiles as tables, traces and ETDumps, and the memory of this process.
#include "ptetool/runtime/profile.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "ptetool/base/file.h"
#include "ptetool/base/memory_usage.h"
#include "ptetool/format/etdump.h"
#include "temporary_folder.h"

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

// The same with two nodes inside the delegate.
Profile nested() {
  Profile profile = example();
  profile.nodes[{0, 1}] = {{"Convolution (NHWC, F32) IGEMM", "Conv2d fp32", {1, 2, 2, 3}, 4000, 1000},
                           {"Copy (NC, X32)", "", {}, 0, 0}};
  profile.node_events = {{1, 0, 400}, {1, 1, 100}, {3, 0, 1000}, {3, 1, 500}};
  profile.peak_gflops = 10;
  profile.peak_gigabytes = 5;
  return profile;
}

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
  const test::TemporaryFolder folder;
  const std::string path = folder / "profile.json";
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
}

TEST_CASE("an ETDump that our own reader reads") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "profile.etdp";
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
}

TEST_CASE("the nodes of a delegate, with what they do in a second") {
  const auto section = profile_section(nested());
  REQUIRE(section.tables.size() == 3);
  const report::Table& nodes = section.tables[1];
  CHECK(nodes.id == "nodes");
  REQUIRE(nodes.rows.size() == 2);
  const auto cell = [&](std::size_t row, std::string_view id) {
    for (std::size_t c = 0; c < nodes.columns.size(); ++c) {
      if (nodes.columns[c].id == id) return nodes.rows[row][c];
    }
    return report::Cell(report::Absent{});
  };
  CHECK(std::get<std::string>(cell(0, "type")) == "Conv2d fp32");
  CHECK(std::get<report::Milliseconds>(cell(0, "total_ms")).value == doctest::Approx(0.0014));
  CHECK(std::get<double>(cell(0, "gflops")) == doctest::Approx(8000.0 / 1400));
  CHECK(std::get<report::Share>(cell(0, "gflops_share")).value == doctest::Approx(8000.0 / 1400 / 10));
  CHECK(std::get<double>(cell(0, "gigabytes")) == doctest::Approx(2000.0 / 1400));
  CHECK(std::get<std::string>(cell(1, "type")) == "Copy (NC, X32)");
  CHECK(std::holds_alternative<report::Absent>(cell(1, "gflops")));
}

TEST_CASE("nodes lie inside their delegate's slice, in a trace and in an ETDump") {
  const test::TemporaryFolder folder;
  const std::string trace_path = folder / "profile.json";
  REQUIRE(write_profile(nested(), trace_path));
  const auto trace_file = File::open(trace_path);
  REQUIRE(trace_file);
  const auto trace = nlohmann::json::parse(as_text((*trace_file)->bytes()), nullptr, false);
  const auto& events = trace["traceEvents"];
  REQUIRE(events.size() == 1 + 2 + 4 + 4);
  CHECK(events[5]["name"] == "Conv2d fp32");
  CHECK(events[5]["ts"] == 0.3);
  CHECK(events[5]["dur"] == 0.4);
  CHECK(events[5]["args"]["shape"] == std::vector<int>{1, 2, 2, 3});
  CHECK(events[6]["ts"] == 0.7);
  CHECK(events[10]["dur"] == 0.2);  // cut to the slice

  const std::string dump_path = folder / "profile.etdp";
  REQUIRE(write_profile(nested(), dump_path));
  const auto file = File::open(dump_path);
  REQUIRE(file);
  const auto dump = etdump::read_etdump(*file);
  REQUIRE(dump);
  const auto& records = dump->runs[0].profile_events;
  REQUIRE(records.size() == 6);
  CHECK(records[2].name == "");
  CHECK(records[2].delegate_debug_id_str == "Convolution (NHWC, F32) IGEMM #1");
  CHECK(records[2].delegate_debug_id_int == -1);
  CHECK(records[3].delegate_debug_id_str == "Copy (NC, X32) #1");
  CHECK(records[4].name == "DELEGATE_CALL");
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
