// Does an argument still come from where it came from? Under a pairing of steps, and seen through what was inserted,
// removed and moved: who takes the result of an inserted step instead of what that step was made from follows from the
// insertion.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "compare/steps.h"

namespace ptetool::compare {

enum class Flow : std::uint8_t {
  Other,    // from elsewhere
  Through,  // from the same place, by way of steps that only one side has there
  Same,
};

// Borrows the steps and the match.
class Dataflow {
 public:
  Dataflow(const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs, const WeightMatch& match);

  // `positions`: results of a step are told apart by their position among its arguments.
  Flow compare(const Source& was, const Source& is, bool positions) const;
  // In order; steps that moved have none.
  const std::optional<std::size_t>& partner_of_old(std::size_t step) const { return partner_of_old_[step]; }
  const std::optional<std::size_t>& partner_of_new(std::size_t step) const { return partner_of_new_[step]; }
  const std::optional<std::size_t>& moved_to(std::size_t old_step) const { return moved_to_[old_step]; }
  const std::optional<std::size_t>& moved_from(std::size_t new_step) const { return moved_from_[new_step]; }

 private:
  // A place that both sides have: a paired step's result, an input, a weight.
  struct Origin {
    Source::Kind kind{};
    std::size_t index = 0;
    std::size_t position = 0;
    auto operator<=>(const Origin&) const = default;
  };
  using Origins = std::vector<Origin>;  // ascending

  std::optional<Origin> origin(const Source& source, bool old_side) const;
  void trace(const Steps& steps, bool old_side, std::vector<Origins>& origins) const;
  bool share_origin(const Source& was, const Source& is) const;
  std::size_t landing(std::size_t target, bool old_side) const;

  const WeightMatch& match_;
  std::vector<std::optional<std::size_t>> partner_of_old_;
  std::vector<std::optional<std::size_t>> partner_of_new_;
  std::vector<std::optional<std::size_t>> moved_to_;    // of old steps
  std::vector<std::optional<std::size_t>> moved_from_;  // of new steps
  std::vector<Origins> old_origins_;                    // of steps without a partner
  std::vector<Origins> new_origins_;
};

}  // namespace ptetool::compare
