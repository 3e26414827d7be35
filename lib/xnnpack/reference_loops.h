// Walking over row-major elements with the strides of another shape.
#pragma once

#include <span>

#include "ptetool/tensor/shape.h"

namespace ptetool::xnn {

inline Strides row_major(const Sizes& sizes) { return strides_of(sizes.span(), contiguous_order(sizes.size())); }

// Calls visit(i, index) for each element of `sizes` in row-major order.
template <class Visit>
void for_each_index(const Sizes& sizes, Visit&& visit) {
  Sizes index = Sizes::filled(sizes.size(), 0);
  const std::int64_t count = numel(sizes.span());
  for (std::int64_t i = 0; i < count; ++i) {
    visit(i, index);
    for (std::size_t d = sizes.size(); d-- > 0;) {
      if (++index[d] < sizes[d]) break;
      index[d] = 0;
    }
  }
}

// Strides for reading `sizes` as if it had the shape `to`: 0 along stretched dims.
inline Strides stretched(std::span<const std::int64_t> sizes, std::size_t rank) {
  const Strides dense = row_major(Sizes(sizes));
  Strides strides = Strides::filled(rank, 0);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    strides[rank - sizes.size() + i] = sizes[i] == 1 ? 0 : dense[i];
  }
  return strides;
}

inline std::int64_t dot(const Sizes& index, const Strides& strides) {
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < strides.size(); ++d) sum += index[d] * strides[d];
  return sum;
}

}  // namespace ptetool::xnn
