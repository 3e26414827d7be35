// Strided windows into tensors: what permute, slice, expand and cat really are. A kernel describes the window, copying
// is done here, for any dtypes and layouts.
#pragma once

#include "ops/arguments.h"

namespace ptetool::ops {

// Elements at data + sum(index[d] * strides[d]); strides count elements and may be 0.
struct View {
  ScalarType dtype{};
  Sizes sizes;
  Strides strides;
  std::uint8_t* data = nullptr;

  explicit View(const Tensor& tensor);
  // The same memory, which must be contiguous, under other sizes.
  View(const Tensor& tensor, const Sizes& sizes);

  // A window of `count` elements of a dimension, from `start`, every `step`-th.
  View& narrow(std::size_t dim, std::int64_t start, std::int64_t count, std::int64_t step = 1);
  // Drops a dimension at an index.
  View& select(std::size_t dim, std::int64_t index);
};

// Copies elements to the same coordinates, converting where the dtypes differ. The sizes are equal, the memory may
// overlap. Errors: Unsupported (no conversion between these dtypes).
Result<> copy_view(const Call& call, const View& from, const View& to);

// Prepares the out for the sizes of the window, and copies it there.
Result<> copy_out(Call& call, const View& from);

}  // namespace ptetool::ops
