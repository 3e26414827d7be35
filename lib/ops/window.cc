// The checks and the arithmetic behind window.h.
#include "ops/window.h"

#include "ptetool/base/text.h"

namespace ptetool::ops {

Result<View> select_window(const Call& call, const Tensor& tensor, std::size_t first) {
  View view(tensor);
  if (view.sizes.empty()) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(first), view.sizes.size());
  if (!dim) return Failure(dim.error());
  const std::int64_t size = view.sizes[*dim];
  const std::int64_t index = call.integer(first + 1);
  if (index < -size || index >= size) {
    return call.fail(ErrorCode::Mismatch,
                     "index " + std::to_string(index) + " into a dimension of size " + std::to_string(size));
  }
  return view.select(*dim, index < 0 ? index + size : index);
}

Result<View> slice_window(const Call& call, const Tensor& tensor, std::size_t first) {
  View view(tensor);
  if (view.sizes.empty()) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(first), view.sizes.size());
  if (!dim) return Failure(dim.error());
  const std::int64_t step = call.integer(first + 3);
  if (step <= 0) return call.fail(ErrorCode::Mismatch, "step " + std::to_string(step) + " is not positive");
  const std::int64_t size = view.sizes[*dim];
  const auto bound = [&](std::size_t index, std::int64_t otherwise) {
    if (call.is_none(index)) return otherwise;
    const std::int64_t given = call.integer(index);
    return std::clamp<std::int64_t>(given < 0 ? given + size : given, 0, size);
  };
  const std::int64_t start = bound(first + 1, 0);
  const std::int64_t length = std::max<std::int64_t>(bound(first + 2, size) - start, 0);
  const std::int64_t count = length == 0 ? 0 : (length - 1) / step + 1;
  return view.narrow(*dim, start, count, step);
}

Result<View> diagonal_window(const Call& call, const Tensor& tensor, std::size_t first) {
  const std::int64_t offset = call.integer(first);
  const auto dim1 = dimension(call, call.integer(first + 1), tensor.rank());
  if (!dim1) return Failure(dim1.error());
  const auto dim2 = dimension(call, call.integer(first + 2), tensor.rank());
  if (!dim2) return Failure(dim2.error());
  if (*dim1 == *dim2) return call.fail(ErrorCode::Mismatch, "a diagonal needs two different dimensions");
  const std::int64_t rows = tensor.sizes[*dim1];
  const std::int64_t columns = tensor.sizes[*dim2];
  const std::int64_t count = std::max<std::int64_t>(
      offset >= 0 ? std::min(rows, columns - std::min(offset, columns)) : std::min(rows + offset, columns), 0);
  View view(tensor);
  const std::int64_t stride = view.strides[*dim1] + view.strides[*dim2];
  // From where the diagonal begins, both dimensions are walked with one step.
  if (count != 0) view.narrow(offset >= 0 ? *dim2 : *dim1, offset >= 0 ? offset : -offset, count);
  view.sizes.erase(std::max(*dim1, *dim2));
  view.strides.erase(std::max(*dim1, *dim2));
  view.sizes.erase(std::min(*dim1, *dim2));
  view.strides.erase(std::min(*dim1, *dim2));
  view.sizes.push_back(count);
  view.strides.push_back(stride);
  return view;
}

Result<View> strided_window(const Call& call, const Tensor& tensor, std::size_t first) {
  const auto sizes = sizes_of(call, call.integers(first));
  if (!sizes) return Failure(sizes.error());
  const auto strides = call.integers(first + 1);
  if (strides.size() != sizes->size()) {
    return call.fail(ErrorCode::Mismatch,
                     counted(strides.size(), "stride") + " for " + counted(sizes->size(), "dimension"));
  }
  View view(tensor);
  view.sizes = *sizes;
  view.strides = Strides(std::span(strides));
  if (numel(view.sizes) == 0) return view;
  const std::int64_t offset = call.is_none(first + 2) ? 0 : call.integer(first + 2);
  bool inside = offset >= 0;
  std::optional<std::int64_t> last = offset;
  for (std::size_t i = 0; i < strides.size() && inside && last; ++i) {
    inside = strides[i] >= 0;
    const auto reach = checked_mul(strides[i], view.sizes[i] - 1);
    last = reach ? checked_add(*last, *reach) : std::nullopt;
    if (view.sizes[i] == 1) view.strides[i] = 0;
  }
  if (!inside || !last || *last >= tensor.numel()) {
    return call.fail(ErrorCode::Mismatch, "a window of shape " + shape_text(view.sizes.span()) + " with strides " +
                                              shape_text(std::span(strides)) + " from " + std::to_string(offset) +
                                              " leaves " +
                                              counted(static_cast<std::uint64_t>(tensor.numel()), "element"));
  }
  view.data += offset * static_cast<std::int64_t>(tensor.element_size());
  return view;
}

}  // namespace ptetool::ops
