// The parts of two sequences in which pairs are looked for anew: what is not paired, with steps around it.
#pragma once

#include <cstddef>
#include <vector>

#include "ptetool/compare/alignment.h"

namespace ptetool::compare {

inline constexpr std::size_t kMostGapCells = std::size_t{1} << 22;  // of one table

// Steps [old_begin, old_end) against [new_begin, new_end).
struct GapWindow {
  std::size_t old_begin = 0, old_end = 0, new_begin = 0, new_end = 0;

  std::size_t cells() const { return (old_end - old_begin + 1) * (new_end - new_begin + 1); }
};

// In ascending order, without those whose tables would be too large.
std::vector<GapWindow> gap_windows(const Alignment& pairs, std::size_t old_steps, std::size_t new_steps);

}  // namespace ptetool::compare
