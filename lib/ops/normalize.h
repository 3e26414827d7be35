// What layer, group and batch normalisation share: their parameters and the dtypes of their outs.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "ops/arguments.h"
#include "ops/lines.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

// The numbers of an optional weight or bias of `count` elements; `absent` throughout where there is none.
template <class C>
Result<std::vector<C>> parameters(Call& call, std::size_t arg, std::int64_t count, ScalarType dtype, C absent) {
  std::vector<C> numbers(static_cast<std::size_t>(count), absent);
  const Tensor* given = call.optional_tensor(arg);
  if (!given) return numbers;
  if (given->numel() != count || !given->contiguous() || !contains(kFloats, given->dtype)) {
    return call.fail(ErrorCode::Mismatch, std::string(call.schema().arguments[arg].name) + " is " +
                                              dtype_name(given->dtype) + " " + shape_text(given->sizes.span()) +
                                              " for " + counted(static_cast<std::uint64_t>(count), "element"));
  }
  const ScalarType as = dtype == ScalarType::Double ? ScalarType::Double : ScalarType::Float;
  read_line(Reader(given->dtype, as), *given, 0, 1, count, numbers.data());
  return numbers;
}

// Layer normalisation: how many of the input's dimensions come before normalized_shape, which are its last ones.
// Errors: Mismatch.
inline Result<std::size_t> outer_dimensions(const Call& call, const Tensor& input,
                                            std::span<const std::int64_t> normalized_shape) {
  const std::size_t outer = input.rank() - std::min(input.rank(), normalized_shape.size());
  if (!normalized_shape.empty() && normalized_shape.size() <= input.rank() &&
      std::equal(normalized_shape.begin(), normalized_shape.end(), input.sizes.begin() + outer)) {
    return outer;
  }
  return call.fail(ErrorCode::Mismatch, "normalized_shape " + shape_text(normalized_shape) + " for an input of shape " +
                                            shape_text(input.sizes.span()));
}

inline Result<> floats(const Call& call, const Tensor& out) {
  return contains(kFloats, out.dtype) ? Result<>() : unsupported_dtype(call, out.dtype);
}
inline Result<> contiguous_floats(const Call& call, const Tensor& out) {
  PTETOOL_CHECK(floats(call, out));
  if (out.contiguous()) return {};
  return call.fail(ErrorCode::Unsupported, "writes contiguous statistics only");
}

}  // namespace ptetool::ops
