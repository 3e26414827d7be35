// What resizing operators are told: the size of the result, and perhaps the factors that it came from.
#pragma once

#include <optional>
#include <vector>

#include "ops/images.h"

namespace ptetool::ops {

struct ResizeArguments {
  Spatial size{1, 1, 1};
  std::array<std::optional<double>, 3> factors;  // result / input, where given
  bool align_corners = false;

  // How many positions of the input a step of the result is, along dimension i of `from` positions, computed in T.
  template <class T>
  T scale(std::size_t i, std::int64_t from) const {
    if (align_corners) return size[i] > 1 ? static_cast<T>(from - 1) / static_cast<T>(size[i] - 1) : T(0);
    if (factors[i] && *factors[i] > 0) return static_cast<T>(1 / *factors[i]);
    return static_cast<T>(from) / static_cast<T>(size[i]);
  }
};

// output_size at argument `size`, one optional factor per spatial dimension from argument `factors` on.
Result<ResizeArguments> resize_arguments(const Call& call, std::size_t spatial, std::size_t size, std::size_t factors);
// The forms of two spatial dimensions with either an output_size or scale_factors, both optional lists.
Result<ResizeArguments> resize_arguments_vec(const Call& call, const Image& image, std::size_t size,
                                             std::size_t factors);

// For each position of the result the nearest one of `from` positions along dimension i; `exact` looks from the middle
// of the pixel. Errors: Limit.
Result<std::vector<std::int64_t>> nearest_positions(const Call& call, const ResizeArguments& to, std::size_t i,
                                                    std::int64_t from, bool exact);

}  // namespace ptetool::ops
