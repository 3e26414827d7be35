// Delegates: those that one side has alone, other payloads and compile specs, and, of XNNPACK's, the nodes inside.
#include <fmt/format.h>

#include "compare/bytes.h"
#include "compare/diff_parts.h"
#include "compare/step_changes.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

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

class DelegateChanges {
 public:
  explicit DelegateChanges(const Programs& programs) : programs_(programs) {}

  void add_method(const AlignedMethod& method) {
    const MethodPair& plans = method.plans;
    for (const std::size_t d : method.only_old_delegates) add_alone(programs_.old_side, plans.old_plan, d, false);
    for (const std::size_t d : method.only_new_delegates) add_alone(programs_.new_side, plans.new_plan, d, true);
    std::vector<bool> opened(method.delegates.size(), false);
    for (const AlignedMethod::GraphPair& graph : method.graphs) opened[graph.delegate] = true;
    for (std::size_t d = 0; d < method.delegates.size(); ++d) add_pair(plans, method.delegates[d], opened[d]);
    const pte::ExecutionPlan& new_plan = programs_.new_side.plan(plans.new_plan);
    for (const AlignedMethod::GraphPair& graph : method.graphs) {
      nodes_.add(layout::delegate_place(new_plan, method.delegates[graph.delegate].new_index), graph.old_steps,
                 graph.new_steps, graph.pairs, programs_.match);
    }
  }

  // All delegates of methods that one side has alone.
  void add_methods_alone(const ProgramSide& side, const std::vector<std::size_t>& plans, bool is_new) {
    for (const std::size_t plan : plans) {
      for (std::size_t d = 0; d < side.plan(plan).delegates.size(); ++d) add_alone(side, plan, d, is_new);
    }
  }

  PartResult finish() {
    PartResult result{Part::Delegates};
    result.differences = added_ + removed_ + changed_;
    result.count(added_, "added");
    result.count(removed_, "removed");
    result.count(changed_, "changed");
    result.tables.push_back(std::move(table_));
    nodes_.finish(result, "node");
    return result;
  }

 private:
  void add_alone(const ProgramSide& side, std::size_t plan, std::size_t delegate, bool is_new) {
    ++(is_new ? added_ : removed_);
    std::string words = payload_words(side, plan, delegate);
    table_.rows.push_back({layout::delegate_place(side.plan(plan), delegate), std::string(is_new ? "added" : "removed"),
                           std::string(side.plan(plan).delegates[delegate].id), is_new ? std::string() : words,
                           is_new ? words : std::string()});
  }

  // `opened`: the nodes of both are compared.
  void add_pair(const MethodPair& plans, const DelegatePair& pair, bool opened) {
    const pte::BackendDelegate& was = programs_.old_side.plan(plans.old_plan).delegates[pair.old_index];
    const pte::BackendDelegate& is = programs_.new_side.plan(plans.new_plan).delegates[pair.new_index];
    const std::string place = layout::delegate_place(programs_.new_side.plan(plans.new_plan), pair.new_index);
    const LinkedDelegate* linked = programs_.old_side.model.find_delegate(plans.old_plan, pair.old_index);
    const bool open = opened || (linked && linked->graph && *linked->graph && was.id == is.id);
    if (was.id != is.id || (!open && !same_payload(programs_, plans, pair))) {
      ++changed_;
      table_.rows.push_back({place, std::string("changed"),
                             std::string(was.id) + (was.id == is.id ? "" : " -> " + std::string(is.id)),
                             payload_words(programs_.old_side, plans.old_plan, pair.old_index),
                             payload_words(programs_.new_side, plans.new_plan, pair.new_index)});
    }
    if (std::string old_specs = specs_words(was), new_specs = specs_words(is); old_specs != new_specs) {
      ++changed_;
      table_.rows.push_back(
          {place, std::string("compile specs"), std::string(is.id), std::move(old_specs), std::move(new_specs)});
    }
  }

  const Programs& programs_;
  report::Table table_{
      "changes",
      "",
      {{"place", "delegate"}, {"change", "change"}, {"backend", "backend"}, {"old", "old"}, {"new", "new"}},
      {},
      0};
  StepChanges nodes_{"nodes", "nodes inside", "delegate"};
  std::uint64_t added_ = 0, removed_ = 0, changed_ = 0;
};

}  // namespace

PartResult delegates_part(const Programs& programs) {
  DelegateChanges changes(programs);
  for (const AlignedMethod& method : programs.aligned) changes.add_method(method);
  // More methods aligned than paired by name: the ones alone on either side were aligned under another name.
  if (programs.aligned.size() <= programs.methods.pairs.size()) {
    changes.add_methods_alone(programs.old_side, programs.methods.only_old, false);
    changes.add_methods_alone(programs.new_side, programs.methods.only_new, true);
  }
  return changes.finish();
}

}  // namespace ptetool::compare
