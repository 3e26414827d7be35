// Further products of vectors and matrices, each as a matrix multiplication over windows: dot, mv, addmv, baddbmm,
// addbmm, matmul.
#include "ops/products.h"
#include "ops/gemm.h"
#include "ops/lines.h"
#include "ops/parts.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

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
  const auto init = broadcast_view(call, self, sizes);
  if (!init) return Failure(init.error());
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  return multiply_batch(call, {View(a), View(b), View(call.out()), *init, call.scalar(4), call.scalar(3)});
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
};

}  // namespace

std::span<const Operator> product_operators() { return kRows; }

}  // namespace ptetool::ops
