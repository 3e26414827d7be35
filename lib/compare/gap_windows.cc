// Every gap gets twice its length of paired steps on either side, 64 at least; windows that meet become one.
#include "compare/gap_windows.h"

#include <algorithm>

namespace ptetool::compare {

namespace {

constexpr std::size_t kAllCells = std::size_t{1} << 24;  // of all tables of one round
constexpr std::size_t kLeastContext = 64;                // steps on either side of a gap that may be paired anew

}  // namespace

std::vector<GapWindow> gap_windows(const Alignment& pairs, std::size_t old_steps, std::size_t new_steps) {
  std::vector<GapWindow> all;
  std::size_t done_old = 0;
  std::size_t done_new = 0;
  const auto gap = [&](std::size_t k, std::size_t end_old, std::size_t end_new) {
    const std::size_t length = end_old - done_old + end_new - done_new;
    if (length == 0) return;
    const std::size_t context = std::max(kLeastContext, 2 * length);
    const std::size_t first = k - std::min(k, context);  // pairs[first, last) belong to the window
    const std::size_t last = std::min(pairs.size(), k + context);
    GapWindow window{first == 0 ? 0 : pairs[first - 1].first + 1, last == pairs.size() ? old_steps : pairs[last].first,
                     first == 0 ? 0 : pairs[first - 1].second + 1,
                     last == pairs.size() ? new_steps : pairs[last].second};
    if (!all.empty() && (window.old_begin <= all.back().old_end && window.new_begin <= all.back().new_end)) {
      all.back().old_end = std::max(all.back().old_end, window.old_end);
      all.back().new_end = std::max(all.back().new_end, window.new_end);
    } else {
      all.push_back(window);
    }
  };
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    gap(k, pairs[k].first, pairs[k].second);
    done_old = pairs[k].first + 1;
    done_new = pairs[k].second + 1;
  }
  gap(pairs.size(), old_steps, new_steps);
  std::size_t left = kAllCells;
  std::erase_if(all, [&](const GapWindow& window) {
    const bool keep = window.cells() <= std::min(kMostGapCells, left);
    if (keep) left -= window.cells();
    return !keep;
  });
  return all;
}

}  // namespace ptetool::compare
