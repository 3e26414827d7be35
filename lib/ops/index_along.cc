// Operators with a list of indices for one dimension (index_select, index_add …) or for all elements (take, put).
#include "ops/accumulate.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> index_select(Call& call) {
  const Tensor self = call.tensor(0);
  PTETOOL_CHECK(same_dtype(call, self, "self", call.out(), "the out"));
  const auto places = places_of_slices(call, self, call.tensor(2), call.integer(1), false);
  if (!places) return Failure(places.error());
  if (self.rank() == 0 && call.tensor(2).numel() != 1) {
    return call.fail(ErrorCode::Mismatch,
                     "a 0-d tensor has one element, the index names " + std::to_string(call.tensor(2).numel()));
  }
  PTETOOL_CHECK(prepare(call, call.out(), self.rank() == 0 ? Sizes() : places->sizes));
  View to(call.out());
  if (to.sizes.empty()) to.strides = Strides{1};
  load_places(call, self, *places, to);
  return {};
}

// Where the slices lie in the out, which becomes a copy of self once the other arguments are checked.
Result<Places> start(Call& call, bool wraps) {
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", call.out(), "the out"));
  if (!contains(kConvertible, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(prepare(call, call.out(), Sizes(call.tensor(0).sizes)));
  return places_of_slices(call, call.out(), call.tensor(2), call.integer(1), wraps);
}

// `source` as the slices.
Result<View> slices(const Call& call, const Tensor& self, const Tensor& source, const Places& places) {
  PTETOOL_CHECK(same_dtype(call, self, "self", source, "source"));
  View view(source);
  if (view.sizes.empty()) {
    view.sizes = Sizes{1};
    view.strides = Strides{1};
  }
  if (!(view.sizes == places.sizes)) {
    return call.fail(ErrorCode::Mismatch, "source of shape " + shape_text(source.sizes.span()) + " instead of " +
                                              shape_text(places.sizes.span()));
  }
  return view;
}

Result<> index_copy(Call& call) {
  const auto places = start(call, false);
  if (!places) return Failure(places.error());
  const auto from = slices(call, call.tensor(0), call.tensor(3), *places);
  if (!from) return Failure(from.error());
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  store_places(call, *from, *places, call.out());
  return {};
}

Result<> combine_slices(Call& call, Combine combine, bool include_self, const Scalar& alpha) {
  const auto places = start(call, false);
  if (!places) return Failure(places.error());
  const auto from = slices(call, call.tensor(0), call.tensor(3), *places);
  if (!from) return Failure(from.error());
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  return combine_at_places(call, *from, *places, combine, include_self, call.out(), alpha);
}

Result<> index_add(Call& call) { return combine_slices(call, Combine::Sum, true, call.scalar(4)); }
Result<> index_reduce(Call& call) {
  const auto combine = combine_named(call, call.text(4));
  if (!combine) return Failure(combine.error());
  return combine_slices(call, *combine, call.boolean(5), {Scalar::Kind::Int, 1, 0});
}

Result<> index_fill(Call& call) {
  const auto places = start(call, true);
  if (!places) return Failure(places.error());
  PTETOOL_CHECK(check_converts(call, call.scalar(3), call.out().dtype));
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  const NumberView value(call.scalar(3), call.out().dtype);
  store_places(call, value.of(places->sizes), *places, call.out());
  return {};
}

Result<> index_fill_tensor(Call& call) {
  const Tensor value = call.tensor(3);
  if (value.rank() != 0) return call.fail(ErrorCode::Mismatch, "value is not 0-d");
  const auto places = start(call, true);
  if (!places) return Failure(places.error());
  PTETOOL_ASSIGN(OwnedTensor converted, allocate_tensor(call.out().dtype, Sizes()));
  PTETOOL_CHECK(copy_view(call, View(value), View(converted.tensor)));
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  View from(converted.tensor);
  from.sizes = places->sizes;
  from.strides = Strides::filled(from.sizes.size(), 0);
  store_places(call, from, *places, call.out());
  return {};
}

Result<> take(Call& call) {
  const Tensor self = call.tensor(0);
  PTETOOL_CHECK(same_dtype(call, self, "self", call.out(), "the out"));
  const auto places = places_in_order(call, self, call.tensor(1));
  if (!places) return Failure(places.error());
  PTETOOL_CHECK(prepare(call, call.out(), places->sizes));
  load_places(call, self, *places, View(call.out()));
  return {};
}

// The elements of `source`, in its logical order, to the places that `index` names in the same order.
Result<> put(Call& call) {
  Tensor& out = call.out();
  const Tensor source = call.tensor(2);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", out, "the out"));
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", source, "source"));
  if (source.numel() != call.tensor(1).numel()) {
    return call.fail(ErrorCode::Mismatch, "the index has " +
                                              counted(static_cast<std::uint64_t>(call.tensor(1).numel()), "element") +
                                              ", source has " + std::to_string(source.numel()));
  }
  PTETOOL_CHECK(prepare(call, out, Sizes(call.tensor(0).sizes)));
  const auto places = places_in_order(call, out, call.tensor(1));
  if (!places) return Failure(places.error());
  PTETOOL_ASSIGN(OwnedTensor straight, contiguous_copy(source));
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(out)));
  const View from(straight.tensor, places->sizes);
  if (call.boolean(3)) return combine_at_places(call, from, *places, Combine::SumInSteps, true, out);
  store_places(call, from, *places, out);
  return {};
}

constexpr Operator kRows[] = {
    {"aten::index_select.out(Tensor self, int dim, Tensor index, *, Tensor(a!) out) -> Tensor(a!)", index_select},
    {"aten::index_add.out(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1, Tensor(a!) out) -> "
     "Tensor(a!)",
     index_add},
    {"aten::index_copy.out(Tensor self, int dim, Tensor index, Tensor source, *, Tensor(a!) out) -> Tensor(a!)",
     index_copy},
    {"aten::index_reduce.out(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool "
     "include_self=True, Tensor(a!) out) -> Tensor(a!)",
     index_reduce},
    {"aten::index_fill.int_Scalar_out(Tensor self, int dim, Tensor index, Scalar value, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     index_fill},
    {"aten::index_fill.int_Tensor_out(Tensor self, int dim, Tensor index, Tensor value, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     index_fill_tensor},
    {"aten::take.out(Tensor self, Tensor index, *, Tensor(a!) out) -> Tensor(a!)", take},
    {"aten::put.out(Tensor self, Tensor index, Tensor source, bool accumulate=False, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     put},
};

}  // namespace

std::span<const Operator> index_along_operators() { return kRows; }

}  // namespace ptetool::ops
