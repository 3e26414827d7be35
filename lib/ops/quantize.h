// What the quantisation kernels share: parameters laid along the input they belong to, rounding as PyTorch rounds.
#pragma once

#include <cmath>

#include "ops/pointwise.h"
#include "ptetool/tensor/half.h"

namespace ptetool::ops {

// A parameter per channel: `parameters` laid along dimension `axis` of the input.
Result<Tensor> along_axis(const Call& call, const Tensor& parameters, std::int64_t axis, const Tensor& input);
// A parameter per row of the last dimension.
Result<Tensor> along_rows(const Call& call, const Tensor& parameters, const Tensor& input);
// The single number that a parameter is, given as a tensor or as a number.
Result<double> single(Call& call, std::size_t arg);

// To the nearest integer, ties to even, in a form that compilers turn into vector code. What is too large to have a
// fraction, and NaN, stays as it is.
inline float round_even(float x) {
  const float size = std::fabs(x);
  return size < 0x1p23f ? std::copysign((size + 0x1p23f) - 0x1p23f, x) : x;
}
inline double round_even(double x) {
  const double size = std::fabs(x);
  return size < 0x1p52 ? std::copysign((size + 0x1p52) - 0x1p52, x) : x;
}

// Calls f(round) where round(x) is x as a tensor of `dtype` would hold it: PyTorch rounds after every step.
template <class F>
auto with_rounding(ScalarType dtype, F&& f) {
  switch (dtype) {
    case ScalarType::Half:
      return f([](auto x) { return static_cast<decltype(x)>(to_float(to_half(static_cast<float>(x)))); });
    case ScalarType::BFloat16:
      return f([](auto x) { return static_cast<decltype(x)>(to_float(to_bfloat16(static_cast<float>(x)))); });
    case ScalarType::Float: return f([](auto x) { return static_cast<decltype(x)>(static_cast<float>(x)); });
    default: return f([](auto x) { return x; });
  }
}

}  // namespace ptetool::ops
