// Which items of two sequences belong together: what a diff of two instruction lists rests on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ptetool::compare {

// Positions in the first and in the second sequence; ascending in both.
using Alignment = std::vector<std::pair<std::size_t, std::size_t>>;

// Pairs of equal items: a longest common subsequence, so that one inserted item leaves all others paired. Where the
// sequences differ in more than kMostEdits places, items that are unique on both sides are paired first and the
// stretches between them on their own, which may leave equal items unpaired. align(b, a) is the mirror image of
// align(a, b).
Alignment align(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

// Insertions and removals up to which the longest common subsequence is found (memory grows with the square: 16 MiB).
inline constexpr std::size_t kMostEdits = 2000;

}  // namespace ptetool::compare
