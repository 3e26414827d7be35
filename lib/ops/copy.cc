// Copies: to a new tensor, to another dtype or dim order, into a mutable buffer. The out's own dtype and dim order say
// what the copy is converted to.
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// alias, detach, lift_fresh, clone, _to_copy, host-device copies, fallback: self, as the out has it.
Result<> copy_self(Call& call) { return copy_out(call, View(call.tensor(0))); }

// set: the tensor that self becomes.
Result<> copy_source(Call& call) { return copy_out(call, View(call.tensor(1))); }

// `src` broadcast to the shape of `self`, written to `target`.
Result<> copy_broadcast(Call& call, const Tensor& src, Tensor& target, const Sizes& sizes) {
  const auto merged = broadcast(call, sizes, src.sizes);
  if (!merged) return Failure(merged.error());
  if (!(*merged == sizes)) {
    return call.fail(ErrorCode::Mismatch, "src of shape " + shape_text(src.sizes.span()) + " cannot be broadcast to " +
                                              shape_text(sizes.span()));
  }
  View view(src);
  view.sizes = sizes;
  view.strides = broadcast_strides(src, sizes.size());
  PTETOOL_CHECK(prepare(call, target, sizes));
  return copy_view(call, view, View(target));
}

Result<> copy(Call& call) { return copy_broadcast(call, call.tensor(1), call.out(), Sizes(call.tensor(0).sizes)); }

// The bytes of self as elements of another dtype; the last dimension shrinks or grows with their size.
Result<> view_as_dtype(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (!dtype_size(out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_ASSIGN(OwnedTensor straight, contiguous_copy(self));
  Sizes sizes = self.sizes;
  const auto from = static_cast<std::int64_t>(self.element_size()), to = static_cast<std::int64_t>(out.element_size());
  if (from != to) {
    const std::int64_t bytes = sizes.empty() ? 0 : sizes[sizes.size() - 1] * from;
    if (sizes.empty() || bytes % to != 0) {
      return call.fail(ErrorCode::Mismatch, shape_text(self.sizes.span()) + " of " + dtype_name(self.dtype) +
                                                " cannot be viewed as " + dtype_name(out.dtype));
    }
    sizes[sizes.size() - 1] = bytes / to;
  }
  PTETOOL_CHECK(prepare(call, out, sizes));
  straight.tensor.dtype = out.dtype;
  return copy_view(call, View(straight.tensor, sizes), View(out));
}

Result<> copy_in_place(Call& call) {
  Tensor& self = call.tensor(0);
  PTETOOL_CHECK(copy_broadcast(call, call.tensor(1), self, Sizes(self.sizes)));
  call.result() = Tensor(self);
  return {};
}

// The dim order asked for (None: self's own) is the out's; dimensions of size 1 may stand anywhere in it.
Result<> check_dim_order(Call& call, std::size_t arg, const DimOrder& otherwise) {
  const Tensor& out = call.out();
  const auto asked = call.integers(arg);
  DimOrder order = otherwise;
  if (!call.is_none(arg)) order = DimOrder(std::span(asked));
  bool agrees = order.size() == out.rank() && is_permutation(order.span());
  if (agrees) {
    const Strides strides = strides_of(out.sizes, order);
    for (std::size_t dim = 0; dim < out.rank(); ++dim) {
      agrees = agrees && (out.sizes[dim] == 1 || strides[dim] == out.strides[dim]);
    }
  }
  if (agrees) return {};
  return call.fail(ErrorCode::Mismatch,
                   "the out's dim order " + shape_text(out.dim_order.span()) + " is not the one asked for");
}

Result<> to_dim_order_copy(Call& call) {
  PTETOOL_CHECK(check_dim_order(call, 2, call.tensor(0).dim_order));
  return copy_self(call);
}

Result<> empty_dim_order(Call& call) {
  const auto sizes = sizes_of(call, call.integers(0));
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(check_dim_order(call, 1, contiguous_order(call.out().rank())));
  return prepare(call, call.out(), *sizes);
}

constexpr Operator kRows[] = {
    {"aten::alias_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"aten::detach_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"aten::lift_fresh_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"aten::lift.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"aten::clone.out(Tensor self, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"aten::_to_copy.out(Tensor self, *, bool non_blocking=False, MemoryFormat? memory_format=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     copy_self},
    {"aten::copy.out(Tensor self, Tensor src, bool non_blocking=False, *, Tensor(a!) out) -> Tensor(a!)", copy},
    {"aten::set.source_Tensor_out(Tensor self, Tensor source, *, Tensor(a!) out) -> Tensor(a!)", copy_source},
    {"aten::view_copy.dtype_out(Tensor self, ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)", view_as_dtype},
    {"aten::copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)", copy_in_place},
    {"dim_order_ops::_to_dim_order_copy.out(Tensor self, *, bool non_blocking=False, int[]? dim_order=None, "
     "Tensor(a!) out) -> Tensor(a!)",
     to_dim_order_copy},
    {"dim_order_ops::_clone_dim_order.out(Tensor self, *, bool non_blocking=False, int[]? dim_order=None, "
     "Tensor(a!) out) -> Tensor(a!)",
     to_dim_order_copy},
    {"dim_order_ops::_empty_dim_order.out(int[] size, *, int[]? dim_order=None, Tensor(a!) out) -> Tensor(a!)",
     empty_dim_order},
    // There is one memory here: copies between host and device are copies.
    {"et_copy::_h2d_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"et_copy::_d2h_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", copy_self},
    {"llama::fallback.out(Tensor input, *, Tensor(a!) output) -> Tensor(a!)", copy_self},
};

}  // namespace

std::span<const Operator> copy_operators() { return kRows; }

}  // namespace ptetool::ops
