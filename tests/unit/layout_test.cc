// Byte maps own every byte once, also of damaged files; eras, memory plans and inspection on the linear example.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ptetool/layout/byte_map.h"
#include "ptetool/layout/era.h"
#include "ptetool/layout/inspect.h"
#include "ptetool/layout/memory_plan.h"

namespace {

using namespace ptetool;
using namespace ptetool::layout;

const std::string kLinear = std::string(PTETOOL_SOURCE_DIR) + "/testdata/linear/";

Artifact open(const std::string& name) {
  auto artifact = open_artifact(kLinear + name);
  REQUIRE(artifact);
  return std::move(*artifact);
}

void check_complete(const ByteMap& map) {
  std::uint64_t at = 0;
  for (const Range& range : map.ranges) {
    REQUIRE(range.offset == at);
    REQUIRE(range.size > 0);
    at += range.size;
  }
  REQUIRE(at == map.file_size);
  std::uint64_t sum = 0;
  for (const SizePart& part : size_breakdown(map)) sum += part.bytes;
  REQUIRE(sum == map.file_size);
}

const Range* find(const ByteMap& map, RangeKind kind) {
  const auto found = std::ranges::find(map.ranges, kind, &Range::kind);
  return found == map.ranges.end() ? nullptr : &*found;
}

TEST_CASE("every byte of a file has one owner") {
  for (const char* name : {"linear.pte", "linear.ptd", "linear_xnnpack.pte", "linear_xnnpack.ptd"}) {
    const ByteMap map = byte_map(open(name));
    check_complete(map);
    CHECK(map.overlaps.empty());
    CHECK(map.ranges.front().kind == RangeKind::Header);
  }
}

TEST_CASE("ranges are named after what they hold") {
  const ByteMap data = byte_map(open("linear.ptd"));
  const Range* weight = find(data, RangeKind::NamedData);
  REQUIRE(weight);
  CHECK(weight->name == "linear.weight");
  CHECK(weight->type == "float32 [3, 3]");
  CHECK(weight->size == 36);
  CHECK(!data.program);
  const ByteMap program = byte_map(open("linear_xnnpack.pte"));
  const Range* delegate = find(program, RangeKind::Delegate);
  REQUIRE(delegate);
  CHECK(delegate->users == std::vector<std::string>{"forward delegate 0"});
  CHECK(program.program);
}

TEST_CASE("bytes behind the end are trailing, a cut file is mapped as far as it goes") {
  for (const char* name : {"linear.ptd", "linear_xnnpack.pte"}) {
    const Artifact whole = open(name);
    const ByteView bytes = whole.file->bytes();
    std::vector<std::uint8_t> longer(bytes.begin(), bytes.end());
    longer.resize(longer.size() + 5);
    const auto padded = read_artifact(File::from_bytes("padded", longer));
    REQUIRE(padded);
    const ByteMap map = byte_map(*padded);
    check_complete(map);
    CHECK(map.ranges.back().kind == RangeKind::Trailing);
    CHECK(map.ranges.back().size == 5);

    const auto cut = read_artifact(File::from_bytes("cut", bytes.first(bytes.size() - 4)));
    if (!cut) continue;  // the reader may want it whole
    check_complete(byte_map(*cut));
  }
}

TEST_CASE("claims on the same bytes do not break the map") {
  // Both segments of the program are moved onto the flatbuffer's own bytes and beyond the end, in every combination.
  const Artifact whole = open("linear_xnnpack.pte");
  for (const std::uint64_t base :
       {std::uint64_t{0}, std::uint64_t{16}, std::uint64_t{1700}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    std::vector<std::uint8_t> bytes(whole.file->bytes().begin(), whole.file->bytes().end());
    for (int i = 0; i < 8; ++i) bytes[24 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(base >> (8 * i));
    const auto moved = read_artifact(File::from_bytes("moved", bytes));
    REQUIRE(moved);
    const ByteMap map = byte_map(*moved);
    check_complete(map);
    if (base < 1728) CHECK(!map.overlaps.empty());
  }
}

TEST_CASE("eras rest on what the tables contain") {
  const Artifact artifact = open("linear_xnnpack.pte");
  const Era era = era_of(*artifact.program(), {});
  CHECK(era.text == "v1.0 or later");
  CHECK(era.reasons == std::vector<std::string>{"v1.0 or later: a header of 32 bytes"});
  CHECK(era_of(*open("linear.ptd").data_file()).text == "v1.1 or later");
}

TEST_CASE("planned memory is summed per arena") {
  const Model model = link(open("linear.pte").program(), {});
  const MethodMemory memory = method_memory(model, 0);
  REQUIRE(memory.arenas.size() == 1);
  CHECK(memory.arenas[0].id == 1);
  CHECK(memory.arenas[0].tensors == 5);
  CHECK(memory.planned_bytes == memory.arenas[0].size);
  CHECK(memory.state_bytes == 0);
}

Result<Inspection> inspect_one(const std::string& name, const InspectOptions& options) {
  const InspectInput inputs[] = {{open(name), {}}};
  return inspect(inputs, options);
}

TEST_CASE("filters that std::regex refuses are usage errors") {
  for (const std::string& filter : {std::string("("), std::string("[a"), std::string("*"), std::string(1000, 'a')}) {
    InspectOptions options;
    options.filter = filter;
    const auto inspection = inspect_one("linear.ptd", options);
    REQUIRE(!inspection);
    CHECK(inspection.error().code == ErrorCode::Usage);
  }
}

TEST_CASE("filter, order and limit act on the rows") {
  InspectOptions options;
  options.views = {View::Data};
  options.sort = Sort::Name;
  options.top = 1;
  const auto inspection = inspect_one("linear.ptd", options);
  REQUIRE(inspection);
  const report::Table& entries = inspection->report.root.sections.at(0).tables.at(0);
  CHECK(entries.id == "entries");
  REQUIRE(entries.rows.size() == 1);
  CHECK(std::get<std::string>(entries.rows[0][0]) == "linear.bias");
  CHECK(entries.left_off == 1);
}

TEST_CASE("a method that no file has is missing") {
  InspectOptions options;
  options.method = "backward";
  const auto inspection = inspect_one("linear.pte", options);
  REQUIRE(!inspection);
  CHECK(inspection.error().code == ErrorCode::Missing);
}

TEST_CASE("every row is as long as its table is wide, in all views") {
  InspectOptions options;
  options.views.clear();
  for (int view = 0; view <= static_cast<int>(View::Bytes); ++view) options.views.push_back(static_cast<View>(view));
  const auto check = [](auto&& self, const report::Section& section) -> void {
    for (const report::Table& table : section.tables) {
      for (const auto& row : table.rows) CHECK_MESSAGE(row.size() == table.columns.size(), table.id);
    }
    for (const report::Section& inner : section.sections) self(self, inner);
  };
  for (const char* name : {"linear.pte", "linear.ptd", "linear_xnnpack.pte", "linear_xnnpack.ptd"}) {
    const auto inspection = inspect_one(name, options);
    REQUIRE(inspection);
    CHECK(inspection->problems.empty());
    check(check, inspection->report.root);
  }
}

}  // namespace
