// Steps that stand elsewhere, and do there what they did.
#pragma once

#include <cstdint>
#include <vector>

#include "compare/steps.h"

namespace ptetool::compare {

// Of the steps that `in_order` leaves alone: those of equal fingerprints that belong together, in the order of the old
// steps. They do if they take the same from both sides' pairs, or if they are all that stands between two pairs on
// either side (a block that went elsewhere as a whole). A removed step is not the one of its kind in an inserted block.
Alignment find_moves(const Steps& old_steps, const Steps& new_steps, const std::vector<std::uint64_t>& old_prints,
                     const std::vector<std::uint64_t>& new_prints, const Alignment& in_order);

}  // namespace ptetool::compare
