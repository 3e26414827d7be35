// Rows are text of a fixed height; the lines between them are an SVG that lies to their left. As in drawings of a
// version history, a step stands in the lane of what it takes where that ends there, and in a free one otherwise.
#include "render/graph_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "render/html.h"

namespace ptetool::cli {

namespace {

using compare::AlignedGraph;

constexpr std::size_t kContext = 2;      // rows of the same steps that are shown around a change
constexpr std::size_t kMostRows = 4000;  // of a whole graph
constexpr std::size_t kMostLanes = 24;
constexpr int kRowHeight = 24;
constexpr int kLaneWidth = 14;

enum class Sides : std::uint8_t { Old = 1, New = 2, Both = 3 };

// A row of the drawing: a step, or a number of steps that are left out.
struct Line {
  const AlignedGraph::Row* step = nullptr;
  std::size_t left_out = 0;
  std::map<std::size_t, Sides> sources;  // lines above
  std::size_t last_user = 0;
  std::size_t lane = 0;
};

bool changed(const AlignedGraph::Row& row) { return !row.change.empty(); }

// The lines to draw; with `fold`, stretches without a change are one line.
std::vector<Line> lines_of(const AlignedGraph& graph, bool fold) {
  const std::size_t count = graph.rows.size();
  std::vector<bool> shown(count, !fold);
  for (std::size_t r = 0; r < count && fold; ++r) {
    if (!changed(graph.rows[r])) continue;
    for (std::size_t near = r - std::min(r, kContext); near < std::min(count, r + kContext + 1); ++near)
      shown[near] = true;
  }
  std::vector<Line> lines;
  std::vector<std::size_t> line_of(count);
  for (std::size_t r = 0; r < count; ++r) {
    if (shown[r] || lines.empty() || lines.back().step) lines.emplace_back();
    line_of[r] = lines.size() - 1;
    Line& line = lines.back();
    if (shown[r]) {
      line.step = &graph.rows[r];
    } else {
      ++line.left_out;
    }
    const auto take = [&](const std::vector<std::size_t>& sources, Sides side) {
      for (const std::size_t source : sources) {
        const std::size_t from = line_of[source];
        if (from == line_of[r]) continue;
        Sides& sides = line.sources.try_emplace(from, side).first->second;
        sides = static_cast<Sides>(static_cast<unsigned>(sides) | static_cast<unsigned>(side));
        lines[from].last_user = std::max(lines[from].last_user, line_of[r]);
      }
    };
    take(graph.rows[r].old_sources, Sides::Old);
    take(graph.rows[r].new_sources, Sides::New);
  }
  return lines;
}

// Returns how many lanes there are.
std::size_t place(std::vector<Line>& lines) {
  std::vector<std::size_t> busy_until;  // per lane: the last line that takes what stands in it
  for (std::size_t l = 0; l < lines.size(); ++l) {
    Line& line = lines[l];
    std::optional<std::size_t> lane;
    for (const auto& [source, sides] : line.sources) {
      if (lines[source].last_user == l && (!lane || lines[source].lane < *lane)) lane = lines[source].lane;
    }
    if (!lane) {
      const auto free = std::ranges::find_if(busy_until, [&](std::size_t until) { return until < l; });
      lane = static_cast<std::size_t>(free - busy_until.begin());
      if (*lane == kMostLanes) --*lane;
      if (*lane == busy_until.size()) busy_until.push_back(0);
    }
    line.lane = *lane;
    busy_until[*lane] = std::max(line.last_user, l);
  }
  return busy_until.size();
}

int x_of(std::size_t lane) { return static_cast<int>(lane) * kLaneWidth + kLaneWidth / 2; }
int y_of(std::size_t line) { return static_cast<int>(line) * kRowHeight + kRowHeight / 2; }

std::string_view class_of(Sides sides) { return sides == Sides::Old ? "o" : sides == Sides::New ? "n" : "b"; }

std::string drawing(const std::vector<Line>& lines, std::size_t lanes) {
  const int width = static_cast<int>(lanes) * kLaneWidth;
  const int height = static_cast<int>(lines.size()) * kRowHeight;
  std::string svg = fmt::format("<svg width={} height={} aria-hidden=true>", width, height);
  for (std::size_t l = 0; l < lines.size(); ++l) {
    for (const auto& [source, sides] : lines[l].sources) {
      const int x = x_of(lines[source].lane);
      const int to = x_of(lines[l].lane);
      const int y = y_of(l);
      svg += fmt::format("<path class={} d=\"M{} {}V{}", class_of(sides), x, y_of(source),
                         x == to ? y : y - kRowHeight + 4);
      if (x != to) svg += fmt::format("C{} {} {} {} {} {}", x, y - 6, to, y - kRowHeight + 6, to, y);
      svg += "\"/>";
    }
  }
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const Line& line = lines[l];
    svg += fmt::format("<circle class=\"{}\" cx={} cy={} r={} />", line.step ? line.step->change : std::string("fold"),
                       x_of(line.lane), y_of(l), line.step && changed(*line.step) ? 5 : 3);
  }
  return svg + "</svg>";
}

std::string_view sign_of(std::string_view change) {
  constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
      {"", ""}, {"inserted", "+"}, {"removed", "−"}, {"moved", "↕"}, {"changed", "~"}, {"rewired", "⇄"}};
  return std::ranges::find(kSigns, change, [](const auto& row) { return row.first; })->second;
}
std::string number(const std::optional<std::size_t>& index) { return index ? std::to_string(*index) : std::string(); }

std::string rows(const std::vector<Line>& lines, const std::string& id, std::size_t lanes) {
  std::string list = fmt::format("<ol style=\"padding-left:{}px\">\n", lanes * kLaneWidth + 8);
  std::size_t change = 0;
  const auto changes = static_cast<std::size_t>(
      std::ranges::count_if(lines, [](const Line& line) { return line.step && changed(*line.step); }));
  for (const Line& line : lines) {
    if (!line.step) {
      list += fmt::format("<li class=fold><i></i><i></i><b></b><span>{} the same</span></li>\n",
                          line.left_out == 1 ? "1 step" : std::to_string(line.left_out) + " steps");
      continue;
    }
    const AlignedGraph::Row& row = *line.step;
    std::string next;
    std::string anchor;
    if (changed(row)) {
      anchor = fmt::format(" id=\"{}-{}\"", id, change);
      if (++change < changes) next = fmt::format("<a href=\"#{}-{}\" aria-label=\"next change\">↓</a>", id, change);
    }
    list += fmt::format(
        "<li class=\"{}\" tabindex=0{}><i>{}</i><i>{}</i><b title=\"{}\">{}</b><span>{}</span><q>{}</q>{}</li>\n",
        row.change, anchor, number(row.old_index), number(row.new_index), row.change, sign_of(row.change),
        html_text(row.name), html_text(row.details), next);
  }
  return list + "</ol>\n";
}

std::string graph(const AlignedGraph& whole, bool fold, const std::string& id) {
  std::vector<Line> lines = lines_of(whole, fold);
  const std::size_t lanes = place(lines);
  return "<div class=graph>" + drawing(lines, lanes) + rows(lines, id, lanes) + "</div>\n";
}

}  // namespace

std::string_view graph_style() {
  return ":root{--same:#8c959f;--in:#1a7f37;--out:#cf222e;--mod:#9a6700;--back:#fff}"
         "@media(prefers-color-scheme:dark){:root{--in:#3fb950;--out:#ff7b72;--mod:#d29922;--back:#0d1117}}"
         ".graph{position:relative;overflow-x:auto}.graph svg{position:absolute;left:0;top:0}"
         ".graph ol{list-style:none;margin:0}"
         ".graph li{height:24px;line-height:24px;white-space:nowrap;display:flex;gap:.7em;border-radius:3px}"
         ".graph i{flex:0 0 3em;text-align:right;font-style:normal;color:var(--same);font-variant-numeric:tabular-nums}"
         ".graph b{flex:0 0 1em;text-align:center}.graph q{quotes:none;color:var(--same);overflow:hidden;"
         "text-overflow:ellipsis;flex:0 1 auto;min-width:0}.graph span{flex:none}"
         ".graph li:focus q,.graph li:hover "
         "q{overflow:visible;white-space:normal;background:var(--back);height:max-content;"
         "z-index:1;position:relative}.graph li:target,.graph li:focus{outline:2px solid var(--mod)}"
         ".graph path{fill:none;stroke:var(--same);stroke-width:1.5}.graph circle{fill:var(--same)}"
         ".graph path.n{stroke:var(--in)}.graph path.o{stroke:var(--out);stroke-dasharray:3 3}"
         ".graph circle.inserted{fill:var(--in)}.graph circle.removed{fill:var(--out)}"
         ".graph circle.moved,.graph circle.changed,.graph circle.rewired{fill:var(--mod)}.graph "
         "circle.fold{fill:var(--back);stroke:var(--same)}"
         ".graph .inserted b,.graph .inserted span{color:var(--in)}.graph .removed b,.graph .removed "
         "span{color:var(--out)}"
         ".graph .moved b,.graph .moved span,.graph .changed b,.graph .changed span,.graph .rewired b,.graph .rewired "
         "span{color:var(--mod)}"
         ".graph a{color:inherit}.graph li.fold span{color:var(--same)}.key b{margin:0 .3em 0 1em}";
}

std::string graph_markup(std::span<const AlignedGraph> graphs) {
  if (graphs.empty()) return {};
  std::string html =
      "<h2>Side by side</h2>\n<p class=key>Numbers are positions in the old and in the new file; lines lead from a "
      "step to "
      "those that take its result.<b>+</b>inserted<b>−</b>removed<b>↕</b>moved<b>~</b>changed<b>⇄</b>takes an argument "
      "from "
      "elsewhere</p>\n";
  for (std::size_t g = 0; g < graphs.size(); ++g) {
    const AlignedGraph& each = graphs[g];
    const std::string id = "g" + std::to_string(g);
    html += "<details open><summary>" + html_text(each.title) + "</summary>\n" + graph(each, true, id);
    if (each.rows.size() <= kMostRows) {
      html += fmt::format("<details><summary>all {} steps</summary>\n", each.rows.size()) +
              graph(each, false, id + "a") + "</details>\n";
    }
    html += "</details>\n";
  }
  return html;
}

}  // namespace ptetool::cli
