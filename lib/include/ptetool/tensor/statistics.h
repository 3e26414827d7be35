// What elements are as numbers and as text, and what a summary line tells about all of them.
#pragma once

#include <cstdint>
#include <string>

#include "ptetool/tensor/tensor.h"

namespace ptetool {

// What a summary line tells about a tensor: finite minimum, maximum, mean, and how many NaN and infinite elements. Of
// complex elements the real part is summarised, and one counts as NaN or infinite if either part is. Quantised and bits
// types are taken as their raw integers.
struct TensorStatistics {
  double min = 0, max = 0, mean = 0;  // of the finite elements; 0 where there are none
  std::uint64_t nan = 0, inf = 0;
  bool any_finite = false;
};
// A tensor without memory has no elements.
TensorStatistics statistics_of(const Tensor& tensor);

// Element `index` (in memory order; memory_index() translates) of a tensor with memory, as double; complex gives the
// real part, 64-bit integers are rounded.
double element_as_double(const Tensor& tensor, std::int64_t index);
// The literal of the same element: "0.25", "-3", "true", "nan", "1-2j". float32 and float64 are written with the fewest
// digits that read back equal, narrower floats with six significant digits.
std::string element_text(const Tensor& tensor, std::int64_t index);

}  // namespace ptetool
