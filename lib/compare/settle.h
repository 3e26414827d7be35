// Of the many equally long ways to pair two sequences of steps, a good one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compare/steps.h"

namespace ptetool::compare {

// Fingerprints of all steps, equal for steps that are alike in one degree.
struct StepLikeness {
  std::vector<std::uint64_t> old_steps;
  std::vector<std::uint64_t> new_steps;
};

// Pairs at least as many steps of each degree (`likeness`: the closest first; what is alike in one is alike in the
// next) as `pairs` does, and, of as many, so that most arguments come from paired steps and least stretches are alone.
// Where gaps are too large for a table (kMostGapCells), what `pairs` says stays. Mirrored arguments give the mirror
// image.
Alignment settle(const Steps& old_steps, const Steps& new_steps, const WeightMatch& match,
                 std::span<const StepLikeness> likeness, Alignment pairs);

}  // namespace ptetool::compare
