// What a method's instructions and a graph's nodes have in common: a sequence of steps, each with a name, attributes
// and arguments that come from somewhere. One comparison serves both.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compare/weight.h"
#include "ptetool/compare/alignment.h"

namespace ptetool::compare {

// Where an argument comes from.
struct Source {
  enum class Kind {
    Literal,   // the words say it all
    Input,     // of the method or of the graph: `index` counts them
    Weight,    // `index` into the weights of the side
    Produced,  // made by step `index` as its argument `position`
    Target,    // a place to jump to: step `index`
  };
  Kind kind = Kind::Literal;
  std::size_t index = 0;
  std::size_t position = 0;
};

struct Argument {
  std::string words;  // a literal, or the type of a tensor
  Source source;
};

struct Step {
  std::string name;                     // "aten::add.out", "FullyConnected"
  std::vector<std::string> attributes;  // "stride_height 2"
  std::vector<Argument> arguments;
  std::optional<std::size_t> delegate;  // a call of this delegate
  std::string digest;                   // of what a delegate computes; part of what makes two calls the same
};
using Steps = std::vector<Step>;

// The instructions of a plan. `digests`: of its delegates, as in Step.
Steps steps_of(const Model& model, std::size_t plan, const WeightList& weights,
               const std::vector<std::string>& digests);
// The nodes of a graph.
Steps steps_of(const xnn::Graph& graph, const WeightList& weights);

// Which step of one side is which of the other.
struct StepPairs {
  Alignment in_order;
  Alignment moved;  // the same, but not in that order
};

struct StepChange {
  enum class Kind {
    Removed,
    Inserted,
    Moved,    // the same, elsewhere
    Changed,  // other attributes, types or literals
    Rewired,  // takes an argument from elsewhere, and not only by way of what was inserted or removed
  };
  Kind kind{};
  std::optional<std::size_t> old_index;
  std::optional<std::size_t> new_index;
  std::vector<std::string> details;
  // Of what is alone where it stands: steps of that side, paired, that take its results.
  std::vector<std::size_t> users;
};

// "inserted", "removed", "moved", "changed", "rewired".
std::string_view change_name(StepChange::Kind kind);
// The details, one after the other.
std::string details_text(const StepChange& change);
// Types and literals, for a step that stands alone.
std::string argument_list(const Step& step);

// Pairs steps that are the same, then those that do the same to other weights, then those of the same name; of equally
// many pairs those that leave most arguments where they were. Of what is left, those that are the same elsewhere.
StepPairs align_steps(const Steps& old_steps, const Steps& new_steps, const WeightMatch& match,
                      const WeightList& old_list, const WeightList& new_list);
// Weights that paired steps take at the same place are each other's.
void match_by_use(const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs, WeightMatch& match);
// What differs, in the order of the new steps, removed ones where they were. `match` is complete by now.
std::vector<StepChange> compare_steps(const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs,
                                      const WeightMatch& match);

}  // namespace ptetool::compare
