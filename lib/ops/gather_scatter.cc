// gather and scatter: an index for every element, along one dimension.
#include "ops/accumulate.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> gather(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor index = call.tensor(2);
  PTETOOL_CHECK(same_dtype(call, self, "self", call.out(), "the out"));
  const auto places = places_along(call, self, index, call.integer(1));
  if (!places) return Failure(places.error());
  PTETOOL_CHECK(prepare(call, call.out(), index.sizes));
  View to(call.out());
  if (to.sizes.empty()) to.strides = Strides{1};
  load_places(call, self, *places, to);
  return {};
}

// The part of `src` that belongs to an index of this shape.
Result<View> source(const Call& call, const Tensor& self, const Tensor& src, const Places& places) {
  PTETOOL_CHECK(same_dtype(call, self, "self", src, "src"));
  View view(src);
  if (view.sizes.empty()) {
    view.sizes = Sizes{1};
    view.strides = Strides{1};
  }
  const bool empty = numel(places.sizes) == 0;
  bool fits = empty || view.sizes.size() == places.sizes.size();
  for (std::size_t i = 0; fits && !empty && i < view.sizes.size(); ++i) fits = places.sizes[i] <= view.sizes[i];
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "src of shape " + shape_text(src.sizes.span()) +
                                              " is smaller than the index, " + shape_text(places.sizes.span()));
  }
  view.sizes = places.sizes;
  if (empty) view.strides = Strides::filled(places.sizes.size(), 0);
  return view;
}

// Places for the index (arguments 1 and 2), and the out as a copy of self to store into.
Result<Places> start_scatter(Call& call) {
  const Tensor self = call.tensor(0);
  PTETOOL_CHECK(same_dtype(call, self, "self", call.out(), "the out"));
  PTETOOL_CHECK(prepare(call, call.out(), self.sizes));
  return places_along(call, call.out(), call.tensor(2), call.integer(1));
}

// Calls store(places, numbers) for the part of `src`, argument 3, that goes to the places.
template <class Store>
Result<> scatter_source(Call& call, const Store& store) {
  PTETOOL_ASSIGN(Places places, start_scatter(call));
  PTETOOL_ASSIGN(const View from, source(call, call.tensor(0), call.tensor(3), places));
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  return store(places, from);
}

// The same for a number, argument 3, that goes to all places.
template <class Store>
Result<> scatter_number(Call& call, const Store& store) {
  PTETOOL_ASSIGN(Places places, start_scatter(call));
  if (!contains(kConvertible, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(check_converts(call, call.scalar(3), call.out().dtype));
  const NumberView value(call.scalar(3), call.out().dtype);
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  return store(places, value.of(places.sizes));
}

// Stores of either kind.
auto overwriting(Call& call) {
  return [&call](Places& places, const View& from) -> Result<> {
    store_places(call, from, places, call.out());
    return {};
  };
}
auto combining(Call& call, Combine combine, bool include_self) {
  return [&call, combine, include_self](Places& places, const View& from) -> Result<> {
    return combine_at_places(call, from, places, combine, include_self, call.out());
  };
}

Result<> scatter_src(Call& call) { return scatter_source(call, overwriting(call)); }
Result<> scatter_value(Call& call) { return scatter_number(call, overwriting(call)); }
Result<> scatter_add(Call& call) { return scatter_source(call, combining(call, Combine::Sum, true)); }

Result<> scatter_reduce(Call& call) {
  PTETOOL_ASSIGN(const Combine combine, combine_named(call, call.text(4)));
  const bool include_self = call.schema().arguments.size() == 6 || call.boolean(5);
  return scatter_source(call, combining(call, combine, include_self));
}
Result<> scatter_value_reduce(Call& call) {
  PTETOOL_ASSIGN(const Combine combine, combine_named(call, call.text(4)));
  return scatter_number(call, combining(call, combine, true));
}

constexpr Operator kRows[] = {
    {"aten::gather.out(Tensor self, int dim, Tensor index, *, bool sparse_grad=False, Tensor(a!) out) -> Tensor(a!)",
     gather},
    {"aten::scatter.src_out(Tensor self, int dim, Tensor index, Tensor src, *, Tensor(a!) out) -> Tensor(a!)",
     scatter_src},
    {"aten::scatter.value_out(Tensor self, int dim, Tensor index, Scalar value, *, Tensor(a!) out) -> Tensor(a!)",
     scatter_value},
    {"aten::scatter.reduce_out(Tensor self, int dim, Tensor index, Tensor src, *, str reduce, Tensor(a!) out) -> "
     "Tensor(a!)",
     scatter_reduce},
    {"aten::scatter.value_reduce_out(Tensor self, int dim, Tensor index, Scalar value, *, str reduce, Tensor(a!) out) "
     "-> Tensor(a!)",
     scatter_value_reduce},
    {"aten::scatter_add.out(Tensor self, int dim, Tensor index, Tensor src, *, Tensor(a!) out) -> Tensor(a!)",
     scatter_add},
    {"aten::scatter_reduce.two_out(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool "
     "include_self=True, Tensor(a!) out) -> Tensor(a!)",
     scatter_reduce},
};

}  // namespace

std::span<const Operator> gather_operators() { return kRows; }

}  // namespace ptetool::ops
