// Which steps belong together: a longest common subsequence by what they compute, made out of which then the one that
// leaves most arguments where they were.
//
// Equal steps may be paired in many equally long ways; when a block is inserted among blocks like it, an arbitrary one
// pairs steps with their neighbours' likes. So around every gap the pairing is chosen anew by dynamic programming over
// steps of both sides, with a reward for arguments that come from paired steps; that needs a pairing to begin with, and
// is repeated while it gets better.
#include <algorithm>

#include "compare/moves.h"
#include "compare/settle.h"
#include "compare/steps.h"
#include "ptetool/base/hash.h"

namespace ptetool::compare {

namespace {

std::uint64_t hash_of(const std::string& text) { return fingerprint(bytes_of(std::string_view(text))).low; }

// How much of a step counts when two are called the same.
enum class Detail { Everything, WithoutWeights, NameOnly };

// Weights that belong together have one name, the same from both sides; so have those of equal bytes.
std::vector<std::string> weight_names(const WeightList& list, const WeightList& other, const WeightMatch& match,
                                      bool old_side) {
  std::vector<std::string> names;
  for (std::size_t w = 0; w < list.weights.size(); ++w) {
    std::string name = list.weights[w].label();
    const auto& place = old_side ? match.of_old[w] : match.of_new[w];
    if (const auto& content = old_side ? match.content_of_old[w] : match.content_of_new[w]) {
      name = "\n" + std::to_string(*content);
    } else if (place) {
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
    // An input is as good as a result: what is inserted in front of a step makes one of the other.
    const bool input = argument.source.kind == Source::Kind::Input;
    const auto kind = input ? Source::Kind::Produced : argument.source.kind;
    text += "\n" + std::to_string(static_cast<int>(kind)) + argument.words;
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

}  // namespace

StepPairs align_steps(const Steps& old_steps, const Steps& new_steps, const WeightMatch& match,
                      const WeightList& old_list, const WeightList& new_list) {
  const auto old_names = weight_names(old_list, new_list, match, true);
  const auto new_names = weight_names(new_list, old_list, match, false);
  std::vector<StepLikeness> likeness;
  Alignment pairs;
  for (const Detail detail : {Detail::Everything, Detail::WithoutWeights, Detail::NameOnly}) {
    StepLikeness& signatures = likeness.emplace_back();
    for (const Step& step : old_steps) signatures.old_steps.push_back(signature(step, detail, old_names));
    for (const Step& step : new_steps) signatures.new_steps.push_back(signature(step, detail, new_names));
    pairs = refine(signatures.old_steps, signatures.new_steps, pairs);
  }
  pairs = settle(old_steps, new_steps, match, likeness, std::move(pairs));
  const StepLikeness& closest = likeness.front();
  Alignment moved = find_moves(old_steps, new_steps, closest.old_steps, closest.new_steps, pairs);
  return {std::move(pairs), std::move(moved)};
}

}  // namespace ptetool::compare
