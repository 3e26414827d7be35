// Windows that several operators share: to read from (slice_copy, diagonal_copy, as_strided_copy) or to write into
// (slice_scatter, diagonal_scatter, as_strided_scatter).
#pragma once

#include "ops/view.h"

namespace ptetool::ops {

// One index of a dimension: arguments `first` (dim) and `first` + 1 (index).
Result<View> select_window(const Call& call, const Tensor& tensor, std::size_t first);
// Python's slice with a positive step: arguments `first` (dim), start, end, step.
Result<View> slice_window(const Call& call, const Tensor& tensor, std::size_t first);
// A diagonal of two dimensions, which becomes the last dimension: arguments `first` (offset), dim1, dim2.
Result<View> diagonal_window(const Call& call, const Tensor& tensor, std::size_t first);
// Any sizes and strides within the memory of the tensor: arguments `first` (size), stride, storage offset (or None).
Result<View> strided_window(const Call& call, const Tensor& tensor, std::size_t first);

}  // namespace ptetool::ops
