// Columns without content are left out, numbers stand to the right; where a line is too long, the widest column of text
// gives way, a character at a time.
#include "render/grid.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "ptetool/base/text.h"
#include "render/text.h"

namespace ptetool::cli {

namespace {

using report::Cell;

// The first `width` characters, the last of them "…" where something was cut.
std::string cut(const std::string& text, std::size_t width) {
  if (width == 0 || width_of(text) <= width) return text;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && seen++ + 1 == width) return text.substr(0, i) + "…";
  }
  return text;
}

bool numeric(const Cell& cell) {
  return std::visit(
      [](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        return std::is_arithmetic_v<T> ? !std::is_same_v<T, bool>
                                       : std::is_same_v<T, report::ByteCount> ||
                                             std::is_same_v<T, report::ByteChange> ||
                                             std::is_same_v<T, report::Offset> || std::is_same_v<T, report::Share> ||
                                             std::is_same_v<T, report::Milliseconds>;
      },
      cell);
}

bool empty(const Cell& cell) {
  if (std::holds_alternative<report::Absent>(cell)) return true;
  if (const auto* text = std::get_if<std::string>(&cell)) return text->empty();
  if (const auto* texts = std::get_if<std::vector<std::string>>(&cell)) return texts->empty();
  return false;
}

}  // namespace

std::string safe_text(std::string_view text) {
  const std::string shown = escaped(text, std::numeric_limits<std::size_t>::max());
  std::string result;
  result.reserve(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] == '\\' && i + 1 < shown.size() && shown[i + 1] == '\\') ++i;
    result += shown[i];
  }
  return result;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Grid grid_of(const report::Table& table, bool details, bool with_labels, int digits) {
  Grid grid;
  std::vector<std::size_t> shown;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool content = std::ranges::any_of(table.rows, [&](const auto& row) { return !empty(row[c]); });
    if ((!table.columns[c].detail || (details && with_labels)) && content) shown.push_back(c);
  }
  for (const std::size_t c : shown) {
    grid.labels.push_back(with_labels ? table.columns[c].label : std::string());
    grid.right.push_back(std::ranges::all_of(table.rows, [&](const auto& row) {
      return numeric(row[c]) || std::holds_alternative<report::Absent>(row[c]);
    }));
    grid.widths.push_back(width_of(grid.labels.back()));
  }
  for (const auto& row : table.rows) {
    std::vector<std::string>& cells = grid.rows.emplace_back();
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const Cell& cell = row[shown[i]];
      cells.push_back(std::holds_alternative<report::Absent>(cell) ? std::string() : cell_text(cell, digits));
      grid.widths[i] = std::max(grid.widths[i], width_of(cells.back()));
    }
  }
  return grid;
}

bool readable(const Grid& grid, std::size_t room) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < grid.widths.size(); ++i) {
    sum += (grid.right[i] ? grid.widths[i] : std::min(grid.widths[i], kReadableCell)) + kColumnGap;
  }
  return sum <= kColumnGap || sum - kColumnGap <= room;
}

void fit(Grid& grid, std::size_t room) {
  const auto total = [&] {
    std::size_t sum = 0;
    for (const std::size_t width : grid.widths) sum += width + kColumnGap;
    return sum == 0 ? 0 : sum - kColumnGap;
  };
  while (total() > room) {
    std::size_t widest = grid.widths.size();
    for (std::size_t i = 0; i < grid.widths.size(); ++i) {
      if (!grid.right[i] && grid.widths[i] > kNarrowestCell &&
          (widest == grid.widths.size() || grid.widths[i] > grid.widths[widest])) {
        widest = i;
      }
    }
    if (widest == grid.widths.size()) return;
    --grid.widths[widest];
  }
}

std::string line_of(const Grid& grid, const std::vector<std::string>& cells) {
  std::string line;
  std::size_t owed = 0;  // spaces before the next cell that has content
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = cut(cells[i], grid.widths[i]);
    const std::size_t fill = grid.widths[i] - std::min(width_of(cell), grid.widths[i]);
    if (!cell.empty()) {
      line.append(owed + (grid.right[i] ? fill : 0), ' ');
      line += cell;
      owed = 0;
    }
    owed += kColumnGap + (cell.empty() ? grid.widths[i] : grid.right[i] ? 0 : fill);
  }
  return line;
}

}  // namespace ptetool::cli
