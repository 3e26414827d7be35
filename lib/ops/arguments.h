// What kernels do to their arguments before they compute: dimensions, shapes, and giving the out its sizes.
#pragma once

#include "ptetool/ops/operator.h"

namespace ptetool::ops {

// A dimension argument, counted from the end where negative; a 0-d tensor accepts 0 and -1 (and yields 0).
Result<std::size_t> dimension(const Call& call, std::int64_t dim, std::size_t rank);
// The dimensions of a list as flags; a dimension that is named twice is an error.
Result<ShortList<bool>> dimension_flags(const Call& call, std::span<const std::int64_t> dims, std::size_t rank);

// The shape that two shapes are broadcast to.
Result<Sizes> broadcast(const Call& call, std::span<const std::int64_t> a, std::span<const std::int64_t> b);
// Strides of a tensor along the dimensions of a shape that it is broadcast to, aligned at the last dimension.
Strides broadcast_strides(std::span<const std::int64_t> sizes, std::span<const std::int64_t> strides,
                          std::size_t target_rank);
inline Strides broadcast_strides(const Tensor& tensor, std::size_t target_rank) {
  return broadcast_strides(tensor.sizes, tensor.strides, target_rank);
}

// Gives an out its sizes, and makes sure that it has memory for them. Kernels call it before they touch any element.
Result<> prepare(const Call& call, Tensor& out, std::span<const std::int64_t> sizes);

// Sizes from an IntList: at most kMaxRank, none negative, the product fits.
Result<Sizes> sizes_of(const Call& call, std::span<const std::int64_t> list);
// The same where one size may be -1, to be found from the number of elements.
Result<Sizes> view_sizes(const Call& call, std::span<const std::int64_t> list, std::int64_t numel);

// Refuses a number that an out of this dtype cannot hold, as PyTorch does where a number becomes an element.
Result<> check_converts(const Call& call, const Scalar& number, ScalarType dtype);

// Refuses what the kernel cannot compute with.
Failure unsupported_dtype(const Call& call, ScalarType dtype);
Result<> same_dtype(const Call& call, const Tensor& a, std::string_view a_name, const Tensor& b,
                    std::string_view b_name);

}  // namespace ptetool::ops
