// Methods, their delegates and the graphs inside them, brought together.
#include <algorithm>
#include <map>
#include <set>

#include "compare/bytes.h"
#include "compare/diff_parts.h"

namespace ptetool::compare {

namespace {

const xnn::Graph* graph_of(const ProgramSide& side, std::size_t plan, std::size_t delegate) {
  const LinkedDelegate* linked = side.model.find_delegate(plan, delegate);
  return linked && linked->graph && *linked->graph ? &**linked->graph : nullptr;
}

// What each delegate computes, as far as that is seen without its weights; of opaque ones the bytes. Delegates may
// share a payload: each is looked at once.
class Digests {
 public:
  explicit Digests(const ProgramSide& side) : side_(side) {}

  std::vector<std::string> of_plan(std::size_t plan) {
    std::vector<std::string> digests(side_.plan(plan).delegates.size());
    for (std::size_t d = 0; d < digests.size(); ++d) {
      const LinkedDelegate* linked = side_.model.find_delegate(plan, d);
      if (!linked || !linked->payload) continue;
      std::string& known = known_[{linked->payload->data(), linked->payload->size()}];
      if (known.empty()) known = digest(*linked);
      digests[d] = known;
    }
    return digests;
  }

 private:
  std::string digest(const LinkedDelegate& linked) const {
    Fingerprint print;
    if (linked.graph && *linked.graph) {
      std::string kinds;
      for (const xnn::Node& node : (*linked.graph)->nodes) kinds += static_cast<char>(node.kind);
      print = fingerprint(bytes_of(std::string_view(kinds)));
    } else {
      const Progress silent;
      ReadingProgress progress(silent, 0);
      print = fingerprint_of({side_.model.program->file, *linked.payload}, progress);
    }
    return std::to_string(print.high) + " " + std::to_string(print.low);
  }

  const ProgramSide& side_;
  std::map<std::pair<const std::uint8_t*, std::size_t>, std::string> known_;
};

// Delegates that are called at the same places; then, of what remains, those of one backend in order.
void pair_delegates(const ProgramSide& old_side, const ProgramSide& new_side, AlignedMethod& method) {
  const pte::ExecutionPlan& old_plan = old_side.plan(method.plans.old_plan);
  const pte::ExecutionPlan& new_plan = new_side.plan(method.plans.new_plan);
  std::vector<bool> old_done(old_plan.delegates.size(), false);
  std::vector<bool> new_done(new_plan.delegates.size(), false);
  const auto pair = [&](std::size_t i, std::size_t j) {
    if (old_done[i] || new_done[j]) return;
    old_done[i] = new_done[j] = true;
    method.delegates.push_back({i, j});
  };
  for (const Alignment* steps : {&method.pairs.in_order, &method.pairs.moved}) {
    for (const auto& [i, j] : *steps) {
      const auto& was = method.old_steps[i].delegate;
      const auto& is = method.new_steps[j].delegate;
      if (was && is) pair(*was, *is);
    }
  }
  std::map<std::string_view, std::vector<std::size_t>> waiting;
  for (std::size_t j = new_plan.delegates.size(); j-- > 0;) {
    if (!new_done[j]) waiting[new_plan.delegates[j].id].push_back(j);
  }
  for (std::size_t i = 0; i < old_plan.delegates.size(); ++i) {
    auto& candidates = waiting[old_plan.delegates[i].id];
    if (old_done[i] || candidates.empty()) continue;
    pair(i, candidates.back());
    candidates.pop_back();
  }
  for (std::size_t i = 0; i < old_done.size(); ++i) {
    if (!old_done[i]) method.only_old_delegates.push_back(i);
  }
  for (std::size_t j = 0; j < new_done.size(); ++j) {
    if (!new_done[j]) method.only_new_delegates.push_back(j);
  }
}

}  // namespace

Methods pair_methods(const ProgramSide& old_side, const ProgramSide& new_side, const std::string& method) {
  Methods result;
  const auto counts = [&](const pte::ExecutionPlan& plan) {
    return !plan.constant_method() && (method.empty() || plan.name == method);
  };
  std::map<std::string_view, std::vector<std::size_t>> waiting;  // new methods by name, the first one last
  for (std::size_t j = new_side.model.program->execution_plan.size(); j-- > 0;) {
    if (counts(new_side.plan(j))) waiting[new_side.plan(j).name].push_back(j);
  }
  for (std::size_t i = 0; i < old_side.model.program->execution_plan.size(); ++i) {
    if (!counts(old_side.plan(i))) continue;
    auto& candidates = waiting[old_side.plan(i).name];
    if (candidates.empty()) {
      result.only_old.push_back(i);
    } else {
      result.pairs.push_back({i, candidates.back()});
      candidates.pop_back();
    }
  }
  for (const auto& [name, candidates] : waiting)
    result.only_new.insert(result.only_new.end(), candidates.begin(), candidates.end());
  std::ranges::sort(result.only_new);
  return result;
}

std::vector<AlignedMethod> align_methods(const ProgramSide& old_side, const ProgramSide& new_side,
                                         const Methods& methods, WeightMatch& match) {
  std::vector<MethodPair> pairs = methods.pairs;
  // A method under another name: still the same thing inside.
  if (methods.only_old.size() == 1 && methods.only_new.size() == 1)
    pairs.push_back({methods.only_old.front(), methods.only_new.front()});
  Digests old_digests(old_side);
  Digests new_digests(new_side);
  std::set<std::pair<const xnn::Graph*, const xnn::Graph*>> graphs_done;  // methods may share a payload
  std::vector<AlignedMethod> result;
  for (const MethodPair& plans : pairs) {
    AlignedMethod& method = result.emplace_back();
    method.plans = plans;
    method.old_steps = steps_of(old_side.model, plans.old_plan, old_side.weights, old_digests.of_plan(plans.old_plan));
    method.new_steps = steps_of(new_side.model, plans.new_plan, new_side.weights, new_digests.of_plan(plans.new_plan));
    method.pairs = align_steps(method.old_steps, method.new_steps, match, old_side.weights, new_side.weights);
    match_by_use(method.old_steps, method.new_steps, method.pairs, match);
    pair_delegates(old_side, new_side, method);
    for (std::size_t d = 0; d < method.delegates.size(); ++d) {
      const xnn::Graph* was = graph_of(old_side, plans.old_plan, method.delegates[d].old_index);
      const xnn::Graph* is = graph_of(new_side, plans.new_plan, method.delegates[d].new_index);
      if (!was || !is || !graphs_done.emplace(was, is).second) continue;
      AlignedMethod::GraphPair graph{d, steps_of(*was, old_side.weights), steps_of(*is, new_side.weights), {}};
      graph.pairs = align_steps(graph.old_steps, graph.new_steps, match, old_side.weights, new_side.weights);
      match_by_use(graph.old_steps, graph.new_steps, graph.pairs, match);
      method.graphs.push_back(std::move(graph));
    }
  }
  return result;
}

}  // namespace ptetool::compare
