// Where a tensor is not zero: masks as indices, nonzero, masked_select.
#pragma once

#include "ops/view.h"

namespace ptetool::ops {

// One byte, 0 or 1, per element of a window in C order. Errors: Unsupported, Limit.
Result<OwnedTensor> truths_of(const Call& call, const View& view);

// The coordinates of all true elements, in C order: a Long tensor [rank, count], one row for each dimension.
Result<OwnedTensor> coordinates_of(const Call& call, const Tensor& tensor);

}  // namespace ptetool::ops
