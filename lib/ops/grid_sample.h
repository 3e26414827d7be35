// Where a point of a grid lies in an image, and what of the image it is made of: shared by sampling and its gradients.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/images.h"

namespace ptetool::ops {

enum class Mode { Linear, Nearest, Cubic };
enum class Padding { Zeros, Border, Reflection };

struct Sampling {
  Mode mode{};
  Padding padding{};
  bool align_corners = false;
};

// From [-1, 1] to positions along `size` pixels.
template <class C>
C unnormalize(C x, std::int64_t size, bool align_corners) {
  const C n = static_cast<C>(size);
  return align_corners ? (x + 1) / 2 * (n - 1) : ((x + 1) * n - 1) / 2;
}

// Mirrored at `twice_low` / 2 and `twice_high` / 2 until it lies between them.
template <class C>
C reflect(C x, std::int64_t twice_low, std::int64_t twice_high) {
  if (twice_low == twice_high) return 0;
  const C low = static_cast<C>(twice_low) / 2;
  const C span = static_cast<C>(twice_high - twice_low) / 2;
  const C distance = std::abs(x - low);
  const C extra = std::fmod(distance, span);
  const bool even = std::fmod(std::floor(distance / span), C(2)) == 0;
  return even ? extra + low : span - extra + low;
}

template <class C>
C padded(C x, std::int64_t size, const Sampling& sampling) {
  const C last = static_cast<C>(size - 1);
  if (sampling.padding == Padding::Reflection) {
    x = sampling.align_corners ? reflect(x, 0, 2 * (size - 1)) : reflect(x, -1, 2 * size - 1);
  }
  // NaN becomes 0, as in PyTorch.
  return sampling.padding == Padding::Zeros ? x : std::min(last, std::max(x, C(0)));
}

// What one point takes along one dimension: up to four positions, -1 where they lie outside, and their weights.
template <class C>
struct Line {
  std::array<std::int64_t, 4> at{};
  std::array<C, 4> weight{};
  std::size_t count = 0;

  void add(C position, std::int64_t size, C w) {
    // Far away, infinite or NaN: outside.
    const bool inside = position >= 0 && position < static_cast<C>(size);
    at[count] = inside ? static_cast<std::int64_t>(position) : -1;
    weight[count++] = w;
  }
};

// Keys' cubic convolution, as products: its sums cancel towards 0 and 1.
template <class C>
void cubic_weights(C t, std::array<C, 4>& weights) {
  constexpr C a = C(-0.75);
  const C rest = 1 - t;
  const auto near = [](C x, C y) { return y * (1 + x - (a + 2) * x * x); };
  weights = {a * t * rest * rest, near(t, rest), near(rest, t), a * rest * t * t};
}

template <class C>
Line<C> line(C x, std::int64_t size, const Sampling& sampling) {
  Line<C> line;
  const C raw = unnormalize(x, size, sampling.align_corners);
  if (sampling.mode == Mode::Cubic) {
    const C floor = std::floor(raw);
    std::array<C, 4> weights;
    cubic_weights(raw - floor, weights);
    for (std::size_t k = 0; k < 4; ++k) {
      line.add(padded(floor + static_cast<C>(k) - 1, size, sampling), size, weights[k]);
    }
    return line;
  }
  const C position = padded(raw, size, sampling);
  if (sampling.mode == Mode::Nearest) {
    line.add(std::nearbyint(position), size, 1);
    return line;
  }
  const C floor = std::floor(position);
  line.add(floor, size, floor + 1 - position);
  line.add(floor + 1, size, position - floor);
  return line;
}

// What the operators are told, checked: the image, how it is sampled, and the extents of the grid.
struct GridCall {
  Image image;
  Sampling sampling;
  Spatial size{1, 1, 1};
};
// `first` is the argument of the input; the grid, the modes and align_corners follow. Errors: Mismatch, Limit.
Result<GridCall> grid_call(Call& call, std::size_t first, std::size_t spatial);

}  // namespace ptetool::ops
