// Functions of one tensor, element by element: what decides the dtype they are computed in.
#pragma once

#include "ops/pointwise.h"

namespace ptetool::ops {

// The result has self's dtype.
template <DtypeSet kSet, class F>
Result<> same_type(Call& call, const F& formula) {
  return pointwise<1, kSet>(call, {arg(call, 0)}, call.tensor(0).dtype, formula);
}
// The result has self's dtype if that is floating, else float32.
template <DtypeSet kSet = kFloats | kComplexes, class F>
Result<> floating(Call& call, const F& formula) {
  return pointwise<1, kSet>(call, {arg(call, 0)}, Promotion().add(call, 0).floating_type(), formula);
}

}  // namespace ptetool::ops
