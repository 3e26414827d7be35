// Operators that copy windows (diagonal_copy, narrow_copy, unfold_copy …), and copies with a window replaced (the
// *_scatter family).
#include "ops/window.h"

#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

using Window = Result<View> (*)(const Call&, const Tensor&, std::size_t);

template <Window kWindow>
Result<> copy_window(Call& call) {
  const auto view = kWindow(call, call.tensor(0), 1);
  if (!view) return Failure(view.error());
  return copy_out(call, *view);
}

// A copy of self in which `src` (argument 1) takes the place of a window.
template <Window kWindow>
Result<> replace_window(Call& call) {
  const Tensor src = call.tensor(1);
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare(call, out, Sizes(call.tensor(0).sizes)));
  const auto window = kWindow(call, out, 2);
  if (!window) return Failure(window.error());
  if (!(window->sizes == src.sizes)) {
    return call.fail(ErrorCode::Mismatch, "src has the shape " + shape_text(src.sizes.span()) + ", the window " +
                                              shape_text(window->sizes.span()));
  }
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(out)));
  return copy_view(call, View(src), *window);
}

Result<> narrow_copy(Call& call) {
  View view(call.tensor(0));
  if (view.sizes.empty()) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(1), view.sizes.size());
  if (!dim) return Failure(dim.error());
  const std::int64_t size = view.sizes[*dim];
  const std::int64_t given = call.integer(2);
  const std::int64_t length = call.integer(3);
  const std::int64_t start = given < 0 && given >= -size ? given + size : given;
  if (start < 0 || start > size || length < 0 || length > size - start) {
    return call.fail(ErrorCode::Mismatch, std::to_string(length) + " from " + std::to_string(given) +
                                              " of a dimension of size " + std::to_string(size));
  }
  return copy_out(call, view.narrow(*dim, start, length));
}

// All windows of `size` elements, every `step`-th: their elements become the last dimension.
Result<> unfold_copy(Call& call) {
  View view(call.tensor(0));
  if (view.sizes.empty()) {
    view.sizes = Sizes{1};
    view.strides = Strides{1};
  }
  const auto dim = dimension(call, call.integer(1), view.sizes.size());
  if (!dim) return Failure(dim.error());
  const std::int64_t size = call.integer(2);
  const std::int64_t step = call.integer(3);
  const std::int64_t whole = view.sizes[*dim];
  if (size < 0 || size > whole || step <= 0 || view.sizes.full()) {
    return call.fail(ErrorCode::Mismatch, "windows of " + std::to_string(size) + " every " + std::to_string(step) +
                                              " of a dimension of size " + std::to_string(whole));
  }
  const std::int64_t stride = view.strides[*dim];
  view.narrow(*dim, 0, (whole - size) / step + 1, step);
  if (call.tensor(0).rank() == 0) {
    view.sizes.erase(0);
    view.strides.erase(0);
  }
  view.sizes.push_back(size);
  view.strides.push_back(stride);
  if (!checked_numel(view.sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  return copy_out(call, view);
}

// Complex elements as pairs of real ones, in a last dimension.
Result<View> as_real(const Call& call, const Tensor& tensor) {
  View view(tensor);
  switch (tensor.dtype) {
    case ScalarType::ComplexHalf: view.dtype = ScalarType::Half; break;
    case ScalarType::ComplexFloat: view.dtype = ScalarType::Float; break;
    case ScalarType::ComplexDouble: view.dtype = ScalarType::Double; break;
    default: return unsupported_dtype(call, tensor.dtype);
  }
  if (view.sizes.full()) return call.fail(ErrorCode::Limit, "the tensor has the highest rank already");
  for (std::int64_t& stride : view.strides) stride *= 2;
  view.sizes.push_back(2);
  view.strides.push_back(1);
  return view;
}

Result<> view_as_real_copy(Call& call) {
  const auto view = as_real(call, call.tensor(0));
  if (!view) return Failure(view.error());
  return copy_out(call, *view);
}

Result<> view_as_complex_copy(Call& call) {
  const Tensor self = call.tensor(0);
  Sizes sizes = self.sizes;
  if (sizes.empty() || sizes[sizes.size() - 1] != 2) {
    return call.fail(ErrorCode::Mismatch, "the last dimension of shape " + shape_text(sizes.span()) + " is not 2");
  }
  sizes.erase(sizes.size() - 1);
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  const auto to = as_real(call, call.out());
  if (!to) return Failure(to.error());
  return copy_view(call, View(self), *to);
}

constexpr Operator kRows[] = {
    {"aten::as_strided_copy.out(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     copy_window<strided_window>},
    {"aten::diagonal_copy.out(Tensor self, int offset=0, int dim1=0, int dim2=1, *, Tensor(a!) out) -> Tensor(a!)",
     copy_window<diagonal_window>},
    {"aten::select_copy.int_out(Tensor self, int dim, SymInt index, *, Tensor(a!) out) -> Tensor(a!)",
     copy_window<select_window>},
    {"aten::slice_copy.Tensor_out(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     copy_window<slice_window>},
    {"aten::as_strided_scatter.out(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? "
     "storage_offset=None, *, Tensor(a!) out) -> Tensor(a!)",
     replace_window<strided_window>},
    {"aten::diagonal_scatter.out(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     replace_window<diagonal_window>},
    {"aten::select_scatter.out(Tensor self, Tensor src, int dim, SymInt index, *, Tensor(a!) out) -> Tensor(a!)",
     replace_window<select_window>},
    {"aten::slice_scatter.out(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt "
     "step=1, *, Tensor(a!) out) -> Tensor(a!)",
     replace_window<slice_window>},
    {"aten::narrow_copy.out(Tensor self, int dim, SymInt start, SymInt length, *, Tensor(a!) out) -> Tensor(a!)",
     narrow_copy},
    {"aten::unfold_copy.out(Tensor self, int dimension, int size, int step, *, Tensor(a!) out) -> Tensor(a!)",
     unfold_copy},
    {"aten::view_as_real_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", view_as_real_copy},
    {"aten::view_as_complex_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", view_as_complex_copy},
};

}  // namespace

std::span<const Operator> window_operators() { return kRows; }

}  // namespace ptetool::ops
