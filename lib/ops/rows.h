// Indices of a table's rows, read and checked.
#pragma once

#include "ops/arguments.h"
#include "ops/lines.h"

namespace ptetool::ops {

// The indices in C order, each within [0, rows). Errors: Unsupported (neither Int nor Long), Mismatch (out of range).
inline Result<std::vector<std::int64_t>> row_indices(const Call& call, const Tensor& indices, std::int64_t rows) {
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), indices.dtype)) {
    return unsupported_dtype(call, indices.dtype);
  }
  auto read = numbers_of<std::int64_t>(indices, ScalarType::Long);
  for (const std::int64_t row : read) {
    if (row < 0 || row >= rows) {
      return call.fail(ErrorCode::Mismatch,
                       "index " + std::to_string(row) + " into a table of " + std::to_string(rows) + " rows");
    }
  }
  return read;
}

}  // namespace ptetool::ops
