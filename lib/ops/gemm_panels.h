// Blocked matrix multiplication over operands that say themselves how they are packed: matrices of any layout, or the
// patches of an image that a convolution multiplies with its weights.
#pragma once

#include <cstdint>

#include "ptetool/ops/operator.h"

namespace ptetool::ops {

// One operand: lanes (rows of a, or columns of b) of `depth` numbers each. Used by several threads at once.
template <class C>
class LaneSource {
 public:
  virtual ~LaneSource() = default;
  // packed[q * width + w] = number `depth0 + q` of lane `lane0 + w`, for q < depth and w < lanes; 0 for lanes <= w <
  // width. depth <= kPanelDepth, width <= simd::kMostTileColumns.
  virtual void pack(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0, std::int64_t depth,
                    C* packed) const = 0;
};
inline constexpr std::int64_t kPanelDepth = 256;

// Takes the results.
template <class C>
class TileSink {
 public:
  virtual ~TileSink() = default;
  // numbers[i * step + j] is the result for row `row0 + i` and column `column0 + j`; each comes once. `numbers` may be
  // changed. Used by several threads at once.
  virtual void store(std::int64_t row0, std::int64_t rows, std::int64_t column0, std::int64_t columns, C* numbers,
                     std::int64_t step) const = 0;

  // Where results may be computed, in rows that are place().step apart, instead of being brought there; no numbers:
  // nowhere. They are stored from there all the same.
  struct Place {
    C* numbers = nullptr;
    std::int64_t step = 0;
  };
  virtual Place place(std::int64_t /*row*/, std::int64_t /*column*/) const { return {}; }
};

// Sums of `k` products (k >= 1) of every row with every column, on the call's threads. C is float or double. The result
// does not depend on the number of threads.
template <class C>
void multiply_lanes(const Call& call, const LaneSource<C>& rows, std::int64_t m, const LaneSource<C>& columns,
                    std::int64_t n, std::int64_t k, const TileSink<C>& sink);

extern template void multiply_lanes(const Call&, const LaneSource<float>&, std::int64_t, const LaneSource<float>&,
                                    std::int64_t, std::int64_t, const TileSink<float>&);
extern template void multiply_lanes(const Call&, const LaneSource<double>&, std::int64_t, const LaneSource<double>&,
                                    std::int64_t, std::int64_t, const TileSink<double>&);

}  // namespace ptetool::ops
