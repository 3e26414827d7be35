// Aligning and comparing sequences of steps.
#include "compare/steps.h"

#include <algorithm>

#include "ptetool/base/hash.h"

namespace ptetool::compare {

namespace {

// Arguments of a changed step that are told one by one.
constexpr std::size_t kMostDetails = 4;

std::uint64_t hash_of(const std::string& text) { return fingerprint(bytes_of(std::string_view(text))).low; }

// How much of a step counts when two are called the same.
enum class Detail { Everything, WithoutWeights, NameOnly };

// Weights that belong together have one name, the same from both sides.
std::vector<std::string> weight_names(const WeightList& list, const WeightList& other, const WeightMatch& match,
                                      bool old_side) {
  std::vector<std::string> names;
  for (std::size_t w = 0; w < list.weights.size(); ++w) {
    std::string name = list.weights[w].label();
    const auto& place = old_side ? match.of_old[w] : match.of_new[w];
    if (place) {
      const WeightPair& pair = match.pairs[*place];
      std::string others = other.weights[old_side ? pair.new_index : pair.old_index].label();
      if (others < name) std::swap(name, others);
      name += "\n" + others;
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::uint64_t signature(const Step& step, Detail detail, const std::vector<std::string>& weights) {
  std::string text = step.name;
  if (detail == Detail::NameOnly) return hash_of(text);
  for (const std::string& each : step.attributes) text += "\n" + each;
  for (const Argument& argument : step.arguments) {
    text += "\n" + std::to_string(static_cast<int>(argument.source.kind)) + argument.words;
    if (argument.source.kind == Source::Kind::Weight && detail == Detail::Everything)
      text += "\n" + weights[argument.source.index];
  }
  if (detail == Detail::Everything) text += "\n" + step.digest;
  return hash_of(text);
}

// Pairs what lies between pairs, with less detail.
Alignment refine(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b, const Alignment& fixed) {
  Alignment result;
  std::size_t done_a = 0;
  std::size_t done_b = 0;
  const auto between = [&](std::size_t end_a, std::size_t end_b) {
    for (const auto& [i, j] :
         align(std::span(a).subspan(done_a, end_a - done_a), std::span(b).subspan(done_b, end_b - done_b))) {
      result.emplace_back(done_a + i, done_b + j);
    }
  };
  for (const auto& [i, j] : fixed) {
    between(i, j);
    result.emplace_back(i, j);
    done_a = i + 1;
    done_b = j + 1;
  }
  between(a.size(), b.size());
  return result;
}

class Comparer {
 public:
  Comparer(const Steps& old_steps, const Steps& new_steps, const Alignment& pairs, const WeightMatch& match)
      : old_(old_steps), new_(new_steps), match_(match), partner_(old_steps.size()) {
    for (const auto& [i, j] : pairs) partner_[i] = j;
  }

  std::optional<StepChange> compare(std::size_t i, std::size_t j) const {
    const Step& before = old_[i];
    const Step& after = new_[j];
    StepChange change{StepChange::Kind::Changed, i, j, {}};
    if (before.attributes != after.attributes) attributes(before, after, change.details);
    if (before.arguments.size() != after.arguments.size()) {
      change.details.push_back(std::to_string(before.arguments.size()) + " arguments, now " +
                               std::to_string(after.arguments.size()));
    }
    const std::size_t count = std::min(before.arguments.size(), after.arguments.size());
    std::vector<std::string> moved;
    for (std::size_t a = 0; a < count; ++a) {
      const Argument& was = before.arguments[a];
      const Argument& is = after.arguments[a];
      if (was.words != is.words) {
        change.details.push_back("argument " + std::to_string(a) + ": " + was.words + " -> " + is.words);
      } else if (!same_source(was.source, is.source, before.arguments.size() == after.arguments.size())) {
        moved.push_back("argument " + std::to_string(a) + " comes from " + source_words(was.source, old_) + ", now " +
                        source_words(is.source, new_));
      }
    }
    if (change.details.empty() && moved.empty()) return std::nullopt;
    if (change.details.empty()) change.kind = StepChange::Kind::Rewired;
    change.details.insert(change.details.end(), moved.begin(), moved.end());
    if (change.details.size() > kMostDetails) {
      const std::size_t more = change.details.size() - kMostDetails;
      change.details.resize(kMostDetails);
      change.details.push_back("and " + std::to_string(more) + " more");
    }
    return change;
  }

 private:
  static void attributes(const Step& before, const Step& after, std::vector<std::string>& details) {
    std::vector<std::string> gone;
    std::vector<std::string> come;
    for (const std::string& each : before.attributes) {
      if (std::ranges::find(after.attributes, each) == after.attributes.end()) gone.push_back(each);
    }
    for (const std::string& each : after.attributes) {
      if (std::ranges::find(before.attributes, each) == before.attributes.end()) come.push_back(each);
    }
    for (std::size_t i = 0; i < std::max(gone.size(), come.size()); ++i) {
      details.push_back((i < gone.size() ? gone[i] : std::string("nothing")) + " -> " +
                        (i < come.size() ? come[i] : std::string("nothing")));
    }
  }

  bool same_source(const Source& was, const Source& is, bool with_position) const {
    if (was.kind != is.kind) return false;
    switch (was.kind) {
      case Source::Kind::Literal:
      case Source::Kind::State: return true;  // the words were compared
      case Source::Kind::Input: return was.index == is.index;
      case Source::Kind::Weight: {
        // One that has no counterpart is told by the weights.
        const auto& mine = match_.of_old[was.index];
        const auto& its = match_.of_new[is.index];
        return (!mine && !its) || mine == its;
      }
      case Source::Kind::Produced:
        return partner_[was.index] == is.index && (!with_position || was.position == is.position);
      case Source::Kind::Target: return was.index >= partner_.size() || partner_[was.index] == is.index;
    }
    return true;
  }

  static std::string source_words(const Source& source, const Steps& steps) {
    switch (source.kind) {
      case Source::Kind::Literal: return "a literal";
      case Source::Kind::Input: return "input " + std::to_string(source.index);
      case Source::Kind::Weight: return "a weight";
      case Source::Kind::State: return "state";
      default: break;
    }
    const std::string number = std::to_string(source.index);
    return source.index < steps.size() ? steps[source.index].name + " (" + number + ")" : "step " + number;
  }

  const Steps& old_;
  const Steps& new_;
  const WeightMatch& match_;
  std::vector<std::optional<std::size_t>> partner_;  // of old steps
};

}  // namespace

Alignment align_steps(const Steps& old_steps, const Steps& new_steps, const WeightMatch& match,
                      const WeightList& old_list, const WeightList& new_list) {
  const auto old_names = weight_names(old_list, new_list, match, true);
  const auto new_names = weight_names(new_list, old_list, match, false);
  Alignment pairs;
  for (const Detail detail : {Detail::Everything, Detail::WithoutWeights, Detail::NameOnly}) {
    std::vector<std::uint64_t> a;
    std::vector<std::uint64_t> b;
    for (const Step& step : old_steps) a.push_back(signature(step, detail, old_names));
    for (const Step& step : new_steps) b.push_back(signature(step, detail, new_names));
    pairs = refine(a, b, pairs);
  }
  return pairs;
}

void match_by_use(const Steps& old_steps, const Steps& new_steps, const Alignment& pairs, WeightMatch& match) {
  for (const auto& [i, j] : pairs) {
    const auto& was = old_steps[i].arguments;
    const auto& is = new_steps[j].arguments;
    if (was.size() != is.size()) continue;
    for (std::size_t a = 0; a < was.size(); ++a) {
      if (was[a].source.kind == Source::Kind::Weight && is[a].source.kind == Source::Kind::Weight)
        match.add(was[a].source.index, is[a].source.index, false);
    }
  }
}

StepComparison compare_steps(const Steps& old_steps, const Steps& new_steps, Alignment pairs,
                             const WeightMatch& match) {
  StepComparison result;
  const Comparer comparer(old_steps, new_steps, pairs, match);
  std::size_t next_old = 0;
  std::size_t next_new = 0;
  const auto alone = [&](std::size_t end_old, std::size_t end_new) {
    for (; next_old < end_old; ++next_old)
      result.changes.push_back({StepChange::Kind::Removed, next_old, std::nullopt, {}});
    for (; next_new < end_new; ++next_new)
      result.changes.push_back({StepChange::Kind::Inserted, std::nullopt, next_new, {}});
  };
  for (const auto& [i, j] : pairs) {
    alone(i, j);
    if (auto change = comparer.compare(i, j)) result.changes.push_back(std::move(*change));
    next_old = i + 1;
    next_new = j + 1;
  }
  alone(old_steps.size(), new_steps.size());
  result.pairs = std::move(pairs);
  return result;
}

}  // namespace ptetool::compare
