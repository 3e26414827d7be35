// How far the numbers of one weight are from those of another, whichever way each is stored.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "compare/weight.h"
#include "ptetool/compare/error_statistics.h"
#include "ptetool/compare/tensors.h"

namespace ptetool::compare {

struct NumberComparison {
  ErrorStatistics errors;
  std::uint64_t beyond = 0;         // elements that are not equal within tolerance
  std::vector<std::uint8_t> order;  // the dims of the second, without those of size 1, as the first has them
  bool turned() const { return !std::ranges::is_sorted(order); }
};
// nullopt where the two are not equally many numbers. Memory of what was read is given back.
std::optional<NumberComparison> compare_numbers(const Weight& actual, const Weight& expected, Tolerance tolerance);

}  // namespace ptetool::compare
