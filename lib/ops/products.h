// What products of vectors and matrices share: the error of shapes that do not fit, and what is added to a product.
#pragma once

#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

inline Failure shapes_do_not_fit(const Call& call, const Tensor& a, const Tensor& b) {
  return call.fail(ErrorCode::Mismatch, "shapes " + shape_text(a.sizes.span()) + " and " + shape_text(b.sizes.span()) +
                                            " cannot be multiplied");
}

// `tensor` seen in `sizes`, which it can be broadcast to.
inline Result<View> broadcast_view(const Call& call, const Tensor& tensor, const Sizes& sizes) {
  const auto merged = broadcast(call, sizes, tensor.sizes);
  if (!merged) return Failure(merged.error());
  if (!(*merged == sizes)) {
    return call.fail(ErrorCode::Mismatch, "self of shape " + shape_text(tensor.sizes.span()) +
                                              " cannot be broadcast to " + shape_text(sizes.span()));
  }
  View view(tensor);
  view.sizes = sizes;
  view.strides = broadcast_strides(tensor, sizes.size());
  return view;
}

}  // namespace ptetool::ops
