// Which positions of a dimension a resized one is made of, and with which weights: linear, cubic, and both or Lanczos'
// smoothed against aliasing.
#pragma once

#include <vector>

#include "ops/resize.h"

namespace ptetool::ops {

enum class Filter { Linear, Cubic, Lanczos };

// `per` positions for each position of the result, all inside the input, and their weights.
template <class T>
struct Taps {
  std::int64_t per = 0;
  std::vector<std::int64_t> positions;
  std::vector<T> weights;
};

// As PyTorch computes them in T. `accumulated` gathers what falls beyond the edges into the weight of the edge, which
// PyTorch does for bytes. Errors: Limit.
template <class T>
Result<Taps<T>> plain_taps(const Call& call, const ResizeArguments& to, std::size_t i, std::int64_t from, Filter filter,
                           bool accumulated);
template <class T>
Result<Taps<T>> smooth_taps(const Call& call, const ResizeArguments& to, std::size_t i, std::int64_t from,
                            Filter filter);

// Weights in 16 bits with a common exponent, as PyTorch interpolates bytes with: sum of value * weight >> shift.
struct ByteTaps {
  Taps<std::int64_t> taps;
  int shift = 0;
};
ByteTaps byte_taps(const Taps<double>& taps);

}  // namespace ptetool::ops
