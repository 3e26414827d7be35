// Matrix multiplication for all kernels that come down to it: any dtype, any strides, blocked for the caches.
#pragma once

#include "ops/view.h"

namespace ptetool::ops {

// out = beta * init + alpha * (a x b), where a is [m, k], b [k, n], out [m, n] and init, if there is one, is strided
// over [m, n] (0 where broadcast). The dtypes of a and b are equal. Half and bfloat16 are multiplied in float, and
// rounded once. Integers wrap.
struct Gemm {
  View a;
  View b;
  View out;
  std::optional<View> init;
  Scalar alpha{Scalar::Kind::Int, 1, 0};
  Scalar beta{Scalar::Kind::Int, 1, 0};
};
Result<> multiply(const Call& call, const Gemm& gemm);

// The same for the matrices along dimension 0 of a, b, out and, if there is one, init.
Result<> multiply_batch(const Call& call, const Gemm& batch);

}  // namespace ptetool::ops
