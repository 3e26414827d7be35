// Operators that are another one and a step more: sums and products with an activation, and products of 8-bit floats
// with their scales.
#include "ops/gemm.h"
#include "ops/pointwise.h"
#include "ops/table.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

// The operator whose arguments, and outs, are the first and the last of this call's.
Result<> first(Call& call, std::string_view name) { return find_operator(name)->row->kernel(call); }

// Turns what the out holds into its formula's result.
template <DtypeSet kSet, class F>
Result<> then(Call& call, const F& formula) {
  Tensor& out = call.out();
  return pointwise_to<1, kSet>(call, out, {operand(out)}, out.dtype, formula);
}
constexpr auto kRelu = []<class C>(C x) { return larger(x, C(0)); };

Result<> add_relu(Call& call) {
  PTETOOL_CHECK(first(call, "aten::add.out"));
  return then<kReals>(call, kRelu);
}
Result<> addmm_activation(Call& call) {
  PTETOOL_CHECK(first(call, "aten::addmm.out"));
  if (!call.boolean(5)) return then<kFloats>(call, kRelu);
  return then<kFloats>(call, [](auto x) { return vector_gelu(x); });
}

// (self * scale_a) x (mat2 * scale_b) + bias. Scales are one number, or one for each row of self and each column of
// mat2. PyTorch does not read scale_result where it computes on a CPU.
Result<> scaled_mm(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  Tensor& out = call.out();
  if (a.rank() != 2 || b.rank() != 2 || a.sizes[1] != b.sizes[0]) {
    return call.fail(ErrorCode::Mismatch, "self and mat2 cannot be multiplied");
  }
  for (const Tensor* each : {&a, &b}) {
    if (!contains(kFloat8s, each->dtype)) return unsupported_dtype(call, each->dtype);
  }
  if (!contains(kFloats | kFloat8s, out.dtype)) return unsupported_dtype(call, out.dtype);
  const Sizes sizes = {a.sizes[0], b.sizes[1]};
  PTETOOL_CHECK(prepare(call, out, sizes));
  PTETOOL_ASSIGN(OwnedTensor left, allocate_tensor(ScalarType::Float, a.sizes));
  PTETOOL_ASSIGN(OwnedTensor right, allocate_tensor(ScalarType::Float, b.sizes));
  PTETOOL_ASSIGN(OwnedTensor product, allocate_tensor(ScalarType::Float, sizes));
  PTETOOL_CHECK(copy_view(call, View(a), View(left.tensor)));
  PTETOOL_CHECK(copy_view(call, View(b), View(right.tensor)));
  PTETOOL_CHECK(multiply(call, {View(left.tensor), View(right.tensor), View(product.tensor), {}}));
  const auto fits = [&](std::size_t index) {
    const Tensor& scale = call.tensor(index);
    return scale.numel() == 1 || scale.sizes == (index == 2 ? Sizes{sizes[0], 1} : Sizes{1, sizes[1]});
  };
  if (!fits(2) || !fits(3))
    return call.fail(ErrorCode::Mismatch, "a scale is neither one number nor one for each line");
  const Operand bias = call.is_none(4) ? Operand{nullptr, Scalar{}, {}, false} : arg(call, 4);
  if (bias.tensor && !(bias.tensor->sizes == Sizes{sizes[1]})) {
    return call.fail(ErrorCode::Mismatch, "the bias is not one number for each column");
  }
  return pointwise<4, kFloats>(
      call, {operand(product.tensor), arg(call, 2), arg(call, 3), bias}, ScalarType::Float,
      [](auto x, auto of_row, auto of_column, auto last) { return x * of_row * of_column + last; });
}

constexpr Operator kRows[] = {
    {"aten::_add_relu.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)", add_relu},
    {"aten::_add_relu.Scalar_out(Tensor self, Scalar other, Scalar alpha=1, *, Tensor(a!) out) -> Tensor(a!)",
     add_relu},
    {"aten::_addmm_activation.out(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, bool "
     "use_gelu=False, Tensor(a!) out) -> Tensor(a!)",
     addmm_activation},
    {"aten::_scaled_mm.out(Tensor self, Tensor mat2, Tensor scale_a, Tensor scale_b, Tensor? bias=None, Tensor? "
     "scale_result=None, ScalarType? out_dtype=None, bool use_fast_accum=False, *, Tensor(a!) out) -> Tensor(a!)",
     scaled_mm},
};

}  // namespace

std::span<const Operator> fused_operators() { return kRows; }

}  // namespace ptetool::ops
