// What differs between programs that differ in one known way, and what must hold for any two files.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

#include "ptetool/compare/diff.h"

namespace {

using namespace ptetool;
namespace fs = std::filesystem;

const std::string kTestData = std::string(PTETOOL_SOURCE_DIR) + "/testdata/";

Result<compare::Side> open_side(const std::string& program, const std::string& data = {}) {
  compare::Side side;
  PTETOOL_ASSIGN(side.artifact, open_artifact(kTestData + program));
  if (!data.empty()) {
    PTETOOL_ASSIGN(auto file, open_data_file(kTestData + data));
    side.data.push_back(std::move(file));
  }
  return side;
}

compare::Difference difference(const compare::Side& old_side, const compare::Side& new_side,
                               const compare::DiffOptions& options = {}) {
  auto result = compare::diff(old_side, new_side, options);
  REQUIRE(result);
  return std::move(*result);
}

compare::Difference between(const std::string& old_file, const std::string& new_file,
                            const compare::DiffOptions& options = {}) {
  const auto old_side = open_side(old_file);
  const auto new_side = open_side(new_file);
  REQUIRE(old_side);
  REQUIRE(new_side);
  return difference(*old_side, *new_side, options);
}

const report::Table& table_of(const compare::Difference& found, std::string_view part, std::string_view table) {
  const auto section = std::ranges::find(found.report.root.sections, part, &report::Section::id);
  REQUIRE(section != found.report.root.sections.end());
  const auto place = std::ranges::find(section->tables, table, &report::Table::id);
  REQUIRE(place != section->tables.end());
  return *place;
}

std::size_t rows(const compare::Difference& found, std::string_view part, std::string_view table) {
  return table_of(found, part, table).rows.size();
}

// Rows of a table of changes whose cell in column "change" has this word.
std::size_t changes(const compare::Difference& found, std::string_view part, std::string_view table,
                    std::string_view word) {
  const report::Table& whole = table_of(found, part, table);
  const auto column = std::ranges::find(whole.columns, "change", &report::Column::id) - whole.columns.begin();
  return static_cast<std::size_t>(std::ranges::count_if(whole.rows, [&](const auto& row) {
    return std::get<std::string>(row[static_cast<std::size_t>(column)]) == word;
  }));
}

}  // namespace

TEST_CASE("a file does not differ from itself") {
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTestData)) {
    const std::string suffix = entry.path().extension().string();
    if (suffix != ".pte" && suffix != ".ptd" && suffix != ".bpte") continue;
    CAPTURE(entry.path().string());
    ++files;
    const auto first = open_artifact(entry.path().string());
    const auto second = open_artifact(entry.path().string());
    REQUIRE(first);
    REQUIRE(second);
    const auto found = difference({*first, {}}, {*second, {}});
    CHECK_FALSE(found.differs);
    CHECK(found.equal == found.notes.empty());
    CHECK(found.problems.empty());
    // "the same", and perhaps weights whose data file is another file: they are not known to be equal
    CHECK(found.report.root.tables.front().rows.size() == 1 + found.notes.size());
  }
  CHECK(files > 50);
}

TEST_CASE("an inserted operator is one instruction, and that something takes its result is no other difference") {
  const auto found = between("diff/base.pte", "diff/inserted.pte");
  CHECK(changes(found, "graph", "changes", "inserted") == 1);
  CHECK(rows(found, "graph", "changes") == 1);
  CHECK(rows(found, "operators", "changes") == 1);
  CHECK(rows(found, "interface", "changes") == 0);
  CHECK(rows(found, "weights", "changed") == 0);
}

TEST_CASE("a changed weight is named with its error") {
  const auto found = between("diff/base.pte", "diff/retrained.pte");
  CHECK_FALSE(found.equal);
  const report::Table& table = table_of(found, "weights", "changed");
  REQUIRE(table.rows.size() == 1);
  CHECK(std::get<double>(table.rows[0][4]) == doctest::Approx(0.25));         // max error
  CHECK(std::get<double>(table.rows[0][5]) == doctest::Approx(0.25 / 1024));  // mean
  CHECK(std::get<std::uint64_t>(table.rows[0][9]) == 1);                      // elements
  CHECK(rows(found, "graph", "changes") == 0);

  compare::DiffOptions tolerant;
  tolerant.tolerance.atol = 0.3;
  CHECK(between("diff/base.pte", "diff/retrained.pte", tolerant).equal);
  tolerant.tolerance.atol = 0.2;
  CHECK_FALSE(between("diff/base.pte", "diff/retrained.pte", tolerant).equal);
}

TEST_CASE("weights that went into a data file are moved, not changed") {
  const auto program = open_side("diff/base.pte");
  const auto apart = open_side("diff/apart.pte", "diff/apart.ptd");
  REQUIRE(program);
  REQUIRE(apart);
  const auto found = difference(*program, *apart);
  CHECK(rows(found, "weights", "moved") == 6);
  CHECK(rows(found, "weights", "changed") == 0);
  CHECK(rows(found, "weights", "added") == 0);
  CHECK(rows(found, "graph", "changes") == 0);
}

TEST_CASE("quantised weights are found beside those they were made from") {
  for (const std::string old_file : {"diff/base.pte", "diff/xnnpack.pte"}) {
    CAPTURE(old_file);
    const auto found = between(old_file, "diff/quantised.pte");
    const report::Table& table = table_of(found, "weights", "changed");
    CHECK(table.rows.size() == 3);
    CHECK(rows(found, "weights", "added") == 0);
    CHECK(rows(found, "weights", "removed") == 0);
    for (const auto& row : table.rows) {
      CHECK(std::get<double>(row[4]) < 0.002);  // half a step of 1/127
      CHECK(std::get<double>(row[7]) > 0.9999);
      CHECK(std::get<double>(row[8]) > 45);
    }
  }
}

TEST_CASE("narrower floats are widened") {
  const report::Table table = table_of(between("diff/base.pte", "diff/half.pte"), "weights", "changed");
  CHECK(table.rows.size() == 6);
  for (const auto& row : table.rows) CHECK(std::get<double>(row[6]) < 0x1p-10);
}

namespace {

// Errors are of one side against the other, but as large both ways.
void check_mirrored_errors(const compare::Difference& there, const compare::Difference& back) {
  const auto errors = [](const compare::Difference& found) {
    std::vector<std::tuple<double, double, double>> all;
    for (const auto& row : table_of(found, "weights", "changed").rows) {
      const auto number = [&](std::size_t column) {
        const auto* real = std::get_if<double>(&row[column]);
        return real ? *real : -2;
      };
      all.emplace_back(number(4), number(5), number(7));  // max, mean, cosine
    }
    std::ranges::sort(all);
    return all;
  };
  const auto a = errors(there);
  const auto b = errors(back);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(std::get<0>(a[i]) == doctest::Approx(std::get<0>(b[i])));
    CHECK(std::get<1>(a[i]) == doctest::Approx(std::get<1>(b[i])));
    CHECK(std::get<2>(a[i]) == doctest::Approx(std::get<2>(b[i])));
  }
}

void check_mirrored_sizes(const compare::Difference& there, const compare::Difference& back) {
  const auto changes = [](const compare::Difference& found) {
    std::map<std::string, std::int64_t> all;
    for (const auto& row : table_of(found, "sizes", "changes").rows)
      all[std::get<std::string>(row[0])] = std::get<report::ByteChange>(row[3]).value;
    return all;
  };
  auto mirrored = changes(back);
  for (auto& [what, change] : mirrored) change = -change;
  CHECK(changes(there) == mirrored);
}

}  // namespace

TEST_CASE("one way and the other way tell the same") {
  const std::string names[] = {
      "base",       "retrained",   "inserted",        "narrow",         "xnnpack",         "xnnpack_inserted",
      "quantised",  "half",        "vision",          "vision_xnnpack", "vision_channels", "vision_tensors_xnnpack",
      "matrices",   "turned",      "matrices_groups", "lookup",         "lookup_4_4",      "chain",
      "chain_node", "chain_moved", "chain_slope"};
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      CAPTURE(a);
      CAPTURE(b);
      const auto there = between("diff/" + a + ".pte", "diff/" + b + ".pte");
      const auto back = between("diff/" + b + ".pte", "diff/" + a + ".pte");
      CHECK(there.equal == back.equal);
      CHECK(there.equal == (a == b));
      for (const auto& [part, table] : {std::pair("graph", "changes"), std::pair("delegates", "nodes")}) {
        CHECK(changes(there, part, table, "inserted") == changes(back, part, table, "removed"));
        CHECK(changes(there, part, table, "removed") == changes(back, part, table, "inserted"));
        CHECK(changes(there, part, table, "moved") == changes(back, part, table, "moved"));
        CHECK(changes(there, part, table, "changed") == changes(back, part, table, "changed"));
        CHECK(changes(there, part, table, "rewired") == changes(back, part, table, "rewired"));
      }
      CHECK(rows(there, "weights", "added") == rows(back, "weights", "removed"));
      CHECK(rows(there, "weights", "changed") == rows(back, "weights", "changed"));
      CHECK(rows(there, "weights", "renamed") == rows(back, "weights", "renamed"));
      CHECK(rows(there, "weights", "moved") == rows(back, "weights", "moved"));
      check_mirrored_errors(there, back);
      check_mirrored_sizes(there, back);
    }
  }
}

TEST_CASE("damaged programs are compared as far as they go, or refused") {
  for (const std::string name : {"base.pte", "quantised.pte", "apart.ptd"}) {
    const auto whole = File::open(kTestData + "diff/" + name);
    REQUIRE(whole);
    const auto sound = read_artifact(*whole);
    REQUIRE(sound);
    std::vector<std::uint8_t> bytes((*whole)->bytes().begin(), (*whole)->bytes().end());
    std::size_t opened = 0;
    // Every third byte, and each of these values at every position of a word.
    constexpr std::array<std::uint8_t, 4> kValues = {0, 1, 0x7f, 0xff};
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
      const std::uint8_t was = std::exchange(bytes[at], kValues[(at + at / 12) % kValues.size()]);
      const auto damaged = read_artifact(File::from_bytes("damaged", bytes));
      bytes[at] = was;
      if (!damaged) continue;
      ++opened;
      CHECK(compare::diff({*sound, {}}, {*damaged, {}}, {}).has_value());
      CHECK(compare::diff({*damaged, {}}, {*sound, {}}, {}).has_value());
    }
    CHECK(opened > 0);
    for (std::size_t size = 0; size < bytes.size(); size += 97) {
      const auto cut = read_artifact(File::from_bytes("cut", std::span(bytes).first(size)));
      if (cut) CHECK(compare::diff({*sound, {}}, {*cut, {}}, {}).has_value());
    }
  }
}

TEST_CASE("a program and a data file are not compared") {
  const auto program = open_side("diff/apart.pte");
  const auto data = open_side("diff/apart.ptd");
  const auto result = compare::diff(*program, *data, {});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::WrongKind);
}
