// Every element, or every slice along a dimension, once: _unique2, _unique, unique_dim, unique_consecutive,
// unique_dim_consecutive. NaN is unlike everything, itself included. Results are sorted whether asked for or not, as
// PyTorch's are.
#include <algorithm>
#include <numeric>
#include <vector>

#include "ops/lines.h"
#include "ops/order.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ops/view.h"

namespace ptetool::ops {

namespace {

// UInt64 does not fit the numbers that are compared.
constexpr DtypeSet kOrdered = kRealsAndBool & ~dtype_set(ScalarType::UInt64);

// Items (elements or slices) by group.
struct Groups {
  std::vector<std::int64_t> first;  // an item of each group
  std::vector<std::int64_t> counts;
  std::vector<std::int64_t> inverse;  // the group of each item
};

// `rows` has `count` items of `width` numbers. Neighbours that are equal are one group, after sorting unless
// `consecutive`.
template <class C>
Groups group(const std::vector<C>& rows, std::int64_t count, std::int64_t width, bool consecutive) {
  const auto row = [&](std::int64_t i) { return rows.begin() + i * width; };
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (!consecutive) {
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return std::lexicographical_compare(row(a), row(a) + width, row(b), row(b) + width,
                                          [](C x, C y) { return order_of_number(x) < order_of_number(y); });
    });
  }
  Groups groups;
  groups.inverse.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || !std::equal(row(order[i]), row(order[i]) + width, row(order[i - 1]))) {
      groups.first.push_back(order[i]);
      groups.counts.push_back(0);
    }
    ++groups.counts.back();
    groups.inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(groups.first.size()) - 1;
  }
  return groups;
}

Result<> write_numbers(const Call& call, const std::vector<std::int64_t>& numbers, const Sizes& sizes, Tensor& out) {
  if (!contains(kIntegers, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  write_results<std::int64_t>(numbers.data(), ScalarType::Long, out, [](std::int64_t each) { return each; });
  return {};
}

// Which outs are wanted; the others are empty.
struct Wanted {
  bool inverse = false;
  bool counts = false;
};

Result<> write_groups(Call& call, const Groups& groups, const Sizes& inverse_sizes, Wanted wanted) {
  const auto found = static_cast<std::int64_t>(groups.counts.size());
  PTETOOL_CHECK(write_numbers(call, groups.inverse, wanted.inverse ? inverse_sizes : Sizes{0}, call.out(1)));
  if (call.schema().outputs < 3) return {};
  return write_numbers(call, groups.counts, Sizes{wanted.counts ? found : 0}, call.out(2));
}

Result<> unique_elements(Call& call, bool consecutive, Wanted wanted) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  return with_compute_type<kOrdered>(call, self.dtype, [&]<class C>() -> Result<> {
    const std::vector<C> numbers = numbers_of<C>(self, self.dtype);
    const Groups groups = group(numbers, self.numel(), 1, consecutive);
    PTETOOL_CHECK(prepare(call, out, Sizes{static_cast<std::int64_t>(groups.first.size())}));
    write_results<C>(groups.first.data(), self.dtype, out,
                     [&](std::int64_t i) { return numbers[static_cast<std::size_t>(i)]; });
    return write_groups(call, groups, self.sizes, wanted);
  });
}

Result<> unique_slices(Call& call, std::int64_t dim_argument, bool consecutive) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  const auto dim = dimension(call, dim_argument, self.rank());
  if (!dim) return Failure(dim.error());
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "a 0-d tensor has no slices");
  const std::int64_t count = self.sizes[*dim];
  Sizes slice = self.sizes;
  slice.erase(*dim);
  const std::int64_t width = numel(slice);
  if (width == 0) {
    return call.fail(ErrorCode::Mismatch, "slices without elements cannot be told apart");
  }
  return with_compute_type<kOrdered>(call, self.dtype, [&]<class C>() -> Result<> {
    Tensor rows = self;
    std::rotate(rows.sizes.begin(), rows.sizes.begin() + *dim, rows.sizes.begin() + *dim + 1);
    std::rotate(rows.strides.begin(), rows.strides.begin() + *dim, rows.strides.begin() + *dim + 1);
    const Groups groups = group(numbers_of<C>(rows, self.dtype), count, width, consecutive);
    Sizes sizes = self.sizes;
    sizes[*dim] = static_cast<std::int64_t>(groups.first.size());
    PTETOOL_CHECK(prepare(call, out, sizes));
    for (std::size_t i = 0; i < groups.first.size(); ++i) {
      PTETOOL_CHECK(copy_view(call, View(self).select(*dim, groups.first[i]),
                              View(out).select(*dim, static_cast<std::int64_t>(i))));
    }
    return write_groups(call, groups, Sizes{count}, {true, true});
  });
}

Result<> unique(Call& call) {
  return unique_elements(call, false, {call.boolean(2), call.schema().outputs == 3 && call.boolean(3)});
}
Result<> unique_dim(Call& call) { return unique_slices(call, call.integer(1), false); }
Result<> unique_consecutive(Call& call) {
  const bool of_elements = call.is_none(3) || (call.integer(3) == 0 && call.tensor(0).rank() == 1);
  if (!of_elements) return unique_slices(call, call.integer(3), true);
  return unique_elements(call, true, {call.boolean(1), call.boolean(2)});
}
Result<> unique_dim_consecutive(Call& call) { return unique_slices(call, call.integer(1), true); }

constexpr Operator kRows[] = {
    {"aten::_unique.out(Tensor self, bool sorted=True, bool return_inverse=False, *, Tensor(a!) out0, Tensor(b!) out1) "
     "-> (Tensor(a!), Tensor(b!))",
     unique},
    {"aten::_unique2.out(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False, *, "
     "Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     unique},
    {"aten::unique_dim.out(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool "
     "return_counts=False, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), "
     "Tensor(c!))",
     unique_dim},
    {"aten::unique_consecutive.out(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None, *, "
     "Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     unique_consecutive},
    {"aten::unique_dim_consecutive.out(Tensor self, int dim, bool return_inverse=False, bool return_counts=False, *, "
     "Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     unique_dim_consecutive},
};

}  // namespace

std::span<const Operator> unique_operators() { return kRows; }

}  // namespace ptetool::ops
