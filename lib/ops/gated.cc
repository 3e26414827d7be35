// Gated linear units: the first half of a tensor along a dimension times the sigmoid of the second. The function, its
// gradient, and how both move when what they are given does (jvp: a product of the Jacobian and a vector).
#include "ops/parts.h"
#include "ops/pointwise.h"
#include "ops/table.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

struct Halves {
  Tensor first, second;
};

Result<Halves> halves(const Call& call, const Tensor& whole, std::int64_t dim_argument) {
  const auto dim = dimension(call, dim_argument, whole.rank());
  if (!dim) return Failure(dim.error());
  if (whole.rank() == 0) return call.fail(ErrorCode::Mismatch, "a tensor without dimensions has no halves");
  const std::int64_t size = whole.sizes[*dim];
  if (size % 2 != 0) return call.fail(ErrorCode::Mismatch, "the size " + std::to_string(size) + " cannot be halved");
  return Halves{window(whole, *dim, 0, size / 2), window(whole, *dim, size / 2, size / 2)};
}

// Gives the out the sizes of the whole.
Result<Halves> halves_of_out(Call& call, const Tensor& whole, std::int64_t dim) {
  PTETOOL_CHECK(prepare(call, call.out(), whole.sizes));
  return halves(call, call.out(), dim);
}

Result<> check_same_shape(const Call& call, const Tensor& a, const Tensor& b) {
  return a.sizes == b.sizes ? Result<>() : call.fail(ErrorCode::Mismatch, "the shapes differ");
}

// The slope of the sigmoid, without what 1 - sigmoid(x) loses.
template <class C>
C sigmoid_slope(C x) {
  return vector_sigmoid(x) * vector_sigmoid(-x);
}

Result<> glu(Call& call) {
  PTETOOL_ASSIGN(const Halves self, halves(call, call.tensor(0), call.integer(1)));
  return pointwise<2, kFloats>(call, {operand(self.first), operand(self.second)}, call.tensor(0).dtype,
                               []<class C>(C a, C b) { return a * vector_sigmoid(b); });
}

// The first half's gradient is that of a product, the second half's that of a sigmoid as well.
Result<> glu_backward(Call& call) {
  const Tensor self = call.tensor(1);
  PTETOOL_ASSIGN(const Halves x, halves(call, self, call.integer(2)));
  PTETOOL_CHECK(check_same_shape(call, call.tensor(0), x.first));
  PTETOOL_ASSIGN(Halves out, halves_of_out(call, self, call.integer(2)));
  PTETOOL_CHECK((pointwise_to<2, kFloats>(call, out.first, {arg(call, 0), operand(x.second)}, self.dtype,
                                          [](auto g, auto b) { return g * vector_sigmoid(b); })));
  return pointwise_to<3, kFloats>(call, out.second, {arg(call, 0), operand(x.first), operand(x.second)}, self.dtype,
                                  [](auto g, auto a, auto b) { return g * sigmoid_slope(b) * a; });
}

// Of (glu, x, dx, dim).
Result<> glu_jvp(Call& call) {
  PTETOOL_ASSIGN(const Halves x, halves(call, call.tensor(1), call.integer(3)));
  PTETOOL_ASSIGN(const Halves dx, halves(call, call.tensor(2), call.integer(3)));
  PTETOOL_CHECK(check_same_shape(call, call.tensor(0), x.second));
  PTETOOL_CHECK(check_same_shape(call, call.tensor(0), dx.second));
  return pointwise<4, kFloats>(
      call, {arg(call, 0), operand(x.second), operand(dx.first), operand(dx.second)}, call.tensor(0).dtype,
      [](auto y, auto b, auto da, auto db) { return da * vector_sigmoid(b) + y * vector_sigmoid(-b) * db; });
}

// Of (grad_x, grad_glu, x, dgrad_glu, dx, dim); grad_x, the gradient itself, is not needed. The second half in two
// terms: how the gradient moves, and how its slope does.
Result<> glu_backward_jvp(Call& call) {
  const Tensor whole = call.tensor(2);
  const ScalarType dtype = whole.dtype;
  PTETOOL_ASSIGN(const Halves x, halves(call, whole, call.integer(5)));
  PTETOOL_ASSIGN(const Halves dx, halves(call, call.tensor(4), call.integer(5)));
  for (const Tensor* each : std::initializer_list<const Tensor*>{&call.tensor(1), &call.tensor(3), &dx.first}) {
    PTETOOL_CHECK(check_same_shape(call, *each, x.first));
  }
  PTETOOL_ASSIGN(Halves out, halves_of_out(call, whole, call.integer(5)));
  PTETOOL_CHECK((pointwise_to<4, kFloats>(
      call, out.first, {arg(call, 1), arg(call, 3), operand(x.second), operand(dx.second)}, dtype,
      [](auto g, auto dg, auto b, auto db) { return dg * vector_sigmoid(b) + g * sigmoid_slope(b) * db; })));
  PTETOOL_ASSIGN(const OwnedTensor moved, allocate_tensor(dtype, x.first.sizes));
  Tensor term = moved.tensor;
  PTETOOL_CHECK((pointwise_to<5, kFloats>(
      call, term, {arg(call, 1), arg(call, 3), operand(x.first), operand(x.second), operand(dx.first)}, dtype,
      [](auto g, auto dg, auto a, auto b, auto da) { return (dg * a + g * da) * sigmoid_slope(b); })));
  return pointwise_to<5, kFloats>(
      call, out.second, {operand(term), arg(call, 1), operand(x.first), operand(x.second), operand(dx.second)}, dtype,
      [](auto so_far, auto g, auto a, auto b, auto db) {
        return so_far + g * a * sigmoid_slope(b) * (vector_sigmoid(-b) - vector_sigmoid(b)) * db;
      });
}

constexpr Operator kRows[] = {
    {"aten::glu.out(Tensor self, int dim=-1, *, Tensor(a!) out) -> Tensor(a!)", glu},
    {"aten::glu_backward.grad_input(Tensor grad_output, Tensor self, int dim, *, Tensor(a!) grad_input) -> Tensor(a!)",
     glu_backward},
    {"aten::glu_jvp.out(Tensor glu, Tensor x, Tensor dx, int dim, *, Tensor(a!) out) -> Tensor(a!)", glu_jvp},
    {"aten::glu_backward_jvp.out(Tensor grad_x, Tensor grad_glu, Tensor x, Tensor dgrad_glu, Tensor dx, int dim, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     glu_backward_jvp},
};

}  // namespace

std::span<const Operator> gated_operators() { return kRows; }

}  // namespace ptetool::ops
