// Backends and exporters turn weights around: filters of convolutions, matrices of linear layers. Which way one tensor
// has to be turned to have the numbers of another is told by sizes, and by the numbers where sizes leave a choice.
#pragma once

#include <functional>

#include "compare/number_reader.h"

namespace ptetool::compare {

// A permutation of NumberReader::core(); ascending: not turned.
using DimPermutation = std::vector<std::uint8_t>;

// A few thousand elements spread over a tensor; equally many of tensors of equal counts.
std::vector<double> sample_of(const NumberReader& reader);

struct Orientation {
  DimPermutation order;          // of the second tensor, to be like the first
  std::optional<double> cosine;  // of the samples; nullopt where one is all zeros
};
// `sample`: of the second tensor, turned. Not turned where that is good enough, or nothing else is possible. nullopt
// where the two are not equally many numbers.
std::optional<Orientation> best_orientation(
    const std::vector<std::int64_t>& core, std::span<const double> sample_of_first,
    const std::vector<std::int64_t>& core_of_second,
    const std::function<std::span<const double>(const DimPermutation&)>& sample);

// Two roundings of one weight point the same way; two weights of a network hardly do.
inline constexpr double kSameDirection = 0.9;

}  // namespace ptetool::compare
