// The catalogue as data: ids, texts, what is found by id.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "ptetool/verify/verify.h"

namespace ptetool::verify {

TEST_CASE("verify: every row of the catalogue is complete") {
  std::set<std::string_view> ids;
  for (const Row* row : catalogue()) {
    CAPTURE(row->id);
    CHECK(ids.insert(row->id).second);
    REQUIRE(row->id.size() == 6);
    for (const std::string_view text : {row->title, row->cause, row->effect, row->cure}) {
      REQUIRE_FALSE(text.empty());
      CHECK_FALSE(text.ends_with("."));
      CHECK(text.find("  ") == std::string_view::npos);
    }
    // What keeps a program from running is an error.
    if (row->guards_execution) CHECK(row->severity == Severity::Error);
    CHECK(find_rule(row->id) == row);
  }
  CHECK(ids.size() > 100);
  CHECK(find_rule("XXX001") == nullptr);
}

TEST_CASE("verify: the catalogue is ordered by id") {
  const auto rows = catalogue();
  CHECK(std::is_sorted(rows.begin(), rows.end(), [](const Row* a, const Row* b) { return a->id < b->id; }));
}

}  // namespace ptetool::verify
