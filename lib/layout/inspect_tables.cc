// Filter first, then order, then limit; rows that the limit leaves out are counted.
#include "layout/inspect_tables.h"

#include <algorithm>

namespace ptetool::layout {

namespace {

// std::regex recurses once per character: a longer name is looked at as far as this.
constexpr std::size_t kLongestSubject = 512;

}  // namespace

bool Lens::passes(std::string_view name) const {
  if (!filter) return true;
  const std::string_view subject = name.substr(0, kLongestSubject);
  try {
    return std::regex_search(subject.begin(), subject.end(), *filter);
  } catch (const std::regex_error&) {
    return false;  // the expression needs too much memory or time for this name
  }
}

report::Table make_table(const Lens& lens, std::string id, std::string title, std::vector<report::Column> columns,
                         std::vector<Row> rows, TableStyle style) {
  std::erase_if(rows, [&](const Row& row) { return !lens.passes(row.name); });
  switch (style.sortable ? lens.options.sort : Sort::File) {
    case Sort::File: break;
    case Sort::Size: std::ranges::stable_sort(rows, std::greater<>(), &Row::size); break;
    case Sort::Name: std::ranges::stable_sort(rows, {}, &Row::name); break;
    case Sort::Offset: std::ranges::stable_sort(rows, {}, &Row::offset); break;
  }
  const std::uint64_t limit = lens.options.top.value_or(style.most);
  report::Table table{std::move(id), std::move(title), std::move(columns), {}, 0};
  for (Row& row : rows) {
    if (limit != 0 && table.rows.size() == limit) break;
    table.rows.push_back(std::move(row.cells));
  }
  table.left_off = rows.size() - table.rows.size();
  return table;
}

}  // namespace ptetool::layout
