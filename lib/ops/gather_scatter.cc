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

Result<> scatter_src(Call& call) {
  auto places = start_scatter(call);
  if (!places) return Failure(places.error());
  const auto from = source(call, call.tensor(0), call.tensor(3), *places);
  if (!from) return Failure(from.error());
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  store_places(call, *from, *places, call.out());
  return {};
}

Result<> scatter_value(Call& call) {
  auto places = start_scatter(call);
  if (!places) return Failure(places.error());
  if (!contains(kConvertible, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(check_converts(call, call.scalar(3), call.out().dtype));
  const NumberView value(call.scalar(3), call.out().dtype);
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  store_places(call, value.of(places->sizes), *places, call.out());
  return {};
}

Result<> scatter_combined(Call& call, Combine combine, bool include_self) {
  auto places = start_scatter(call);
  if (!places) return Failure(places.error());
  const auto from = source(call, call.tensor(0), call.tensor(3), *places);
  if (!from) return Failure(from.error());
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  return combine_at_places(call, *from, *places, combine, include_self, call.out());
}

Result<> scatter_add(Call& call) { return scatter_combined(call, Combine::Sum, true); }
Result<> scatter_reduce(Call& call) {
  const auto combine = combine_named(call, call.text(4));
  if (!combine) return Failure(combine.error());
  return scatter_combined(call, *combine, call.schema().arguments.size() == 6 || call.boolean(5));
}

Result<> scatter_value_reduce(Call& call) {
  const auto combine = combine_named(call, call.text(4));
  if (!combine) return Failure(combine.error());
  auto places = start_scatter(call);
  if (!places) return Failure(places.error());
  if (!contains(kConvertible, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(check_converts(call, call.scalar(3), call.out().dtype));
  const NumberView value(call.scalar(3), call.out().dtype);
  PTETOOL_CHECK(copy_view(call, View(call.tensor(0)), View(call.out())));
  return combine_at_places(call, value.of(places->sizes), *places, *combine, true, call.out());
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
