// Convolution in one to three dimensions, and what it is made of, for the operators and for their gradients.
//
// Both directions are one sum. Along each dimension the result falls into phases (one, or as many as the stride where
// transposed); in a phase, position j of the result takes position j * step + origin of the input for each of the
// kernel's taps that belong to the phase.
#pragma once

#include <utility>
#include <vector>

#include "ops/images.h"
#include "ops/pointwise.h"

namespace ptetool::ops {

struct Convolution {
  Image from, to;  // what is read and what is written; `from.interleaved` says how both are computed
  Spatial kernel, stride, padding, dilation, output_padding{0, 0, 0};
  bool transposed = false;
  std::int64_t groups = 1;

  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  std::int64_t from_channels() const { return from.channels / groups; }  // of one group
  std::int64_t to_channels() const { return to.channels / groups; }
  // Each channel by itself.
  bool depthwise() const { return groups == from.channels && groups == to.channels; }
};

// From the call's arguments of the names kernel_size, stride, padding, dilation, transposed, output_padding and groups;
// what the operator has not got is 1, or none. Errors: Mismatch and Limit.
Result<Convolution> convolution_of(const Call& call, const Tensor& input, const Tensor& weight, const Tensor* bias);
// The position of the argument of this name; none: the operator has no such argument.
std::optional<std::size_t> place_of(const Call& call, std::string_view name);

// How to read weights: number (to, from, tap) of a group is at to * to_step + from * from_step + tap.
template <class C>
struct Weights {
  const C* data = nullptr;
  std::int64_t group_step = 0, to_step = 0, from_step = 0;
};

// Those of a contiguous weight tensor; `backwards`: of the convolution that leads from the result to the input.
template <class C>
Weights<C> weights_of(const Convolution& c, const C* data, bool backwards) {
  // Of the tensor's two dimensions of channels the first one is divided into groups.
  const std::int64_t inner = c.transposed ? c.to_channels() : c.from_channels();
  const std::int64_t outer = c.transposed ? c.from_channels() : c.to_channels();
  Weights<C> weights{data, outer * inner * c.taps(), inner * c.taps(), c.taps()};
  if (c.transposed != backwards) std::swap(weights.to_step, weights.from_step);
  return weights;
}

struct Tap {
  std::int64_t number = 0;  // in the kernel
  Spatial origin{};         // position of the input for position 0 of the phase
};
struct Phase {
  std::vector<Tap> taps;
  Spatial first{};  // of the result's positions
  Spatial count{};  // of positions, along each dimension
};
// All phases with positions; the result's positions are `result_step` apart, the input's `input_step`.
std::vector<Phase> phases_of(const Convolution& convolution);
inline Spatial result_step(const Convolution& c) { return c.transposed ? c.stride : Spatial{1, 1, 1}; }
inline Spatial input_step(const Convolution& c) { return c.transposed ? Spatial{1, 1, 1} : c.stride; }

// out = the convolution, plus one number per channel if `bias` is not null. Both images lie densely in the layout of
// `from`.
template <class C>
Result<> convolve(const Call& call, const Convolution& convolution, const C* in, const Weights<C>& weights,
                  const C* bias, C* out);

// The ways that convolve() takes. By tiles of a matrix product, for float and double:
template <class C>
void convolve_tiles(const Call& call, const Convolution& convolution, const Phase& phase, std::int64_t group,
                    const C* in, const Weights<C>& weights, const C* bias, C* out);
// Row by row, for anything; channels are outermost:
template <class C>
void convolve_rows(const Call& call, const Convolution& convolution, const std::vector<Phase>& phases, const C* in,
                   const Weights<C>& weights, const C* bias, C* out);
// Where every group reads one channel, and channels are outermost; false where that is not worth it:
template <class C>
bool convolve_planes(const Call& call, const Convolution& convolution, const C* in, const Weights<C>& weights,
                     const C* bias, C* out);
// Each channel by itself, channels are innermost:
template <class C>
void convolve_lanes(const Call& call, const Convolution& convolution, const std::vector<Phase>& phases, const C* in,
                    const Weights<C>& weights, const C* bias, C* out);

// The positions j with 0 <= j * step + origin < size, of `count`, as [first, last).
struct Range {
  std::int64_t first = 0, last = 0;
};
inline Range inside(std::int64_t origin, std::int64_t step, std::int64_t size, std::int64_t count) {
  const std::int64_t first = origin >= 0 ? 0 : std::min((-origin + step - 1) / step, count);
  const std::int64_t last = origin >= size ? 0 : std::min((size - origin + step - 1) / step, count);
  return {first, std::max(first, last)};
}

}  // namespace ptetool::ops
