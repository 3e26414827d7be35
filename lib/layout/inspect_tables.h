// Tables of the views: rows with a name, a size and an offset, that the user's filter, order and limit are applied to.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/layout/inspect.h"

namespace ptetool::layout {

// What all views share.
struct Lens {
  const InspectOptions& options;
  std::optional<std::regex> filter;
  std::vector<Error>& problems;

  // Does the filter pass a row with this name?
  bool passes(std::string_view name) const;
  void problem(Error error) const { problems.push_back(std::move(error)); }
};

struct Row {
  std::vector<report::Cell> cells;
  std::string name = {};  // what --filter and --sort name look at
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

struct TableStyle {
  bool sortable = true;  // false: the order of the rows means something
  std::size_t most = 0;  // rows, unless the user says otherwise; 0: all
};

report::Table make_table(const Lens& lens, std::string id, std::string title, std::vector<report::Column> columns,
                         std::vector<Row> rows, TableStyle style = {});

// An absent number as an absent cell.
template <class Wrap>
report::Cell cell_or_absent(std::optional<std::uint64_t> value) {
  return value ? report::Cell(Wrap{*value}) : report::Cell(report::Absent{});
}

}  // namespace ptetool::layout
