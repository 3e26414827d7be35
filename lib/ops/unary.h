// Functions of one tensor, element by element: what decides the dtype they are computed in.
#pragma once

#include "ops/pointwise.h"

namespace ptetool::ops {

// A loop that does for whole arrays of float what a formula does for one number (ops/simd/arrays.h).
using FloatLoop = void (*)(const float* in, float* out, std::int64_t count);

// The result has the dtype that it is computed in; `loop`, where given, takes the place of the formula in float.
template <DtypeSet kSet, class F>
Result<> unary(Call& call, ScalarType dtype, const F& formula, FloatLoop loop) {
  const std::array<Operand, 1> operands = {arg(call, 0)};
  if (!loop || !contains(kSet, dtype) || compute_type(dtype) != ComputeType::Float) {
    return pointwise<1, kSet>(call, operands, dtype, formula);
  }
  const BlockFunction block = [](const void* state, const void* const* inputs, void* output, std::int64_t count) {
    (*static_cast<const FloatLoop*>(state))(static_cast<const float*>(inputs[0]), static_cast<float*>(output), count);
  };
  return run_pointwise(call, call.out(), operands, dtype, dtype, block, &loop);
}

// The result has self's dtype.
template <DtypeSet kSet, class F>
Result<> same_type(Call& call, const F& formula, FloatLoop loop = nullptr) {
  return unary<kSet>(call, call.tensor(0).dtype, formula, loop);
}
// The result has self's dtype if that is floating, else float32.
template <DtypeSet kSet = kFloats | kComplexes, class F>
Result<> floating(Call& call, const F& formula, FloatLoop loop = nullptr) {
  return unary<kSet>(call, Promotion().add(call, 0).floating_type(), formula, loop);
}

template <class C>
C conjugate(C x) {
  if constexpr (is_complex<C>)
    return std::conj(x);
  else
    return x;
}

// f(x), where the terms of complex numbers cancel or their angle is large: complex64 by way of complex128.
template <class C, class F>
C in_double_if_complex(C x, const F& f) {
  if constexpr (std::is_same_v<C, Complex64>)
    return C(f(Complex128(x)));
  else
    return f(x);
}

}  // namespace ptetool::ops
