// Products that are elementwise: outer, addr, kron, cross.
#include <algorithm>

#include "ops/parts.h"
#include "ops/pointwise.h"
#include "ops/products.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// self * vec2 for every pair of elements
Result<> outer(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  if (a.rank() != 1 || b.rank() != 1) return shapes_do_not_fit(call, a, b);
  const Tensor left = with_dimension(a, 1);
  return pointwise<2, kNumbers>(call, {operand(left), operand(b)}, Promotion().add(a).add(b).type(),
                                [](auto x, auto y) { return times(x, y); });
}

// beta * self + alpha * outer; self is not looked at where beta is 0
Result<> addr(Call& call) {
  const Tensor a = call.tensor(1), b = call.tensor(2);
  if (a.rank() != 1 || b.rank() != 1) return shapes_do_not_fit(call, a, b);
  const Tensor left = with_dimension(a, 1);
  const auto init = broadcast_view(call, call.tensor(0), Sizes{a.sizes[0], b.sizes[0]});
  if (!init) return Failure(init.error());
  return pointwise<5, kNumbers>(
      call, {arg(call, 0), operand(left), operand(b), precise_arg(call, 3), precise_arg(call, 4)},
      Promotion().add(call, 0).add(a).add(b).type(), []<class C>(C self, C x, C y, C beta, C alpha) {
        const C product = times(times(alpha, x), y);
        return beta == C(0) ? product : plus(times(beta, self), product);
      });
}

// Every element of self times all of other: an outer product in which the dimensions take turns.
Result<> kron(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  Tensor& out = call.out();
  const std::size_t rank = std::max(a.rank(), b.rank());
  if (rank * 2 > kMaxRank) return call.fail(ErrorCode::Limit, "too many dimensions");
  Sizes sizes, turns;
  Tensor left = a, right = b;
  while (left.rank() < rank) left = with_dimension(left, 0);
  while (right.rank() < rank) right = with_dimension(right, 0);
  for (std::size_t dim = 0; dim < rank; ++dim) {
    const Sizes pair = {left.sizes[dim], right.sizes[dim]};
    const auto product = checked_numel(pair.span());
    if (!product) return call.fail(ErrorCode::Limit, "the result is too large");
    sizes.push_back(*product);
    turns.push_back(pair[0]);
    turns.push_back(pair[1]);
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  for (std::size_t dim = 0; dim < rank; ++dim) {
    left = with_dimension(left, 2 * dim + 1);
    right = with_dimension(right, 2 * dim);
  }
  PTETOOL_CHECK(prepare(call, out, sizes));
  Tensor target = out;
  target.sizes = turns;
  target.strides = Strides::filled(turns.size(), 0);
  for (std::size_t dim = 0; dim < rank; ++dim) {
    target.strides[2 * dim] = out.strides[dim] * turns[2 * dim + 1];
    target.strides[2 * dim + 1] = out.strides[dim];
  }
  return pointwise_to<2, kNumbers>(call, target, {operand(left), operand(right)}, Promotion().add(a).add(b).type(),
                                   [](auto x, auto y) { return times(x, y); });
}

// out[i] = self[j] * other[k] - self[k] * other[j] along a dimension of three
Result<> cross_along(Call& call, std::int64_t wanted) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  Tensor& out = call.out();
  if (a.rank() != b.rank()) return call.fail(ErrorCode::Mismatch, "self and other differ in rank");
  const auto dim = dimension(call, wanted, a.rank());
  if (!dim) return Failure(dim.error());
  if (a.rank() == 0 || a.sizes[*dim] != 3 || b.sizes[*dim] != 3) {
    return call.fail(ErrorCode::Mismatch, "the dimension is not of size 3");
  }
  if (call.is_named_twice(out)) return call.fail(ErrorCode::Unsupported, "does not compute in place");
  const auto sizes = broadcast(call, a.sizes, b.sizes);
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(prepare(call, out, *sizes));
  const ScalarType common = Promotion().add(a).add(b).type();
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t j = (i + 1) % 3, k = (i + 2) % 3;
    const Tensor aj = window(a, *dim, j, 1), ak = window(a, *dim, k, 1);
    const Tensor bj = window(b, *dim, j, 1), bk = window(b, *dim, k, 1);
    Tensor target = window(out, *dim, i, 1);
    PTETOOL_CHECK(
        (pointwise_to<4, kNumbers>(call, target, {operand(aj), operand(bk), operand(ak), operand(bj)}, common,
                                   [](auto p, auto q, auto r, auto s) { return minus(times(p, q), times(r, s)); })));
  }
  return {};
}

Result<> linalg_cross(Call& call) { return cross_along(call, call.integer(2)); }

// Without a dimension: the first one of size 3.
Result<> cross(Call& call) {
  if (!call.is_none(2)) return cross_along(call, call.integer(2));
  const Sizes& sizes = call.tensor(0).sizes;
  return cross_along(call, std::find(sizes.begin(), sizes.end(), 3) - sizes.begin());
}

constexpr Operator kRows[] = {
    {"aten::outer.out(Tensor self, Tensor vec2, *, Tensor(a!) out) -> Tensor(a!)", outer},
    {"aten::ger.out(Tensor self, Tensor vec2, *, Tensor(a!) out) -> Tensor(a!)", outer},
    {"aten::addr.out(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) -> "
     "Tensor(a!)",
     addr},
    {"aten::kron.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", kron},
    {"aten::linalg_cross.out(Tensor self, Tensor other, *, int dim=-1, Tensor(a!) out) -> Tensor(a!)", linalg_cross},
    {"aten::cross.out(Tensor self, Tensor other, int? dim=None, *, Tensor(a!) out) -> Tensor(a!)", cross},
};

}  // namespace

std::span<const Operator> outer_product_operators() { return kRows; }

}  // namespace ptetool::ops
