// Operators that only rearrange: each is a window into its input, copied. Outs of another dtype are converted to.
#include <numeric>
#include <vector>

#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// The elements of both, in logical order, are the same sequence.
Result<> copy_in_logical_order(const Call& call, const Tensor& from, const Tensor& to) {
  if (to.contiguous()) return copy_view(call, View(from), View(to, from.sizes));
  if (from.contiguous()) return copy_view(call, View(from, to.sizes), View(to));
  auto straight = contiguous_copy(from);
  if (!straight) return forward_error(std::move(straight));
  return copy_view(call, View(straight->tensor, to.sizes), View(to));
}

Result<> view_copy(Call& call) {
  const Tensor self = call.tensor(0);
  const auto sizes = view_sizes(call, call.integers(1), self.numel());
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(prepare(call, call.out(), *sizes));
  return copy_in_logical_order(call, self, call.out());
}

// The first elements under other sizes; those that self does not have are 0, where PyTorch leaves any.
Result<> resize(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto sizes = sizes_of(call, call.integers(1));
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  auto straight = contiguous_copy(self);
  if (!straight) return forward_error(std::move(straight));
  PTETOOL_CHECK(prepare(call, out, *sizes));
  if (!out.contiguous()) return call.fail(ErrorCode::Unsupported, "resizes contiguous tensors only");
  const ByteView from = straight->tensor.bytes();
  const auto size = static_cast<std::size_t>(out.nbytes());
  const std::size_t kept = std::min(from.size(), size);
  std::copy_n(from.data(), kept, out.as<std::uint8_t>());
  std::fill_n(out.as<std::uint8_t>() + kept, size - kept, std::uint8_t{0});
  return {};
}

Result<> permute_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  const auto dims = call.integers(1);
  if (dims.size() != self.rank()) {
    return call.fail(ErrorCode::Mismatch,
                     "dims " + shape_text(std::span(dims)) + " for a tensor of rank " + std::to_string(self.rank()));
  }
  const auto distinct = dimension_flags(call, dims, self.rank());
  if (!distinct) return Failure(distinct.error());
  View view(self);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::size_t dim = *dimension(call, dims[i], self.rank());
    view.sizes[i] = self.sizes[dim];
    view.strides[i] = self.strides[dim];
  }
  return copy_out(call, view);
}

Result<> transpose_copy(Call& call) {
  View view(call.tensor(0));
  const auto a = dimension(call, call.integer(1), view.sizes.size());
  if (!a) return Failure(a.error());
  const auto b = dimension(call, call.integer(2), view.sizes.size());
  if (!b) return Failure(b.error());
  std::swap(view.sizes[*a], view.sizes[*b]);
  std::swap(view.strides[*a], view.strides[*b]);
  return copy_out(call, view);
}

Result<> t_copy(Call& call) {
  View view(call.tensor(0));
  if (view.sizes.size() > 2) return call.fail(ErrorCode::Mismatch, "self has more than two dimensions");
  if (view.sizes.size() == 2) {
    std::swap(view.sizes[0], view.sizes[1]);
    std::swap(view.strides[0], view.strides[1]);
  }
  return copy_out(call, view);
}

Result<> expand_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  const auto wanted = call.integers(1);
  if (wanted.size() < self.rank() || wanted.size() > kMaxRank) {
    return call.fail(ErrorCode::Mismatch,
                     "size " + shape_text(std::span(wanted)) + " for a tensor of rank " + std::to_string(self.rank()));
  }
  View view(self);
  view.strides = broadcast_strides(self, wanted.size());
  view.sizes = Sizes(std::span(wanted));
  const std::size_t shift = wanted.size() - self.rank();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::int64_t given = i < shift ? 1 : self.sizes[i - shift];
    if (wanted[i] == -1 && i >= shift) view.sizes[i] = given;
    if (view.sizes[i] < 0 || (given != 1 && view.sizes[i] != given)) {
      return call.fail(ErrorCode::Mismatch, "a tensor of shape " + shape_text(self.sizes.span()) +
                                                " cannot be expanded to " + shape_text(std::span(wanted)));
    }
  }
  if (!checked_numel(view.sizes.span())) return call.fail(ErrorCode::Limit, "the shape is too large");
  return copy_out(call, view);
}

// Drops those of the dimensions whose size is 1.
Result<> squeeze(Call& call, std::span<const std::int64_t> dims) {
  View view(call.tensor(0));
  const auto drop = dimension_flags(call, dims, view.sizes.size());
  if (!drop) return Failure(drop.error());
  for (std::size_t dim = view.sizes.size(); dim-- > 0;) {
    if ((*drop)[dim] && view.sizes[dim] == 1) view.select(dim, 0);
  }
  return copy_out(call, view);
}
Result<> squeeze_copy_dim(Call& call) {
  const std::int64_t dims[] = {call.integer(1)};
  return squeeze(call, dims);
}
Result<> squeeze_copy_dims(Call& call) { return squeeze(call, call.integers(1)); }

Result<> squeeze_copy(Call& call) {
  std::vector<std::int64_t> dims(call.tensor(0).rank());
  std::iota(dims.begin(), dims.end(), std::int64_t{0});
  return squeeze(call, dims);
}

Result<> unsqueeze_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  if (self.sizes.full()) return call.fail(ErrorCode::Limit, "self has the highest rank already");
  const auto at = dimension(call, call.integer(1), self.rank() + 1);
  if (!at) return Failure(at.error());
  View view(self);
  view.sizes = {};
  view.strides = {};
  for (std::size_t i = 0; i <= self.rank(); ++i) {
    if (i == *at) {
      view.sizes.push_back(1);
      view.strides.push_back(0);
    }
    if (i == self.rank()) break;
    view.sizes.push_back(self.sizes[i]);
    view.strides.push_back(self.strides[i]);
  }
  return copy_out(call, view);
}

std::string one_of(std::size_t i) { return "tensor " + std::to_string(i); }

// What PyTorch has always let pass in a concatenation: a 1-d tensor without elements.
bool is_skipped(const Tensor& tensor) { return tensor.rank() == 1 && tensor.sizes[0] == 0; }

Result<> cat(Call& call) {
  const auto tensors = call.tensors(0);
  const Tensor* model = nullptr;
  for (const Tensor* tensor : tensors) {
    if (!model || is_skipped(*model)) model = tensor;
  }
  if (!model) return call.fail(ErrorCode::Mismatch, "there are no tensors");
  if (model->rank() == 0) return call.fail(ErrorCode::Mismatch, "a tensor has no dimensions");
  const auto dim = dimension(call, call.integer(1), model->rank());
  if (!dim) return Failure(dim.error());
  Sizes sizes = model->sizes;
  sizes[*dim] = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (is_skipped(*tensors[i])) continue;
    Sizes expected = sizes;
    if (tensors[i]->rank() == sizes.size()) expected[*dim] = tensors[i]->sizes[*dim];
    if (!(tensors[i]->sizes == expected)) {
      return call.fail(ErrorCode::Mismatch, one_of(i) + " of shape " + shape_text(tensors[i]->sizes.span()) +
                                                " does not fit beside one of shape " + shape_text(model->sizes.span()));
    }
    const auto sum = checked_add(sizes[*dim], tensors[i]->sizes[*dim]);
    if (!sum) return call.fail(ErrorCode::Limit, "the result is too large");
    sizes[*dim] = *sum;
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare(call, out, sizes));
  std::int64_t at = 0;
  for (const Tensor* tensor : tensors) {
    if (is_skipped(*tensor)) continue;
    PTETOOL_CHECK(copy_view(call, View(*tensor), View(out).narrow(*dim, at, tensor->sizes[*dim])));
    at += tensor->sizes[*dim];
  }
  return {};
}

Result<> stack(Call& call) {
  const auto tensors = call.tensors(0);
  if (tensors.empty()) return call.fail(ErrorCode::Mismatch, "there are no tensors");
  const Sizes each = tensors[0]->sizes;
  if (each.full()) return call.fail(ErrorCode::Limit, "the tensors have the highest rank already");
  const auto dim = dimension(call, call.integer(1), each.size() + 1);
  if (!dim) return Failure(dim.error());
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    if (!(tensors[i]->sizes == each)) {
      return call.fail(ErrorCode::Mismatch, one_of(i) + " has the shape " + shape_text(tensors[i]->sizes.span()) +
                                                ", the first one " + shape_text(each.span()));
    }
  }
  Sizes sizes;
  for (std::size_t i = 0; i <= each.size(); ++i) {
    if (i == *dim) sizes.push_back(static_cast<std::int64_t>(tensors.size()));
    if (i < each.size()) sizes.push_back(each[i]);
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare(call, out, sizes));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    PTETOOL_CHECK(copy_view(call, View(*tensors[i]), View(out).select(*dim, static_cast<std::int64_t>(i))));
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::resize.out(Tensor self, SymInt[] size, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)",
     resize},
    {"aten::view_copy.out(Tensor self, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", view_copy},
    {"aten::permute_copy.out(Tensor self, int[] dims, *, Tensor(a!) out) -> Tensor(a!)", permute_copy},
    {"aten::transpose_copy.int_out(Tensor self, int dim0, int dim1, *, Tensor(a!) out) -> Tensor(a!)", transpose_copy},
    {"aten::t_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", t_copy},
    {"aten::expand_copy.out(Tensor self, SymInt[] size, *, bool implicit=False, Tensor(a!) out) -> Tensor(a!)",
     expand_copy},
    {"aten::_unsafe_view.out(Tensor self, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", view_copy},
    {"aten::squeeze_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", squeeze_copy},
    {"aten::squeeze_copy.dim_out(Tensor self, int dim, *, Tensor(a!) out) -> Tensor(a!)", squeeze_copy_dim},
    {"aten::squeeze_copy.dims_out(Tensor self, int[] dim, *, Tensor(a!) out) -> Tensor(a!)", squeeze_copy_dims},
    {"aten::unsqueeze_copy.out(Tensor self, int dim, *, Tensor(a!) out) -> Tensor(a!)", unsqueeze_copy},
    {"aten::cat.out(Tensor[] tensors, int dim=0, *, Tensor(a!) out) -> Tensor(a!)", cat},
    {"aten::stack.out(Tensor[] tensors, int dim=0, *, Tensor(a!) out) -> Tensor(a!)", stack},
    {"aten::_stack.out(Tensor[] tensors, int dim=0, *, Tensor(a!) out) -> Tensor(a!)", stack},
};

}  // namespace

std::span<const Operator> shape_operators() { return kRows; }

}  // namespace ptetool::ops
