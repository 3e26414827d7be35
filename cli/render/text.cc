#include "render/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <type_traits>

#include "ptetool/base/text.h"

namespace ptetool::cli {

namespace {

using report::Cell;
using report::Section;
using report::Table;

constexpr std::size_t kGap = 2;            // between columns
constexpr std::size_t kIndent = 2;         // per level
constexpr std::size_t kNarrowestCell = 8;  // a text column is not cut below this

// Control characters and invalid UTF-8 become visible; backslashes stay as they are, so that text which the library has
// escaped already is not escaped twice.
std::string safe(std::string_view text) {
  const std::string shown = escaped(text, std::numeric_limits<std::size_t>::max());
  std::string result;
  result.reserve(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] == '\\' && i + 1 < shown.size() && shown[i + 1] == '\\') ++i;
    result += shown[i];
  }
  return result;
}

// Characters of UTF-8 text, each taken as one column wide.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

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

// A table made ready: the columns that are shown, all cells as text.
struct Grid {
  std::vector<std::string> labels;
  std::vector<bool> right;
  std::vector<std::size_t> widths;
  std::vector<std::vector<std::string>> rows;
};

Grid grid_of(const Table& table, bool details, bool with_labels) {
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
      cells.push_back(std::holds_alternative<report::Absent>(cell) ? std::string() : cell_text(cell));
      grid.widths[i] = std::max(grid.widths[i], width_of(cells.back()));
    }
  }
  return grid;
}

// Narrows the widest text columns until the table fits.
void fit(Grid& grid, std::size_t room) {
  const auto total = [&] {
    std::size_t sum = 0;
    for (const std::size_t width : grid.widths) sum += width + kGap;
    return sum == 0 ? 0 : sum - kGap;
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
    owed += kGap + (cell.empty() ? grid.widths[i] : grid.right[i] ? 0 : fill);
  }
  return line;
}

class Writer {
 public:
  explicit Writer(const TextStyle& style) : style_(style) {}

  void section(const Section& section, std::size_t indent) {
    if (!section.title.empty() && !shows_more(section)) {
      if (!lines_) gap();
      put(indent, safe(section.title));
      lines_ = true;
      return;
    }
    if (!section.title.empty()) {
      gap();
      put(indent, bold(safe(section.title)));
      fresh_ = true;
      indent += kIndent;
    }
    beside(section, indent);
    for (const Table& table : section.tables) {
      if (has_labels(table)) full_table(table, indent);
    }
    for (const Section& inner : section.sections) this->section(inner, indent);
  }

  std::string take() { return std::move(text_); }

 private:
  static bool has_labels(const Table& table) {
    return std::ranges::any_of(table.columns, [](const report::Column& column) { return !column.label.empty(); });
  }

  // Is there anything to see below the title?
  static bool shows_more(const Section& section) {
    return std::ranges::any_of(section.facts, [](const report::Fact& fact) { return !fact.label.empty(); }) ||
           std::ranges::any_of(section.tables,
                               [](const Table& table) { return !table.rows.empty() || table.left_off != 0; }) ||
           std::ranges::any_of(section.sections,
                               [](const Section& inner) { return !inner.title.empty() || shows_more(inner); });
  }

  std::string bold(const std::string& text) const { return style_.colour ? "\x1b[1m" + text + "\x1b[0m" : text; }
  std::string dim(const std::string& text) const { return style_.colour ? "\x1b[2m" + text + "\x1b[0m" : text; }

  std::size_t room(std::size_t indent) const {
    return style_.width == 0
               ? std::numeric_limits<std::size_t>::max()
               : std::max<std::size_t>(kNarrowestCell, style_.width - std::min<std::size_t>(indent, style_.width));
  }

  void put(std::size_t indent, const std::string& line) {
    text_.append(indent, ' ');
    text_ += line;
    text_ += '\n';
    fresh_ = false;
    lines_ = false;
  }

  // An empty line, but not at the start and not below a heading.
  void gap() {
    if (!text_.empty() && !fresh_) text_ += '\n';
  }

  // Facts, and tables without column labels, in two columns.
  void beside(const Section& section, std::size_t indent) {
    std::size_t label_width = 0;
    for (const report::Fact& fact : section.facts) label_width = std::max(label_width, width_of(fact.label));
    std::vector<Grid> grids;
    for (const Table& table : section.tables) {
      if (has_labels(table)) continue;
      grids.push_back(grid_of(table, style_.details, false));
      if (!grids.back().rows.empty()) label_width = std::max(label_width, width_of(table.title));
    }
    const std::size_t start = label_width == 0 ? 0 : label_width + kGap;
    for (const report::Fact& fact : section.facts) {
      if (fact.label.empty()) continue;
      wrapped(indent, fact.label, start, cell_text(fact.value));
    }
    share_widths(section, grids);
    std::size_t next = 0;
    for (const Table& table : section.tables) {
      if (has_labels(table)) continue;
      Grid& grid = grids[next++];
      fit(grid, room(indent + start));
      for (std::size_t r = 0; r < grid.rows.size(); ++r) {
        labelled(indent, r == 0 ? table.title : std::string(), start, line_of(grid, grid.rows[r]));
      }
      if (table.left_off != 0) labelled(indent, "", start, more(table));
    }
  }

  // Neighbours with the same columns line up.
  void share_widths(const Section& section, std::vector<Grid>& grids) const {
    std::size_t previous = grids.size();
    const Table* before = nullptr;
    std::size_t next = 0;
    for (const Table& table : section.tables) {
      if (has_labels(table)) continue;
      const std::size_t current = next++;
      if (before && grids[current].widths.size() == grids[previous].widths.size() &&
          std::ranges::equal(table.columns, before->columns, {}, &report::Column::id, &report::Column::id)) {
        for (std::size_t i = 0; i < grids[current].widths.size(); ++i) {
          const std::size_t width = std::max(grids[current].widths[i], grids[previous].widths[i]);
          grids[current].widths[i] = grids[previous].widths[i] = width;
        }
      }
      before = &table;
      previous = current;
    }
  }

  void labelled(std::size_t indent, const std::string& label, std::size_t start, const std::string& value) {
    std::string line = dim(label);
    line.append(start - std::min(start, width_of(label)), ' ');
    put(indent, label.empty() ? std::string(start, ' ') + value : line + value);
  }

  // A fact; on a terminal its value continues below itself where it is too long.
  void wrapped(std::size_t indent, std::string label, std::size_t start, std::string value) {
    const std::size_t width = room(indent + start);
    while (width_of(value) > width) {
      std::size_t at = 0;
      std::size_t seen = 0;
      for (std::size_t i = 0; i < value.size() && seen <= width; ++i) {
        if ((static_cast<unsigned char>(value[i]) & 0xc0) != 0x80) ++seen;
        if (value[i] == ' ') at = i;
      }
      if (at == 0) break;
      labelled(indent, label, start, value.substr(0, at));
      value.erase(0, at + 1);
      label.clear();
    }
    labelled(indent, label, start, value);
  }

  static std::string more(const Table& table) { return fmt::format("… and {} more", table.left_off); }

  void full_table(const Table& table, std::size_t indent) {
    if (table.rows.empty() && table.left_off == 0) return;
    Grid grid = grid_of(table, style_.details, true);
    if (grid.labels.empty()) return;  // details that were not asked for
    gap();
    if (!table.title.empty()) {
      put(indent, bold(table.title));
      indent += kIndent;
    }
    fit(grid, room(indent));
    put(indent, dim(line_of(grid, grid.labels)));
    for (const auto& row : grid.rows) put(indent, line_of(grid, row));
    if (table.left_off != 0) put(indent, more(table));
  }

  const TextStyle& style_;
  std::string text_;
  bool fresh_ = false;  // the last line was a heading
  bool lines_ = false;  // the last line was a section that is nothing but its title
};

// Four digits or so: small models run in less than a microsecond, large ones load in seconds.
std::string milliseconds_text(double value) {
  if (value != 0 && value < 0.1) return fmt::format("{:.2f} µs", value * 1000);
  return fmt::format("{:.{}f} ms", value, value < 10 ? 3 : value < 1000 ? 1 : 0);
}

}  // namespace

std::string cell_text(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, report::Absent>) {
          return "-";
        } else if constexpr (std::is_same_v<T, bool>) {
          return value ? "yes" : "no";
        } else if constexpr (std::is_same_v<T, double>) {
          return fmt::format("{:.6g}", value);
        } else if constexpr (std::is_integral_v<T>) {
          return std::to_string(value);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return safe(value);
        } else if constexpr (std::is_same_v<T, report::ByteCount>) {
          return human_bytes(value.value);
        } else if constexpr (std::is_same_v<T, report::ByteChange>) {
          const auto size = static_cast<std::uint64_t>(value.value);
          return value.value < 0 ? "-" + human_bytes(0 - size) : "+" + human_bytes(size);
        } else if constexpr (std::is_same_v<T, report::Offset>) {
          return hex(value.value);
        } else if constexpr (std::is_same_v<T, report::Share>) {
          return fmt::format("{:.1f} %", value.value * 100);
        } else if constexpr (std::is_same_v<T, report::Milliseconds>) {
          return milliseconds_text(value.value);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
          return shape_text(std::span<const std::int64_t>(value));
        } else {
          std::string list;
          for (const std::string& item : value) list += (list.empty() ? "" : ", ") + safe(item);
          return list;
        }
      },
      cell);
}

std::string render_text(const report::Report& report, const TextStyle& style) {
  Writer writer(style);
  writer.section(report.root, 0);
  return writer.take();
}

}  // namespace ptetool::cli
