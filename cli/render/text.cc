// Writes a report line by line: labels and values in two columns, tables fitted to the width of the terminal.
#include "render/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "render/grid.h"

namespace ptetool::cli {

namespace {

using report::Section;
using report::Table;

constexpr std::size_t kIndent = 2;  // per level

class Writer {
 public:
  explicit Writer(const TextStyle& style) : style_(style) {}

  void section(const Section& section, std::size_t indent) {
    if (!section.title.empty() && !shows_more(section)) {
      if (!lines_) gap();
      put(indent, safe_text(section.title));
      lines_ = true;
      return;
    }
    if (!section.title.empty()) {
      gap();
      put(indent, bold(safe_text(section.title)));
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
    const std::size_t start = label_width == 0 ? 0 : label_width + kColumnGap;
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
    if (!readable(grid, room(indent))) grid = grid_of(table, style_.details, true, kFewDigits);
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

}  // namespace

std::string render_text(const report::Report& report, const TextStyle& style) {
  Writer writer(style);
  writer.section(report.root, 0);
  return writer.take();
}

}  // namespace ptetool::cli
