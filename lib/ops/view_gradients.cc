// Gradients of views: zeros around what comes back, and sums where windows overlap.
#include <algorithm>

#include "ops/accumulate.h"
#include "ops/parts.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// The out gets the sizes that argument 1 lists, and 0 everywhere, which is all bytes 0 in every dtype.
Result<> prepare_zeros(Call& call, Tensor& out) {
  PTETOOL_ASSIGN(const Sizes sizes, sizes_of(call, call.integers(1)));
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (call.is_named_twice(out)) return call.fail(ErrorCode::Unsupported, "does not compute in place");
  if (out.numel() != 0) std::fill_n(out.as<std::uint8_t>(), out.nbytes(), std::uint8_t{0});
  return {};
}

// The out, of the sizes that argument 1 lists, becomes 0; place(view) finds where the gradient belongs.
template <class F>
Result<> into_zeros(Call& call, const F& place) {
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare_zeros(call, out));
  View target(out);
  PTETOOL_CHECK(place(target));
  if (!(target.sizes == call.tensor(0).sizes)) {
    return call.fail(ErrorCode::Mismatch, "grad_output of shape " + shape_text(call.tensor(0).sizes.span()) +
                                              " for a view of shape " + shape_text(target.sizes.span()));
  }
  return copy_view(call, View(call.tensor(0)), target);
}

Result<> select_backward(Call& call) {
  return into_zeros(call, [&](View& target) -> Result<> {
    const auto dim = dimension(call, call.integer(2), target.sizes.size());
    if (!dim) return Failure(dim.error());
    if (target.sizes.empty()) return call.fail(ErrorCode::Mismatch, "there is no dimension to select from");
    const std::int64_t size = target.sizes[*dim], index = call.integer(3);
    if (index < -size || index >= size) return call.fail(ErrorCode::Mismatch, "the index is out of range");
    target.select(*dim, index < 0 ? index + size : index);
    return {};
  });
}
Result<> slice_backward(Call& call) {
  return into_zeros(call, [&](View& target) -> Result<> {
    const auto dim = dimension(call, call.integer(2), target.sizes.size());
    if (!dim) return Failure(dim.error());
    if (target.sizes.empty()) return call.fail(ErrorCode::Mismatch, "there is no dimension to slice");
    const std::int64_t size = target.sizes[*dim], step = call.integer(5);
    if (step <= 0) return call.fail(ErrorCode::Mismatch, "the step is not positive");
    const auto bounded = [size](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size); };
    const std::int64_t start = bounded(call.integer(3)), end = std::max(start, bounded(call.integer(4)));
    const std::int64_t length = end - start;
    target.narrow(*dim, start, length / step + (length % step != 0 ? 1 : 0), step);
    return {};
  });
}
Result<> diagonal_backward(Call& call) {
  return into_zeros(call, [&](View& target) -> Result<> {
    const std::int64_t offset = call.integer(2);
    const auto dim1 = dimension(call, call.integer(3), target.sizes.size());
    const auto dim2 = dimension(call, call.integer(4), target.sizes.size());
    if (!dim1) return Failure(dim1.error());
    if (!dim2) return Failure(dim2.error());
    if (*dim1 == *dim2) return call.fail(ErrorCode::Mismatch, "a diagonal needs two dimensions");
    const std::int64_t rows = target.sizes[*dim1], columns = target.sizes[*dim2];
    const std::int64_t down = offset < 0 ? std::min(rows, offset < -rows ? rows : -offset) : 0;
    const std::int64_t right = offset > 0 ? std::min(columns, offset) : 0;
    const std::int64_t length = std::min(rows - down, columns - right);
    const std::int64_t step = target.strides[*dim1] + target.strides[*dim2];
    target.narrow(*dim1, down, length).narrow(*dim2, right, length);
    target.sizes.erase(std::max(*dim1, *dim2));
    target.strides.erase(std::max(*dim1, *dim2));
    target.sizes.erase(std::min(*dim1, *dim2));
    target.strides.erase(std::min(*dim1, *dim2));
    target.sizes.push_back(length);
    target.strides.push_back(step);
    return {};
  });
}

// Each element collects what came back from all windows that it was in.
Result<> unfold_backward(Call& call) {
  const Tensor grad = call.tensor(0);
  const std::int64_t size = call.integer(3), step = call.integer(4);
  Tensor& out = call.out();
  PTETOOL_CHECK(same_dtype(call, grad, "grad_in", out, "the out"));
  PTETOOL_CHECK(prepare_zeros(call, out));
  PTETOOL_ASSIGN(const std::size_t dim, dimension(call, call.integer(2), out.rank()));
  // A tensor without dimensions has one window or none, without a dimension that counts them.
  const bool bare = out.rank() == 0;
  View from(bare ? with_dimension(grad, 0) : grad);
  const std::int64_t whole = bare ? 1 : out.sizes[dim];
  const std::int64_t stride = bare ? 1 : out.strides[dim];
  if (size < 0 || size > whole || step <= 0 || out.sizes.full()) {
    return call.fail(ErrorCode::Mismatch, "windows of " + std::to_string(size) + " every " + std::to_string(step) +
                                              " of a dimension of size " + std::to_string(whole));
  }
  Places places;
  places.sizes = bare ? Sizes{1} : out.sizes;
  places.strides = bare ? Strides{1} : out.strides;
  places.sizes[dim] = (whole - size) / step + 1;
  places.strides[dim] = 0;
  places.table = Strides::filled(places.sizes.size(), 0);
  places.table[dim] = size;
  places.sizes.push_back(size);
  places.strides.push_back(0);
  places.table.push_back(1);
  if (!(from.sizes == places.sizes)) {
    return call.fail(ErrorCode::Mismatch, "grad_in of shape " + shape_text(grad.sizes.span()) +
                                              " for windows of shape " + shape_text(places.sizes.span()));
  }
  PTETOOL_ASSIGN(places.offsets, allocate_tensor(ScalarType::Long, Sizes{places.sizes[dim], size}));
  auto* offsets = places.offsets.tensor.as<std::int64_t>();
  for (std::int64_t window = 0; window < places.sizes[dim]; ++window) {
    for (std::int64_t i = 0; i < size; ++i) *offsets++ = (window * step + i) * stride;
  }
  return combine_at_places(call, from, places, Combine::Sum, true, out);
}

constexpr Operator kRows[] = {
    {"aten::select_backward.out(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt index, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     select_backward},
    {"aten::slice_backward.out(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt start, SymInt end, SymInt "
     "step, *, Tensor(a!) out) -> Tensor(a!)",
     slice_backward},
    {"aten::diagonal_backward.out(Tensor grad_output, SymInt[] input_sizes, int offset, int dim1, int dim2, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     diagonal_backward},
    {"aten::unfold_backward.out(Tensor grad_in, SymInt[] input_sizes, int dim, int size, int step, *, Tensor(a!) out) "
     "-> "
     "Tensor(a!)",
     unfold_backward},
};

}  // namespace

std::span<const Operator> view_gradient_operators() { return kRows; }

}  // namespace ptetool::ops
