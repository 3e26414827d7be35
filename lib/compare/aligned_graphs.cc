// The steps of both sides in one order, with what each takes.
#include <algorithm>

#include "compare/diff_parts.h"
#include "layout/words.h"

namespace ptetool::compare {

namespace {

using Row = AlignedGraph::Row;

std::vector<std::size_t> sources_of(const Step& step, std::size_t index, const std::vector<std::size_t>& row_of) {
  std::vector<std::size_t> rows;
  for (const Argument& argument : step.arguments) {
    const Source& source = argument.source;
    if (source.kind == Source::Kind::Produced && source.index < index) rows.push_back(row_of[source.index]);
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

AlignedGraph aligned(std::string title, const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs,
                     const WeightMatch& match) {
  AlignedGraph graph{std::move(title), {}};
  std::vector<std::size_t> old_row(old_steps.size());
  std::vector<std::size_t> new_row(new_steps.size());
  const auto add = [&](std::optional<std::size_t> i, std::optional<std::size_t> j) {
    if (i) old_row[*i] = graph.rows.size();
    if (j) new_row[*j] = graph.rows.size();
    const Step& step = j ? new_steps[*j] : old_steps[*i];
    Row row{{}, i, j, step.name, argument_list(step), {}, {}};
    if (i) row.old_sources = sources_of(old_steps[*i], *i, old_row);
    if (j) row.new_sources = sources_of(new_steps[*j], *j, new_row);
    graph.rows.push_back(std::move(row));
  };
  std::size_t next_old = 0;
  std::size_t next_new = 0;
  const auto alone = [&](std::size_t end_old, std::size_t end_new) {
    while (next_old < end_old) add(next_old++, std::nullopt);
    while (next_new < end_new) add(std::nullopt, next_new++);
  };
  for (const auto& [i, j] : pairs.in_order) {
    alone(i, j);
    add(next_old++, next_new++);
  }
  alone(old_steps.size(), new_steps.size());
  for (const StepChange& change : compare_steps(old_steps, new_steps, pairs, match)) {
    const auto tell = [&](Row& row, std::string details) {
      row.change = change_name(change.kind);
      if (!details.empty()) row.details = std::move(details);
    };
    std::string details = details_text(change);
    if (change.kind == StepChange::Kind::Moved) {  // has two rows
      tell(graph.rows[old_row[*change.old_index]], "to " + std::to_string(*change.new_index));
      details = "from " + std::to_string(*change.old_index) + (details.empty() ? "" : "; ") + details;
    }
    tell(graph.rows[change.new_index ? new_row[*change.new_index] : old_row[*change.old_index]], std::move(details));
  }
  return graph;
}

bool differs(const AlignedGraph& graph) {
  return std::ranges::any_of(graph.rows, [](const Row& row) { return !row.change.empty(); });
}

}  // namespace

std::vector<AlignedGraph> aligned_graphs(const Programs& programs, bool methods, bool delegates) {
  std::vector<AlignedGraph> graphs;
  for (const AlignedMethod& method : programs.aligned) {
    const pte::ExecutionPlan& plan = programs.new_side.plan(method.plans.new_plan);
    if (methods) {
      graphs.push_back(
          aligned(layout::method_name(plan), method.old_steps, method.new_steps, method.pairs, programs.match));
    }
    if (!delegates) continue;
    for (const AlignedMethod::GraphPair& graph : method.graphs) {
      graphs.push_back(aligned(layout::delegate_place(plan, method.delegates[graph.delegate].new_index),
                               graph.old_steps, graph.new_steps, graph.pairs, programs.match));
    }
  }
  std::erase_if(graphs, [](const AlignedGraph& graph) { return !differs(graph); });
  return graphs;
}

}  // namespace ptetool::compare
