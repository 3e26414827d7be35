// Images whose elements are copies of other elements, chosen along each dimension by itself: nearest neighbours, and
// padding by reflection or replication. Elements of any dtype are moved as they are.
#pragma once

#include <vector>

#include "ops/images.h"

namespace ptetool::ops {

// For each position of the result the position in the input.
using Positions = std::array<std::vector<std::int64_t>, 3>;

// Gives the out its sizes and fills it. Every position lies in the image. Errors: Mismatch (another dtype).
Result<> gather_image(const Call& call, const Tensor& self, const Image& image, const Positions& positions,
                      Tensor& out);

// Where padding takes its elements from: mirrored at the edges of the image, or the edges repeated; `pad` is as in a
// call, the last dimension first. Errors: Mismatch, Limit.
Result<Positions> padded_positions(const Call& call, const Image& image, std::span<const std::int64_t> pad,
                                   bool reflected);

// Room for so many positions along a dimension. Errors: Limit.
Result<> check_extent(const Call& call, std::int64_t extent);

}  // namespace ptetool::ops
