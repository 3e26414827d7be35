// Parts of a tensor as tensors that share its memory: their strides stay those of the whole, so that they are not
// dense. They are operands and outs for pointwise_to() and reduce(), which follow strides, and for nothing else.
#pragma once

#include "ptetool/tensor/tensor.h"

namespace ptetool::ops {

// `count` elements of a dimension from `start`.
inline Tensor window(const Tensor& tensor, std::size_t dim, std::int64_t start, std::int64_t count) {
  Tensor part = tensor;
  part.sizes[dim] = count;
  if (part.numel() != 0) {
    part.data =
        part.as<std::uint8_t>() + start * tensor.strides[dim] * static_cast<std::int64_t>(tensor.element_size());
  }
  return part;
}

// The same elements with a dimension of size 1 more.
inline Tensor with_dimension(const Tensor& tensor, std::size_t dim) {
  Tensor wider = tensor;
  wider.sizes = {};
  wider.strides = {};
  for (std::size_t i = 0; i <= tensor.rank(); ++i) {
    if (i == dim) {
      wider.sizes.push_back(1);
      wider.strides.push_back(1);
    }
    if (i == tensor.rank()) break;
    wider.sizes.push_back(tensor.sizes[i]);
    wider.strides.push_back(tensor.strides[i]);
  }
  return wider;
}

}  // namespace ptetool::ops
