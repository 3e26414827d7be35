// Operators that copy windows: parts of a tensor (diagonal_copy, unbind_copy, split_copy …), its reflections, rotations
// and repetitions, and copies with a window replaced (the *_scatter family).
#include "ops/window.h"

#include <vector>

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

// The outs of an operator that cuts self into pieces along a dimension.
Result<std::vector<Tensor*>> pieces(Call& call, std::size_t count) {
  auto outs = call.tensors(call.out_index());
  if (outs.size() == count) return outs;
  return call.fail(ErrorCode::Mismatch, counted(outs.size(), "out") + " for " + counted(count, "piece"));
}

Result<> split(Call& call, std::size_t dim, std::span<const std::int64_t> lengths) {
  const Tensor self = call.tensor(0);
  const auto outs = pieces(call, lengths.size());
  if (!outs) return Failure(outs.error());
  std::int64_t at = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    View view(self);
    view.narrow(dim, at, lengths[i]);
    PTETOOL_CHECK(prepare(call, *(*outs)[i], view.sizes));
    PTETOOL_CHECK(copy_view(call, view, View(*(*outs)[i])));
    at += lengths[i];
  }
  return {};
}

Result<> split_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  const std::int64_t each = call.integer(1);
  const std::int64_t size = self.sizes[*dim];
  if (each < 0 || (each == 0 && size != 0)) {
    return call.fail(ErrorCode::Mismatch, "pieces of size " + std::to_string(each));
  }
  // As many as there are outs for, which split() checks.
  const std::int64_t count = each == 0 ? 1 : std::max<std::int64_t>((size - 1) / each + 1, 1);
  const auto outs = pieces(call, static_cast<std::size_t>(count));
  if (!outs) return Failure(outs.error());
  std::vector<std::int64_t> lengths(outs->size(), each);
  lengths.back() = size - each * (count - 1);
  return split(call, *dim, lengths);
}

Result<> split_with_sizes_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  const auto lengths = call.integers(1);
  std::int64_t left = self.sizes[*dim];
  for (const std::int64_t length : lengths) left = length < 0 || length > left ? -1 : left - length;
  if (left != 0) {
    return call.fail(ErrorCode::Mismatch, "pieces of sizes " + shape_text(std::span(lengths)) +
                                              " do not make a dimension of size " + std::to_string(self.sizes[*dim]));
  }
  return split(call, *dim, lengths);
}

Result<> unbind_copy(Call& call) {
  const Tensor self = call.tensor(0);
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(1), self.rank());
  if (!dim) return Failure(dim.error());
  const auto outs = pieces(call, static_cast<std::size_t>(self.sizes[*dim]));
  if (!outs) return Failure(outs.error());
  for (std::size_t i = 0; i < outs->size(); ++i) {
    View view(self);
    view.select(*dim, static_cast<std::int64_t>(i));
    PTETOOL_CHECK(prepare(call, *(*outs)[i], view.sizes));
    PTETOOL_CHECK(copy_view(call, view, View(*(*outs)[i])));
  }
  return {};
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

Result<> flip(Call& call) {
  View view(call.tensor(0));
  const auto flags = dimension_flags(call, call.integers(1), view.sizes.size());
  if (!flags) return Failure(flags.error());
  for (std::size_t dim = 0; dim < view.sizes.size(); ++dim) {
    if (!(*flags)[dim] || view.sizes[dim] <= 1) continue;
    view.data += (view.sizes[dim] - 1) * view.strides[dim] * static_cast<std::int64_t>(*dtype_size(view.dtype));
    view.strides[dim] = -view.strides[dim];
  }
  return copy_out(call, view);
}

// Copies `from`, moved on by `shifts[dim]` in [0, size) along every dimension from `dim` on.
Result<> roll_views(const Call& call, const View& from, const View& to, std::span<const std::int64_t> shifts,
                    std::size_t dim) {
  while (dim < shifts.size() && shifts[dim] == 0) ++dim;
  if (dim == shifts.size()) return copy_view(call, from, to);
  const std::int64_t shift = shifts[dim];
  const std::int64_t rest = from.sizes[dim] - shift;
  PTETOOL_CHECK(roll_views(call, View(from).narrow(dim, 0, rest), View(to).narrow(dim, shift, rest), shifts, dim + 1));
  return roll_views(call, View(from).narrow(dim, rest, shift), View(to).narrow(dim, 0, shift), shifts, dim + 1);
}

Result<> roll(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto shifts = call.integers(1);
  const auto dims = call.integers(2);
  if (shifts.size() != std::max<std::size_t>(dims.size(), 1)) {
    return call.fail(ErrorCode::Mismatch,
                     counted(shifts.size(), "shift") + " for " + counted(dims.size(), "dimension"));
  }
  const auto within = [](std::int64_t shift, std::int64_t size) {
    const std::int64_t rest = shift % size;
    return rest < 0 ? rest + size : rest;
  };
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  if (out.numel() == 0) return {};
  if (dims.empty()) {
    // All elements as one row, in C order.
    PTETOOL_ASSIGN(OwnedTensor from, contiguous_copy(self));
    PTETOOL_ASSIGN(OwnedTensor to, allocate_tensor(self.dtype, self.sizes));
    const std::int64_t shift[] = {within(shifts[0], self.numel())};
    const Sizes flat{self.numel()};
    PTETOOL_CHECK(roll_views(call, View(from.tensor, flat), View(to.tensor, flat), shift, 0));
    return copy_view(call, View(to.tensor), View(out));
  }
  Sizes total = Sizes::filled(self.rank(), 0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto dim = dimension(call, dims[i], self.rank());
    if (!dim) return Failure(dim.error());
    if (self.rank() == 0) continue;
    total[*dim] = (total[*dim] + within(shifts[i], self.sizes[*dim])) % self.sizes[*dim];
  }
  return roll_views(call, View(self), View(out), total.span(), 0);
}

// One copy, then what is there is doubled along each dimension, innermost first.
Result<> repeat(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto repeats = call.integers(1);
  if (repeats.size() < self.rank() || repeats.size() > kMaxRank) {
    return call.fail(ErrorCode::Mismatch,
                     counted(repeats.size(), "repeat") + " for a tensor of rank " + std::to_string(self.rank()));
  }
  View from(self);
  from.strides = broadcast_strides(self, repeats.size());
  from.sizes = Sizes::filled(repeats.size(), 1);
  const std::size_t shift = repeats.size() - self.rank();
  Sizes sizes = from.sizes;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (i >= shift) from.sizes[i] = self.sizes[i - shift];
    const auto size = checked_mul(from.sizes[i], repeats[i]);
    if (repeats[i] < 0 || !size) {
      return call.fail(ErrorCode::Mismatch,
                       "repeats " + shape_text(std::span(repeats)) + " of the shape " + shape_text(self.sizes.span()));
    }
    sizes[i] = *size;
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};
  View done(out);
  done.sizes = from.sizes;
  PTETOOL_CHECK(copy_view(call, from, done));
  for (std::size_t dim = sizes.size(); dim-- > 0;) {
    for (std::int64_t at = done.sizes[dim]; at < sizes[dim];) {
      const std::int64_t count = std::min(at, sizes[dim] - at);
      View target = done;
      target.sizes[dim] = sizes[dim];
      done.sizes[dim] = at;
      PTETOOL_CHECK(copy_view(call, View(done).narrow(dim, 0, count), target.narrow(dim, at, count)));
      at += count;
    }
    done.sizes[dim] = sizes[dim];
  }
  return {};
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
    {"aten::unsafe_split.Tensor_out(Tensor self, SymInt split_size, int dim=0, *, Tensor(a!)[] out) -> ()", split_copy},
    {"aten::unsafe_split_with_sizes.out(Tensor self, SymInt[] split_sizes, int dim=0, *, Tensor(a!)[] out) -> ()",
     split_with_sizes_copy},
    {"aten::split_copy.Tensor_out(Tensor self, SymInt split_size, int dim=0, *, Tensor(a!)[] out) -> ()", split_copy},
    {"aten::split_with_sizes_copy.out(Tensor self, SymInt[] split_sizes, int dim=0, *, Tensor(a!)[] out) -> ()",
     split_with_sizes_copy},
    {"aten::unbind_copy.int_out(Tensor self, int dim=0, *, Tensor(a!)[] out) -> ()", unbind_copy},
    {"aten::unfold_copy.out(Tensor self, int dimension, int size, int step, *, Tensor(a!) out) -> Tensor(a!)",
     unfold_copy},
    {"aten::flip.out(Tensor self, int[] dims, *, Tensor(a!) out) -> Tensor(a!)", flip},
    {"aten::roll.out(Tensor self, SymInt[1] shifts, int[1] dims=[], *, Tensor(a!) out) -> Tensor(a!)", roll},
    {"aten::repeat.out(Tensor self, SymInt[] repeats, *, Tensor(a!) out) -> Tensor(a!)", repeat},
    {"aten::view_as_real_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", view_as_real_copy},
    {"aten::view_as_complex_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", view_as_complex_copy},
};

}  // namespace

std::span<const Operator> window_operators() { return kRows; }

}  // namespace ptetool::ops
