// One pass over the report; every text of it goes through markup_free() before it is part of the page.
#include "render/html.h"

#include <algorithm>

#include "render/text.h"

namespace ptetool::cli {

namespace {

using report::Cell;
using report::Section;
using report::Table;

constexpr std::string_view kStyle =
    "body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:80em;padding:0 1em;color:#1b1f24}"
    "h1{font-size:1.3em}summary{font-weight:600;font-size:1.1em;cursor:pointer;margin:.8em 0 .3em}"
    "h3{font-size:1em;margin:.8em 0 .2em}table{border-collapse:collapse;margin:.3em 0}"
    "th,td{text-align:left;padding:.15em .8em .15em 0;vertical-align:top;overflow-wrap:break-word;max-width:40em}"
    "th{color:#57606a;font-weight:500}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "tr:hover td{background:#f6f8fa}dt{float:left;clear:left;min-width:9em;color:#57606a}dd{margin-left:10em}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}tr:hover td{background:#161b22}}";

std::string markup_free(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

std::string cell_markup(const Cell& cell) {
  return std::holds_alternative<report::Absent>(cell) ? std::string() : markup_free(cell_text(cell));
}

bool is_number(const Cell& cell) {
  return !std::holds_alternative<std::string>(cell) && !std::holds_alternative<bool>(cell) &&
         !std::holds_alternative<std::vector<std::string>>(cell);
}

class Page {
 public:
  void section(const Section& section) {
    const bool fold = !section.title.empty();
    if (fold) html_ += "<details open><summary>" + html_text(section.title) + "</summary>\n";
    facts(section);
    for (const Table& each : section.tables) table(each);
    for (const Section& inner : section.sections) this->section(inner);
    if (fold) html_ += "</details>\n";
  }

  std::string take() { return std::move(html_); }

 private:
  void facts(const Section& section) {
    std::string list;
    for (const report::Fact& fact : section.facts) {
      if (!fact.label.empty())
        list += "<dt>" + html_text(fact.label) + "</dt><dd>" + cell_markup(fact.value) + "</dd>\n";
    }
    if (!list.empty()) html_ += "<dl>\n" + list + "</dl>\n";
  }

  void table(const Table& table) {
    if (table.rows.empty()) return;
    if (!table.title.empty()) html_ += "<h3>" + html_text(table.title) + "</h3>\n";
    html_ += "<table>\n";
    const bool labels =
        std::ranges::any_of(table.columns, [](const report::Column& each) { return !each.label.empty(); });
    if (labels) {
      html_ += "<tr>";
      for (const report::Column& column : table.columns) html_ += "<th>" + html_text(column.label) + "</th>";
      html_ += "</tr>\n";
    }
    for (const auto& row : table.rows) {
      html_ += "<tr>";
      for (const Cell& cell : row) html_ += (is_number(cell) ? "<td class=n>" : "<td>") + cell_markup(cell) + "</td>";
      html_ += "</tr>\n";
    }
    html_ += "</table>\n";
    if (table.left_off != 0) html_ += "<p>… and " + std::to_string(table.left_off) + " more</p>\n";
  }

  std::string html_;
};

}  // namespace

std::string html_text(const std::string& text) { return markup_free(cell_text(Cell(text))); }

std::string render_html(const report::Report& report, std::string_view title, std::string_view style,
                        std::string_view more) {
  Page page;
  page.section(report.root);
  const std::string heading = html_text(std::string(title));
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + heading + "</title><style>" +
         std::string(kStyle) + std::string(style) + "</style></head><body>\n<h1>" + heading + "</h1>\n" + page.take() +
         std::string(more) + "</body></html>\n";
}

}  // namespace ptetool::cli
