// How far stored weights are from the originals, against PyTorch's figures: quantised in every way, and turned around.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "ptetool/compare/diff.h"

namespace {

using namespace ptetool;

const std::string kFolder = std::string(PTETOOL_SOURCE_DIR) + "/testdata/diff/";

struct Expected {
  std::string max, mean, cosine, snr;
};

// Lines of one pair of programs by their names.
std::map<std::pair<std::string, std::string>, std::vector<Expected>> expectations() {
  std::map<std::pair<std::string, std::string>, std::vector<Expected>> pairs;
  std::ifstream file(kFolder + "errors.txt");
  std::string was, is;
  Expected each;
  while (file >> was >> is >> each.max >> each.mean >> each.cosine >> each.snr) pairs[{was, is}].push_back(each);
  return pairs;
}

compare::Difference between(const std::string& was, const std::string& is) {
  const auto old_side = open_artifact(kFolder + was + ".pte");
  const auto new_side = open_artifact(kFolder + is + ".pte");
  REQUIRE_MESSAGE(old_side, old_side.error().line());
  REQUIRE_MESSAGE(new_side, new_side.error().line());
  auto found = compare::diff({*old_side, {}}, {*new_side, {}}, {});
  REQUIRE(found);
  CHECK(found->problems.empty());
  return std::move(*found);
}

const report::Table& weights(const compare::Difference& found, std::string_view table) {
  const auto section = std::ranges::find(found.report.root.sections, "weights", &report::Section::id);
  REQUIRE(section != found.report.root.sections.end());
  return *std::ranges::find(section->tables, table, &report::Table::id);
}

// By the ids of columns.
const report::Cell& cell(const report::Table& table, std::size_t row, std::string_view column) {
  const auto found = std::ranges::find(table.columns, column, &report::Column::id);
  return table.rows[row][static_cast<std::size_t>(found - table.columns.begin())];
}

bool agrees(const report::Cell& found, const std::string& expected, double absolute) {
  const auto* number = std::get_if<double>(&found);
  if (expected == "none") return number == nullptr;
  return number && std::fabs(*number - std::stod(expected)) <= absolute + 1e-5 * std::fabs(std::stod(expected));
}

bool has(const report::Table& table, const Expected& expected) {
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (agrees(cell(table, r, "max_abs"), expected.max, 1e-9) &&
        agrees(cell(table, r, "mean_abs"), expected.mean, 1e-9) &&
        agrees(cell(table, r, "cosine"), expected.cosine, 1e-7) &&
        agrees(cell(table, r, "snr_db"), expected.snr, 1e-3)) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("diff: the error of every quantised or turned weight is PyTorch's") {
  const auto pairs = expectations();
  CHECK(pairs.size() > 15);
  for (const auto& [names, lines] : pairs) {
    CAPTURE(names.first);
    CAPTURE(names.second);
    const auto there = between(names.first, names.second);
    const auto back = between(names.second, names.first);
    // What is removed and added are parameters of quantisation; no weight is.
    CHECK(weights(there, "removed").rows.empty());
    CHECK(weights(back, "added").rows.empty());
    CHECK(weights(there, "changed").rows.size() == weights(back, "changed").rows.size());
    for (const Expected& each : lines) {
      CAPTURE(each.max);
      CHECK(has(weights(there, "changed"), each));
      Expected mirrored = each;
      if (each.snr != "none") continue;  // other errors are told relative to the other side
      CHECK(has(weights(back, "changed"), mirrored));
    }
  }
}

TEST_CASE("diff: weights that are only turned around say so") {
  for (const auto& [was, is] : {std::pair("matrices", "turned"), std::pair("square", "square_turned")}) {
    const auto found = between(was, is);
    const report::Table& changed = weights(found, "changed");
    REQUIRE(!changed.rows.empty());
    for (std::size_t r = 0; r < changed.rows.size(); ++r) {
      CHECK(std::get<std::string>(cell(changed, r, "order")) == "[1, 0]");
      CHECK(std::get<std::uint64_t>(cell(changed, r, "beyond")) == 0);
    }
  }
}
