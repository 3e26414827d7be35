// Writing rows into key and value caches.
#pragma once

#include "ops/arguments.h"

namespace ptetool::ops {

// Is there room in `cache` for `value`, [batch, position, head, size] both, from `start` on? Elements of equal size are
// copied as bytes, whatever their dtypes.
Result<> check_cache(const Call& call, const Tensor& value, const Tensor& cache, std::int64_t start);
// Copies `value` there.
Result<> write_cache(const Call& call, const Tensor& value, Tensor& cache, std::int64_t start);

}  // namespace ptetool::ops
