// The products of float and double matrices, which are what time is spent in; half and bfloat16 are read as float.
#pragma once

#include "ops/gemm.h"

namespace ptetool::ops {

// The dtypes are convertible, the sizes fit, no result is missing (m, n >= 1). C is float or double, the compute type
// of a and b.
template <class C>
void multiply_real(const Call& call, const Gemm& gemm);

extern template void multiply_real<float>(const Call&, const Gemm&);
extern template void multiply_real<double>(const Call&, const Gemm&);

}  // namespace ptetool::ops
