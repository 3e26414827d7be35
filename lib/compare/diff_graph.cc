// Operators, instructions, and delegates with the graphs inside them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compare/bytes.h"
#include "compare/diff_parts.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

using report::Cell;
using Counts = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>;

void count_calls(const pte::ExecutionPlan& plan, std::uint64_t std::pair<std::uint64_t, std::uint64_t>::*side,
                 Counts& counts) {
  std::vector<std::uint64_t> calls(plan.operators.size(), 0);
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (call && call->op_index >= 0 && static_cast<std::size_t>(call->op_index) < calls.size())
        ++calls[static_cast<std::size_t>(call->op_index)];
    }
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i] != 0) counts[plan.operators[i].full_name()].*side += calls[i];
  }
}

Cell index_cell(const std::optional<std::size_t>& index) {
  return index ? Cell(std::uint64_t{*index}) : Cell(report::Absent{});
}

std::string step_name(const Steps& steps, std::size_t index) {
  return steps[index].name + " (" + std::to_string(index) + ")";
}

std::string standing(const Steps& steps, std::size_t index) {
  return index == 0 ? "at the start" : "after " + step_name(steps, index - 1);
}

// Where a step stands: behind which other one, and who takes what it makes.
std::string context(const Steps& steps, std::size_t index, const std::vector<std::size_t>& users) {
  std::string text = standing(steps, index);
  if (!users.empty()) text += ", feeds " + step_name(steps, users.front());
  if (users.size() > 1) text += " and " + std::to_string(users.size() - 1) + " more";
  return text;
}

struct Tally {
  std::uint64_t inserted = 0, removed = 0, moved = 0, changed = 0, rewired = 0;

  std::uint64_t total() const { return inserted + removed + moved + changed + rewired; }
  void add(StepChange::Kind kind) {
    switch (kind) {
      case StepChange::Kind::Inserted: ++inserted; break;
      case StepChange::Kind::Removed: ++removed; break;
      case StepChange::Kind::Moved: ++moved; break;
      case StepChange::Kind::Changed: ++changed; break;
      case StepChange::Kind::Rewired: ++rewired; break;
    }
  }
  void tell(PartResult& result, std::string_view noun) const {
    const auto words = [&](std::uint64_t count, std::string_view verb) {
      return std::string(noun) + (count == 1 ? " " : "s ") + std::string(verb);
    };
    result.count(inserted, words(inserted, "inserted"));
    result.count(removed, words(removed, "removed"));
    result.count(moved, words(moved, "moved"));
    result.count(changed, words(changed, "changed"));
    result.count(rewired, words(rewired, "rewired"));
  }
};

report::Table step_table(std::string id, std::string title, std::string_view place) {
  return {std::move(id),
          std::move(title),
          {{"place", std::string(place)},
           {"change", "change"},
           {"old_index", "old #"},
           {"new_index", "new #"},
           {"what", "what"},
           {"details", "details"},
           {"context", "where"}},
          {},
          0};
}

void add_changes(const std::string& place, const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs,
                 const WeightMatch& match, report::Table& table, Tally& tally) {
  for (StepChange& change : compare_steps(old_steps, new_steps, pairs, match)) {
    tally.add(change.kind);
    const bool removed = change.kind == StepChange::Kind::Removed;
    const Steps& steps = removed ? old_steps : new_steps;
    const std::size_t index = removed ? *change.old_index : *change.new_index;
    std::string details;
    for (const std::string& each : change.details) details += (details.empty() ? "" : "; ") + each;
    const bool moved = change.kind == StepChange::Kind::Moved;
    const bool alone = change.details.empty() || moved;
    if (change.details.empty()) details = argument_list(steps[index]);
    std::string where = alone ? context(steps, index, change.users) : std::string();
    if (moved) where += "; was " + standing(old_steps, *change.old_index);
    table.rows.push_back({place, std::string(change_name(change.kind)), index_cell(change.old_index),
                          index_cell(change.new_index), steps[index].name, std::move(details), std::move(where)});
  }
}

// An opaque payload: its size and a digest.
std::string payload_words(const ProgramSide& side, std::size_t plan, std::size_t delegate) {
  const LinkedDelegate* linked = side.model.find_delegate(plan, delegate);
  if (!linked || !linked->payload) return "no payload";
  if (linked->graph && *linked->graph) return "XNNPACK graph, " + counted((*linked->graph)->nodes.size(), "node");
  const Progress silent;
  ReadingProgress progress(silent, 0);
  const Fingerprint print = fingerprint_of({side.model.program->file, *linked->payload}, progress);
  return human_bytes(linked->payload->size()) + fmt::format(", digest {:016x}{:016x}", print.high, print.low);
}

bool same_payload(const Programs& programs, const MethodPair& plans, const DelegatePair& pair) {
  const LinkedDelegate* was = programs.old_side.model.find_delegate(plans.old_plan, pair.old_index);
  const LinkedDelegate* is = programs.new_side.model.find_delegate(plans.new_plan, pair.new_index);
  if (!was || !is || !was->payload || !is->payload) return true;  // told as a problem
  const Progress silent;
  ReadingProgress progress(silent, 0);
  return same_bytes({programs.old_side.model.program->file, *was->payload},
                    {programs.new_side.model.program->file, *is->payload}, progress);
}

std::string specs_words(const pte::BackendDelegate& delegate) {
  std::string text;
  for (const pte::CompileSpec& spec : delegate.compile_specs) {
    const Fingerprint print = fingerprint(spec.value);
    text += (text.empty() ? "" : ", ") + std::string(spec.key) + " " + human_bytes(spec.value.size()) +
            fmt::format(" ({:08x})", print.low >> 32);
  }
  return text;
}

}  // namespace

PartResult operators_part(const Programs& programs) {
  PartResult result{Part::Operators};
  Counts counts;
  for (const MethodPair& pair : programs.methods.pairs) {
    count_calls(programs.old_side.plan(pair.old_plan), &Counts::mapped_type::first, counts);
    count_calls(programs.new_side.plan(pair.new_plan), &Counts::mapped_type::second, counts);
  }
  for (const std::size_t plan : programs.methods.only_old)
    count_calls(programs.old_side.plan(plan), &Counts::mapped_type::first, counts);
  for (const std::size_t plan : programs.methods.only_new)
    count_calls(programs.new_side.plan(plan), &Counts::mapped_type::second, counts);
  report::Table table{"changes",
                      "",
                      {{"operator", "operator"}, {"change", "change"}, {"old", "old calls"}, {"new", "new calls"}},
                      {},
                      0};
  std::uint64_t added = 0, removed = 0, changed = 0;
  for (const auto& [name, calls] : counts) {
    const auto& [was, is] = calls;
    if (was == is) continue;
    ++(was == 0 ? added : is == 0 ? removed : changed);
    table.rows.push_back({name, std::string(was == 0 ? "added" : is == 0 ? "removed" : "calls"), was, is});
  }
  result.differences = added + removed + changed;
  result.count(added, "added");
  result.count(removed, "removed");
  result.count(changed, "called more or less often");
  result.tables.push_back(std::move(table));
  return result;
}

PartResult graph_part(const Programs& programs) {
  PartResult result{Part::Graph};
  report::Table table = step_table("changes", "", "method");
  Tally tally;
  for (const AlignedMethod& method : programs.aligned) {
    add_changes(layout::method_name(programs.new_side.plan(method.plans.new_plan)), method.old_steps, method.new_steps,
                method.pairs, programs.match, table, tally);
  }
  result.differences = tally.total();
  tally.tell(result, "instruction");
  result.tables.push_back(std::move(table));
  return result;
}

PartResult delegates_part(const Programs& programs) {
  PartResult result{Part::Delegates};
  report::Table table{
      "changes",
      "",
      {{"place", "delegate"}, {"change", "change"}, {"backend", "backend"}, {"old", "old"}, {"new", "new"}},
      {},
      0};
  report::Table nodes = step_table("nodes", "nodes inside", "delegate");
  std::uint64_t added = 0, removed = 0, changed = 0;
  Tally tally;
  const auto alone = [&](const ProgramSide& side, std::size_t plan, std::size_t delegate, bool is_new) {
    ++(is_new ? added : removed);
    std::string words = payload_words(side, plan, delegate);
    table.rows.push_back({layout::delegate_place(side.plan(plan), delegate), std::string(is_new ? "added" : "removed"),
                          std::string(side.plan(plan).delegates[delegate].id), is_new ? std::string() : words,
                          is_new ? words : std::string()});
  };
  for (const AlignedMethod& method : programs.aligned) {
    const MethodPair& plans = method.plans;
    const pte::ExecutionPlan& old_plan = programs.old_side.plan(plans.old_plan);
    const pte::ExecutionPlan& new_plan = programs.new_side.plan(plans.new_plan);
    for (const std::size_t d : method.only_old_delegates) alone(programs.old_side, plans.old_plan, d, false);
    for (const std::size_t d : method.only_new_delegates) alone(programs.new_side, plans.new_plan, d, true);
    std::vector<bool> opened(method.delegates.size(), false);
    for (const AlignedMethod::GraphPair& graph : method.graphs) opened[graph.delegate] = true;
    for (std::size_t d = 0; d < method.delegates.size(); ++d) {
      const DelegatePair& pair = method.delegates[d];
      const pte::BackendDelegate& was = old_plan.delegates[pair.old_index];
      const pte::BackendDelegate& is = new_plan.delegates[pair.new_index];
      const std::string place = layout::delegate_place(new_plan, pair.new_index);
      const LinkedDelegate* linked = programs.old_side.model.find_delegate(plans.old_plan, pair.old_index);
      const bool open = opened[d] || (linked && linked->graph && *linked->graph && was.id == is.id);
      if (was.id != is.id || (!open && !same_payload(programs, plans, pair))) {
        ++changed;
        table.rows.push_back({place, std::string("changed"),
                              std::string(was.id) + (was.id == is.id ? "" : " -> " + std::string(is.id)),
                              payload_words(programs.old_side, plans.old_plan, pair.old_index),
                              payload_words(programs.new_side, plans.new_plan, pair.new_index)});
      }
      if (std::string old_specs = specs_words(was), new_specs = specs_words(is); old_specs != new_specs) {
        ++changed;
        table.rows.push_back(
            {place, std::string("compile specs"), std::string(is.id), std::move(old_specs), std::move(new_specs)});
      }
    }
    for (const AlignedMethod::GraphPair& graph : method.graphs) {
      add_changes(layout::delegate_place(new_plan, method.delegates[graph.delegate].new_index), graph.old_steps,
                  graph.new_steps, graph.pairs, programs.match, nodes, tally);
    }
  }
  for (const auto& [plans, side, is_new] : {std::tuple(&programs.methods.only_old, &programs.old_side, false),
                                            std::tuple(&programs.methods.only_new, &programs.new_side, true)}) {
    if (programs.aligned.size() > programs.methods.pairs.size()) break;  // aligned under another name
    for (const std::size_t plan : *plans) {
      for (std::size_t d = 0; d < side->plan(plan).delegates.size(); ++d) alone(*side, plan, d, is_new);
    }
  }
  result.differences = added + removed + changed + tally.total();
  result.count(added, "added");
  result.count(removed, "removed");
  result.count(changed, "changed");
  tally.tell(result, "node");
  result.tables.push_back(std::move(table));
  result.tables.push_back(std::move(nodes));
  return result;
}

}  // namespace ptetool::compare
