// Further products of vectors and matrices, each as a matrix multiplication over windows: dot, mv, addmv, baddbmm,
// addbmm, matmul, inner; and those that are elementwise after all: outer, addr, kron, cross.
#include "ops/gemm.h"
#include "ops/lines.h"
#include "ops/parts.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Failure shapes_do_not_fit(const Call& call, const Tensor& a, const Tensor& b) {
  return call.fail(ErrorCode::Mismatch, "shapes " + shape_text(a.sizes.span()) + " and " + shape_text(b.sizes.span()) +
                                            " cannot be multiplied");
}

// A view with further or fewer dimensions of size 1.
View matrix(const Tensor& tensor, std::int64_t rows, std::int64_t row_step, std::int64_t columns,
            std::int64_t column_step) {
  View view(tensor);
  view.sizes = {rows, columns};
  view.strides = {row_step, column_step};
  return view;
}
View column(const Tensor& vector) { return matrix(vector, vector.sizes[0], vector.strides[0], 1, 1); }
View row(const Tensor& vector) { return matrix(vector, 1, 1, vector.sizes[0], vector.strides[0]); }

// `tensor` seen in `sizes`, which it can be broadcast to.
Result<View> broadcast_view(const Call& call, const Tensor& tensor, const Sizes& sizes) {
  const auto merged = broadcast(call, sizes, tensor.sizes);
  if (!merged) return Failure(merged.error());
  if (!(*merged == sizes)) {
    return call.fail(ErrorCode::Mismatch, "self of shape " + shape_text(tensor.sizes.span()) +
                                              " cannot be broadcast to " + shape_text(sizes.span()));
  }
  View view(tensor);
  view.sizes = sizes;
  view.strides = broadcast_strides(tensor, sizes.size());
  return view;
}

Result<> dot_of(Call& call, const Tensor& a, const Tensor& b) {
  if (a.rank() != 1 || b.rank() != 1 || a.sizes[0] != b.sizes[0]) return shapes_do_not_fit(call, a, b);
  PTETOOL_CHECK(same_dtype(call, a, "self", b, "the other"));
  PTETOOL_CHECK(prepare(call, call.out(), Sizes{}));
  return multiply(call, {row(a), column(b), matrix(call.out(), 1, 1, 1, 1), {}});
}
Result<> dot(Call& call) { return dot_of(call, call.tensor(0), call.tensor(1)); }
// The first vector is conjugated where it is complex.
Result<> vdot(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  if (!is_complex_dtype(a.dtype)) return dot_of(call, a, b);
  PTETOOL_ASSIGN(OwnedTensor conjugate, allocate_tensor(a.dtype, a.sizes));
  PTETOOL_CHECK((
      pointwise_to<1, kComplexes>(call, conjugate.tensor, {operand(a)}, a.dtype, [](auto x) { return std::conj(x); })));
  return dot_of(call, conjugate.tensor, b);
}

Result<> mv(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  if (a.rank() != 2 || b.rank() != 1 || a.sizes[1] != b.sizes[0]) return shapes_do_not_fit(call, a, b);
  PTETOOL_CHECK(same_dtype(call, a, "self", b, "vec"));
  PTETOOL_CHECK(prepare(call, call.out(), Sizes{a.sizes[0]}));
  return multiply(call, {View(a), column(b), column(call.out()), {}});
}

// beta * self + alpha * (mat x vec)
Result<> addmv(Call& call) {
  const Tensor self = call.tensor(0), a = call.tensor(1), b = call.tensor(2);
  if (a.rank() != 2 || b.rank() != 1 || a.sizes[1] != b.sizes[0]) return shapes_do_not_fit(call, a, b);
  PTETOOL_CHECK(same_dtype(call, a, "mat", b, "vec"));
  const auto init = broadcast_view(call, self, Sizes{a.sizes[0]});
  if (!init) return Failure(init.error());
  PTETOOL_CHECK(prepare(call, call.out(), Sizes{a.sizes[0]}));
  const View start = matrix(self, a.sizes[0], init->strides[0], 1, 1);
  return multiply(call, {View(a), column(b), column(call.out()), start, call.scalar(4), call.scalar(3)});
}

Result<> check_batches(const Call& call, const Tensor& a, const Tensor& b) {
  if (a.rank() != 3 || b.rank() != 3 || a.sizes[0] != b.sizes[0] || a.sizes[2] != b.sizes[1]) {
    return shapes_do_not_fit(call, a, b);
  }
  return same_dtype(call, a, "batch1", b, "batch2");
}

// beta * self + alpha * (batch1 x batch2) for each batch
Result<> baddbmm(Call& call) {
  const Tensor self = call.tensor(0), a = call.tensor(1), b = call.tensor(2);
  PTETOOL_CHECK(check_batches(call, a, b));
  const Sizes sizes = {a.sizes[0], a.sizes[1], b.sizes[2]};
  auto init = broadcast_view(call, self, sizes);
  if (!init) return Failure(init.error());
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    PTETOOL_CHECK(multiply(call, {View(a).select(0, i), View(b).select(0, i), View(call.out()).select(0, i),
                                  View(*init).select(0, i), call.scalar(4), call.scalar(3)}));
  }
  return {};
}

// beta * self + alpha * the sum of all products: the batches side by side are one deep multiplication.
Result<> addbmm(Call& call) {
  const Tensor self = call.tensor(0), a = call.tensor(1), b = call.tensor(2);
  PTETOOL_CHECK(check_batches(call, a, b));
  const Sizes sizes = {a.sizes[1], b.sizes[2]};
  const auto init = broadcast_view(call, self, sizes);
  if (!init) return Failure(init.error());
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  auto wide = allocate_tensor(a.dtype, Sizes{a.sizes[1], a.sizes[0], a.sizes[2]});
  auto tall = b.contiguous() ? Result<OwnedTensor>(OwnedTensor{b, nullptr}) : contiguous_copy(b);
  if (!wide) return forward_error(std::move(wide));
  if (!tall) return forward_error(std::move(tall));
  View turned(a);
  std::swap(turned.sizes[0], turned.sizes[1]);
  std::swap(turned.strides[0], turned.strides[1]);
  PTETOOL_CHECK(copy_view(call, turned, View(wide->tensor)));
  const std::int64_t depth = a.sizes[0] * a.sizes[2];
  return multiply(call, {View(wide->tensor, Sizes{a.sizes[1], depth}), View(tall->tensor, Sizes{depth, b.sizes[2]}),
                         View(call.out()), *init, call.scalar(4), call.scalar(3)});
}

// Vectors become matrices of one row or one column; leading dimensions are broadcast.
Result<> matmul(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  if (a.rank() == 0 || b.rank() == 0) return shapes_do_not_fit(call, a, b);
  PTETOOL_CHECK(same_dtype(call, a, "self", b, "other"));
  const Tensor left = a.rank() == 1 ? with_dimension(a, 0) : a;
  const Tensor right = b.rank() == 1 ? with_dimension(b, 1) : b;
  const auto split = [](const Tensor& tensor) { return tensor.sizes.span().first(tensor.rank() - 2); };
  const std::int64_t rows = left.sizes[left.rank() - 2], columns = right.sizes[right.rank() - 1];
  if (left.sizes[left.rank() - 1] != right.sizes[right.rank() - 2]) return shapes_do_not_fit(call, a, b);
  const auto batches = broadcast(call, split(left), split(right));
  if (!batches) return Failure(batches.error());
  Sizes sizes = *batches;
  if (a.rank() != 1) sizes.push_back(rows);
  if (b.rank() != 1) sizes.push_back(columns);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};
  Tensor target = out;
  if (a.rank() == 1) target = with_dimension(target, batches->size());
  if (b.rank() == 1) target = with_dimension(target, batches->size() + 1);
  const auto steps = [&](const Tensor& tensor) {
    const std::size_t outer = tensor.rank() - 2;
    return broadcast_strides(tensor.sizes.span().first(outer), std::span(tensor.strides.begin(), outer),
                             batches->size());
  };
  const auto at = [](const Tensor& tensor, std::int64_t offset) {
    View view(tensor);
    const std::size_t outer = tensor.rank() - 2;
    view.sizes = {tensor.sizes[outer], tensor.sizes[outer + 1]};
    view.strides = {tensor.strides[outer], tensor.strides[outer + 1]};
    if (view.data) view.data += offset * static_cast<std::int64_t>(tensor.element_size());
    return view;
  };
  const Lines<3> each(*batches, 0, {steps(target), steps(left), steps(right)});
  Result<> done;
  each.each([&](const auto& offsets) {
    for (std::int64_t i = 0; i < each.length() && done; ++i) {
      done = multiply(call, {at(left, offsets[1] + i * each.step(1)),
                             at(right, offsets[2] + i * each.step(2)),
                             at(target, offsets[0] + i * each.step(0)),
                             {}});
    }
  });
  return done;
}

// --- Elementwise

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

// The sum over some dimensions of the product of three tensors, each of which is given further dimensions first.
Result<> trilinear(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  Sizes whole;
  std::array<Sizes, 3> sizes;
  std::array<Strides, 3> strides;
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor& tensor = call.tensor(i);
    PTETOOL_CHECK(same_dtype(call, call.tensor(0), "i1", tensor, "another"));
    const auto expand = call.integers(3 + i);
    const std::size_t rank = tensor.rank() + expand.size();
    if (rank > kMaxRank) return call.fail(ErrorCode::Mismatch, "there are too many dimensions");
    const auto added = dimension_flags(call, expand, rank);
    if (!added) return Failure(added.error());
    for (std::size_t d = 0, from = 0; d < rank; ++d) sizes[i].push_back((*added)[d] ? 1 : tensor.sizes[from++]);
    const auto merged = i == 0 ? Result<Sizes>(sizes[0]) : broadcast(call, whole, sizes[i]);
    if (!merged) return Failure(merged.error());
    whole = *merged;
  }
  const auto summed = dimension_flags(call, call.integers(6), whole.size());
  if (!summed) return Failure(summed.error());
  Sizes kept, inner;
  for (std::size_t d = 0; d < whole.size(); ++d) ((*summed)[d] ? inner : kept).push_back(whole[d]);
  if (!checked_numel(whole.span())) return call.fail(ErrorCode::Limit, "the product is too large");
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "i1", call.out(), "the out"));
  PTETOOL_CHECK(prepare(call, call.out(), kept));
  for (std::size_t i = 0; i < 3; ++i) {
    const Strides wide =
        broadcast_strides(sizes[i], strides_of(sizes[i], contiguous_order(sizes[i].size())), whole.size());
    // Those that are kept come first.
    for (const bool last : {false, true}) {
      for (std::size_t d = 0; d < whole.size(); ++d) {
        if ((*summed)[d] == last) strides[i].push_back(wide[d]);
      }
    }
  }
  const auto offset_of = [&](std::int64_t place, const Sizes& along, std::size_t first, std::size_t which) {
    std::int64_t offset = 0;
    for (std::size_t d = along.size(); d-- > 0; place /= along[d])
      offset += place % along[d] * strides[which][first + d];
    return static_cast<std::size_t>(offset);
  };
  return with_compute_type<kNumbers>(call, dtype, [&]<class C>() -> Result<> {
    using Sum = std::conditional_t<std::is_same_v<C, float>, double, C>;
    std::array<std::vector<C>, 3> numbers;
    for (std::size_t i = 0; i < 3; ++i) numbers[i] = numbers_of<C>(call.tensor(i), dtype);
    const std::int64_t count = numel(inner);
    std::vector<C> results(static_cast<std::size_t>(numel(kept)));
    call.parallel(numel(kept), count * 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin; at < end; ++at) {
        std::array<std::size_t, 3> start;
        for (std::size_t i = 0; i < 3; ++i) start[i] = offset_of(at, kept, 0, i);
        Sum sum = 0;
        for (std::int64_t k = 0; k < count; ++k) {
          const auto factor = [&](std::size_t i) {
            return static_cast<Sum>(numbers[i][start[i] + offset_of(k, inner, kept.size(), i)]);
          };
          sum = plus(sum, times(times(factor(0), factor(1)), factor(2)));
        }
        results[static_cast<std::size_t>(at)] = static_cast<C>(sum);
      }
    });
    write_results<C>(results.data(), dtype, call.out(), [](C x) { return x; });
    return {};
  });
}

constexpr Operator kRows[] = {
    {"aten::dot.out(Tensor self, Tensor tensor, *, Tensor(a!) out) -> Tensor(a!)", dot},
    {"aten::vdot.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", vdot},
    {"aten::mv.out(Tensor self, Tensor vec, *, Tensor(a!) out) -> Tensor(a!)", mv},
    {"aten::addmv.out(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) -> "
     "Tensor(a!)",
     addmv},
    {"aten::baddbmm.out(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) "
     "-> Tensor(a!)",
     baddbmm},
    {"aten::addbmm.out(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) -> "
     "Tensor(a!)",
     addbmm},
    {"aten::matmul.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", matmul},
    {"aten::outer.out(Tensor self, Tensor vec2, *, Tensor(a!) out) -> Tensor(a!)", outer},
    {"aten::ger.out(Tensor self, Tensor vec2, *, Tensor(a!) out) -> Tensor(a!)", outer},
    {"aten::addr.out(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) -> "
     "Tensor(a!)",
     addr},
    {"aten::_trilinear.out(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim, "
     "int unroll_dim=1, *, Tensor(a!) out) -> Tensor(a!)",
     trilinear},
    {"aten::kron.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", kron},
    {"aten::linalg_cross.out(Tensor self, Tensor other, *, int dim=-1, Tensor(a!) out) -> Tensor(a!)", linalg_cross},
    {"aten::cross.out(Tensor self, Tensor other, int? dim=None, *, Tensor(a!) out) -> Tensor(a!)", cross},
};

}  // namespace

std::span<const Operator> product_operators() { return kRows; }

}  // namespace ptetool::ops
