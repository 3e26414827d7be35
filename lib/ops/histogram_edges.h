// The points that a histogram counts, and the edges of its bins: given ranges or the points' own, in equal parts.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/reduce.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

// The points of a call: `count` of them with a number for each axis.
template <class C>
struct Points {
  std::int64_t count = 0;
  std::size_t axes = 1;
  std::vector<C> numbers;
  std::vector<C> weights;  // empty: 1 each
};

// A histogram of one axis takes all elements of self, else the last dimension holds the axes.
template <class C>
Result<Points<C>> points_of(Call& call, std::size_t axes, bool flat, const Tensor* weight) {
  const Tensor& self = call.tensor(0);
  if (!flat && (self.rank() < 2 || self.sizes[self.rank() - 1] != static_cast<std::int64_t>(axes))) {
    return call.fail(ErrorCode::Mismatch,
                     shape_text(self.sizes.span()) + " are no points with " + counted(axes, "coordinate"));
  }
  Points<C> points;
  points.axes = flat ? 1 : axes;
  points.count = flat ? self.numel() : self.numel() / std::max<std::int64_t>(static_cast<std::int64_t>(axes), 1);
  if (weight) {
    const Sizes wanted(self.sizes.span().first(self.rank() - (flat ? 0 : 1)));
    PTETOOL_CHECK(same_dtype(call, self, "self", *weight, "weight"));
    if (!(weight->sizes == wanted))
      return call.fail(ErrorCode::Mismatch, "the weights' shape is not that of the points");
    points.weights = numbers_of<C>(*weight, weight->dtype);
  }
  points.numbers = numbers_of<C>(self, self.dtype);
  return points;
}

// count + 1 numbers from `low` to `high`, each from the nearer end.
template <class C>
std::vector<C> equal_edges(C low, C high, std::int64_t count) {
  std::vector<C> edges(static_cast<std::size_t>(count) + 1);
  const C step = (high - low) / static_cast<C>(count);
  for (std::int64_t i = 0; i <= count; ++i) {
    edges[static_cast<std::size_t>(i)] =
        i < (count + 1) / 2 ? low + step * static_cast<C>(i) : high - step * static_cast<C>(count - i);
  }
  return edges;
}

template <class C>
using Edges = std::vector<std::vector<C>>;

// The edges of `bins` equal parts along each axis of the range that the call gives, or of the points' own.
template <class C>
Result<Edges<C>> edges_of(Call& call, std::span<const std::int64_t> bins, std::size_t range_index,
                          const Points<C>& points) {
  const auto range = call.reals(range_index);
  if (!call.is_none(range_index) && range.size() != 2 * points.axes) {
    return call.fail(ErrorCode::Mismatch, "a range of " + counted(range.size(), "number"));
  }
  Edges<C> edges;
  for (std::size_t axis = 0; axis < points.axes; ++axis) {
    C low = 0, high = 1;
    if (!range.empty()) {
      low = static_cast<C>(range[2 * axis]);
      high = static_cast<C>(range[2 * axis + 1]);
    } else if (points.count > 0) {
      low = high = points.numbers[axis];
      for (std::size_t i = axis; i < points.numbers.size(); i += points.axes) {
        low = smaller(low, points.numbers[i]);
        high = larger(high, points.numbers[i]);
      }
    }
    if (!std::isfinite(low) || !std::isfinite(high) || low > high) {
      return call.fail(ErrorCode::Mismatch, "the range is not finite, or empty");
    }
    if (low == high) {
      low -= C(0.5);
      high += C(0.5);
    }
    edges.push_back(equal_edges(low, high, bins[axis]));
  }
  return edges;
}

// The bin of x, or -1.
template <class C>
std::int64_t bin_of(C x, const std::vector<C>& edges) {
  if (edges.size() < 2 || !(x >= edges.front() && x <= edges.back())) return -1;
  const auto after = std::ranges::upper_bound(edges, x) - edges.begin();
  return std::min<std::int64_t>(after, static_cast<std::int64_t>(edges.size()) - 1) - 1;
}

}  // namespace ptetool::ops
