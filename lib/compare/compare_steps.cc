// What differs between paired steps, and which have no partner.
#include <algorithm>

#include "compare/dataflow.h"
#include "compare/steps.h"

namespace ptetool::compare {

namespace {

// Arguments of a changed step that are told one by one.
constexpr std::size_t kMostDetails = 4;

// For each step that only one side has: the steps of both that take its results.
template <class Partner>
std::vector<std::vector<std::size_t>> users_of_lone_steps(const Steps& steps, Partner&& partner) {
  std::vector<std::vector<std::size_t>> users(steps.size());
  for (std::size_t s = 0; s < steps.size(); ++s) {
    if (!partner(s)) continue;
    for (const Argument& argument : steps[s].arguments) {
      const Source& source = argument.source;
      if (source.kind != Source::Kind::Produced || source.index >= s || partner(source.index)) continue;
      if (users[source.index].empty() || users[source.index].back() != s) users[source.index].push_back(s);
    }
  }
  return users;
}

// Operators whose result is their first argument in another form.
constexpr std::string_view kSameNumbers[] = {
    "aten::_to_copy.out",
    "aten::alias_copy.out",
    "aten::clone.out",
    "aten::permute_copy.out",
    "aten::squeeze_copy.dims_out",
    "aten::t_copy.out",
    "aten::transpose_copy.int_out",
    "aten::unsqueeze_copy.out",
    "aten::view_copy.out",
    "dim_order_ops::_clone_dim_order.out",
    "dim_order_ops::_to_dim_order_copy.out",
    "quantized_decomposed::dequantize_per_channel.out",
    "quantized_decomposed::dequantize_per_tensor.Tensor_out",
    "quantized_decomposed::dequantize_per_tensor.out",
    "quantized_decomposed::dequantize_per_token.out",
};

// The weight that an argument of step `user` is, or was made from.
std::optional<std::size_t> weight_behind(const Steps& steps, std::size_t user, Source source) {
  while (source.kind == Source::Kind::Produced && source.index < user) {
    user = source.index;
    if (steps[user].arguments.empty() || std::ranges::find(kSameNumbers, steps[user].name) == std::end(kSameNumbers))
      return std::nullopt;
    source = steps[user].arguments.front().source;
  }
  return source.kind == Source::Kind::Weight ? std::optional(source.index) : std::nullopt;
}

class Comparer {
 public:
  Comparer(const Steps& old_steps, const Steps& new_steps, const Dataflow& flow)
      : old_(old_steps), new_(new_steps), flow_(flow) {}

  std::optional<StepChange> compare(std::size_t i, std::size_t j) const {
    const Step& before = old_[i];
    const Step& after = new_[j];
    StepChange change{StepChange::Kind::Changed, i, j, {}, {}};
    if (before.attributes != after.attributes) attributes(before, after, change.details);
    if (before.arguments.size() != after.arguments.size()) {
      change.details.push_back(std::to_string(before.arguments.size()) + " arguments, now " +
                               std::to_string(after.arguments.size()));
    }
    const std::size_t count = std::min(before.arguments.size(), after.arguments.size());
    for (std::size_t a = 0; a < count; ++a) {
      const Argument& was = before.arguments[a];
      const Argument& is = after.arguments[a];
      if (was.words != is.words)
        change.details.push_back("argument " + std::to_string(a) + ": " + was.words + " -> " + is.words);
    }
    std::vector<std::string> elsewhere = arguments_from_elsewhere(i, j);
    if (change.details.empty() && elsewhere.empty()) return std::nullopt;
    if (change.details.empty()) change.kind = StepChange::Kind::Rewired;
    change.details.insert(change.details.end(), elsewhere.begin(), elsewhere.end());
    if (change.details.size() > kMostDetails) {
      const std::size_t more = change.details.size() - kMostDetails;
      change.details.resize(kMostDetails);
      change.details.push_back("and " + std::to_string(more) + " more");
    }
    return change;
  }

  // Arguments of the same type that come from elsewhere, in words.
  std::vector<std::string> arguments_from_elsewhere(std::size_t i, std::size_t j) const {
    const std::vector<Argument>& before = old_[i].arguments;
    const std::vector<Argument>& after = new_[j].arguments;
    std::vector<std::string> words;
    for (std::size_t a = 0; a < std::min(before.size(), after.size()); ++a) {
      const Source& was = before[a].source;
      const Source& is = after[a].source;
      if (before[a].words != after[a].words || flow_.compare(was, is, before.size() == after.size()) != Flow::Other)
        continue;
      words.push_back("argument " + std::to_string(a) + " comes from " + source_words(was, old_) + ", now " +
                      source_words(is, new_));
    }
    return words;
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

  static std::string source_words(const Source& source, const Steps& steps) {
    switch (source.kind) {
      case Source::Kind::Literal: return "a literal";
      case Source::Kind::Input: return "input " + std::to_string(source.index);
      case Source::Kind::Weight: return "a weight";
      default: break;
    }
    const std::string number = std::to_string(source.index);
    return source.index < steps.size() ? steps[source.index].name + " (" + number + ")" : "step " + number;
  }

  const Steps& old_;
  const Steps& new_;
  const Dataflow& flow_;
};

}  // namespace

std::string_view change_name(StepChange::Kind kind) {
  switch (kind) {
    case StepChange::Kind::Inserted: return "inserted";
    case StepChange::Kind::Removed: return "removed";
    case StepChange::Kind::Moved: return "moved";
    case StepChange::Kind::Changed: return "changed";
    case StepChange::Kind::Rewired: return "rewired";
  }
  return "";
}

std::string details_text(const StepChange& change) {
  std::string text;
  for (const std::string& each : change.details) text += (text.empty() ? "" : "; ") + each;
  return text;
}

std::string argument_list(const Step& step) {
  std::string text;
  for (const Argument& argument : step.arguments) text += (text.empty() ? "" : ", ") + argument.words;
  return text;
}

void match_by_use(const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs, WeightMatch& match) {
  const auto match_arguments = [&](std::size_t i, std::size_t j) {
    const auto& was = old_steps[i].arguments;
    const auto& is = new_steps[j].arguments;
    if (was.size() != is.size()) return;
    for (std::size_t a = 0; a < was.size(); ++a) {
      const auto old_weight = weight_behind(old_steps, i, was[a].source);
      const auto new_weight = weight_behind(new_steps, j, is[a].source);
      if (!old_weight || !new_weight) continue;
      const bool same = match.same_content(*old_weight, *new_weight);
      // Bytes that are on the other side as well are not changed ones.
      const bool elsewhere = !same && (match.content_of_old[*old_weight] || match.content_of_new[*new_weight]);
      if (!elsewhere) match.use(*old_weight, *new_weight, same);
    }
  };
  for (const auto& [i, j] : pairs.in_order) match_arguments(i, j);
  for (const auto& [i, j] : pairs.moved) match_arguments(i, j);
}

std::vector<StepChange> compare_steps(const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs,
                                      const WeightMatch& match) {
  std::vector<StepChange> changes;
  const Dataflow flow(old_steps, new_steps, pairs, match);
  const Comparer comparer(old_steps, new_steps, flow);
  const auto old_users = users_of_lone_steps(old_steps, [&](std::size_t step) { return flow.partner_of_old(step); });
  const auto new_users = users_of_lone_steps(new_steps, [&](std::size_t step) { return flow.partner_of_new(step); });
  std::size_t next_old = 0;
  std::size_t next_new = 0;
  const auto alone = [&](std::size_t end_old, std::size_t end_new) {
    for (; next_old < end_old; ++next_old) {
      if (!flow.moved_to(next_old))  // told where it went
        changes.push_back({StepChange::Kind::Removed, next_old, std::nullopt, {}, old_users[next_old]});
    }
    for (; next_new < end_new; ++next_new) {
      const auto& from = flow.moved_from(next_new);
      StepChange change{from ? StepChange::Kind::Moved : StepChange::Kind::Inserted, from, next_new, {}, {}};
      change.users = new_users[next_new];
      if (from) change.details = comparer.arguments_from_elsewhere(*from, next_new);
      changes.push_back(std::move(change));
    }
  };
  for (const auto& [i, j] : pairs.in_order) {
    alone(i, j);
    if (auto change = comparer.compare(i, j)) changes.push_back(std::move(*change));
    next_old = i + 1;
    next_new = j + 1;
  }
  alone(old_steps.size(), new_steps.size());
  return changes;
}

}  // namespace ptetool::compare
