// A step that one side has alone is traced back to the paired steps, inputs and weights that it was made from; two
// arguments belong together where the sets of their origins meet.
#include "compare/dataflow.h"

#include <algorithm>
#include <span>

namespace ptetool::compare {

namespace {

// Places that one step is traced back to. What is made from more is taken for something of its own.
constexpr std::size_t kMostOrigins = 256;

}  // namespace

Dataflow::Dataflow(const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs, const WeightMatch& match)
    : match_(match),
      partner_of_old_(old_steps.size()),
      partner_of_new_(new_steps.size()),
      moved_to_(old_steps.size()),
      moved_from_(new_steps.size()),
      old_origins_(old_steps.size()),
      new_origins_(new_steps.size()) {
  for (const auto& [i, j] : pairs.in_order) {
    partner_of_old_[i] = j;
    partner_of_new_[j] = i;
  }
  for (const auto& [i, j] : pairs.moved) {
    moved_to_[i] = j;
    moved_from_[j] = i;
  }
  trace(old_steps, true, old_origins_);
  trace(new_steps, false, new_origins_);
}

// Paired steps and weights are called by what both sides agree on: the old step, the pair of weights.
std::optional<Dataflow::Origin> Dataflow::origin(const Source& source, bool old_side) const {
  if (source.kind == Source::Kind::Input) return Origin{source.kind, source.index, 0};
  if (source.kind == Source::Kind::Weight) {
    const auto& pair = old_side ? match_.of_old[source.index] : match_.of_new[source.index];
    return pair ? std::optional(Origin{source.kind, *pair, 0}) : std::nullopt;
  }
  if (source.kind != Source::Kind::Produced) return std::nullopt;
  const auto& partners = old_side ? partner_of_old_ : partner_of_new_;
  if (source.index >= partners.size() || !partners[source.index]) return std::nullopt;
  return Origin{source.kind, old_side ? source.index : *partners[source.index], source.position};
}

void Dataflow::trace(const Steps& steps, bool old_side, std::vector<Origins>& origins) const {
  const auto& partners = old_side ? partner_of_old_ : partner_of_new_;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    if (partners[s]) continue;
    Origins& all = origins[s];
    for (const Argument& argument : steps[s].arguments) {
      if (const auto one = origin(argument.source, old_side)) {
        all.push_back(*one);
      } else if (argument.source.kind == Source::Kind::Produced && argument.source.index < s) {
        const Origins& further = origins[argument.source.index];
        all.insert(all.end(), further.begin(), further.end());
      }
    }
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all.size() > kMostOrigins) all.clear();
    // One that moved is a place of its own as well.
    if (old_side ? moved_to_[s] : moved_from_[s]) {
      const Origin self{Source::Kind::Produced, old_side ? s : *moved_from_[s], 0};
      all.insert(std::ranges::lower_bound(all, self), self);
    }
  }
}

bool Dataflow::share_origin(const Source& was, const Source& is) const {
  const auto one_was = origin(was, true);
  const auto one_is = origin(is, false);
  // What comes from no step has nothing in between that could be traced.
  const auto list = [](const Source& source, const std::optional<Origin>& one, const std::vector<Origins>& origins) {
    if (one) return std::span<const Origin>(&*one, 1);
    return source.kind == Source::Kind::Produced && source.index < origins.size()
               ? std::span<const Origin>(origins[source.index])
               : std::span<const Origin>();
  };
  const auto a = list(was, one_was, old_origins_);
  const auto b = list(is, one_is, new_origins_);
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (*i == *j) return true;
    if (*i < *j) {
      ++i;
    } else {
      ++j;
    }
  }
  return false;
}

// The first step from a target on that both sides have, as an old step; the number of old steps behind the last one.
std::size_t Dataflow::landing(std::size_t target, bool old_side) const {
  const auto& partners = old_side ? partner_of_old_ : partner_of_new_;
  while (target < partners.size() && !partners[target]) ++target;
  if (target >= partners.size()) return partner_of_old_.size();
  return old_side ? target : *partners[target];
}

Flow Dataflow::compare(const Source& was, const Source& is, bool positions) const {
  switch (was.kind) {
    case Source::Kind::Literal:
      if (is.kind == was.kind) return Flow::Same;  // the words tell
      break;
    case Source::Kind::Input:
      if (is.kind == was.kind && was.index == is.index) return Flow::Same;
      break;
    case Source::Kind::Weight:
      if (is.kind == was.kind) {
        // One that has no counterpart is told by the weights.
        const auto& mine = match_.of_old[was.index];
        const auto& its = match_.of_new[is.index];
        if ((!mine && !its) || mine == its || match_.same_content(was.index, is.index)) return Flow::Same;
      }
      break;
    case Source::Kind::Produced:
      if (is.kind == was.kind && was.index < partner_of_old_.size() &&
          (partner_of_old_[was.index] == is.index || moved_to_[was.index] == is.index) &&
          (!positions || was.position == is.position)) {
        return Flow::Same;
      }
      break;
    case Source::Kind::Target:
      if (is.kind != was.kind) break;
      if (was.index < partner_of_old_.size() && partner_of_old_[was.index] == is.index) return Flow::Same;
      return landing(was.index, true) == landing(is.index, false) ? Flow::Through : Flow::Other;
  }
  const auto alone = [](const Source& source, const auto& partners) {
    return source.kind == Source::Kind::Produced && source.index < partners.size() && !partners[source.index];
  };
  if (!alone(was, partner_of_old_) && !alone(is, partner_of_new_)) return Flow::Other;
  return share_origin(was, is) ? Flow::Through : Flow::Other;
}

}  // namespace ptetool::compare
