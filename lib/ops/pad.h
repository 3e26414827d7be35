// Padding of argument 0 with a number.
#pragma once

#include "ops/arguments.h"

namespace ptetool::ops {

// `pad` is how much before and after each dimension, the last dimension first; negative numbers crop. Errors: Mismatch,
// Limit.
Result<> pad_with(Call& call, std::span<const std::int64_t> pad, const Scalar& value);

}  // namespace ptetool::ops
