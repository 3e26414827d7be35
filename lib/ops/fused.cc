// Operators that are another one and a step more: sums and products with an activation, products of 8-bit floats with
// their scales, combinations of tensors, and what attention does with the result of its projection.
#include <cmath>

#include "ops/gemm.h"
#include "ops/parts.h"
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

// out[m] = the sum of coefficients[m, n] * input[n]: a product of matrices. Coefficients are real.
Result<> linear_combination(Call& call) {
  const Tensor input = call.tensor(0), coefficients = call.tensor(1);
  Tensor& out = call.out();
  if (!contains(kFloats | kComplexes, input.dtype)) return unsupported_dtype(call, input.dtype);
  if (coefficients.dtype != real_of(input.dtype)) return unsupported_dtype(call, coefficients.dtype);
  if (input.rank() == 0 || coefficients.rank() != 2 || coefficients.sizes[1] != input.sizes[0]) {
    return call.fail(ErrorCode::Mismatch, "there are not as many coefficients as tensors");
  }
  Sizes sizes = input.sizes;
  sizes[0] = coefficients.sizes[0];
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};
  const std::int64_t rest = out.numel() / sizes[0];
  PTETOOL_ASSIGN(const OwnedTensor straight, contiguous_copy(input));
  PTETOOL_ASSIGN(const OwnedTensor factors, allocate_tensor(input.dtype, coefficients.sizes));
  PTETOOL_ASSIGN(const OwnedTensor result, allocate_tensor(input.dtype, sizes));
  PTETOOL_CHECK(copy_view(call, View(coefficients), View(factors.tensor)));
  PTETOOL_CHECK(multiply(call, {View(factors.tensor),
                                View(straight.tensor, Sizes{input.sizes[0], rest}),
                                View(result.tensor, Sizes{sizes[0], rest}),
                                {}}));
  return copy_view(call, View(result.tensor), View(out));
}

// Queries, keys and values [batch, heads, steps, size] of one projection [batch, steps, 3 * heads * size], each with
// its bias; queries are divided by the root of their size.
Result<> split_projection(Call& call) {
  const Tensor qkv = call.tensor(0), bias = call.tensor(1);
  const std::int64_t heads = call.integer(2), width = qkv.rank() == 3 ? qkv.sizes[2] : 0;
  PTETOOL_CHECK(same_dtype(call, qkv, "qkv", bias, "qkv_bias"));
  if (heads < 1 || width == 0 || width % 3 != 0 || width / 3 % heads != 0 || !(bias.sizes == Sizes{width})) {
    return call.fail(ErrorCode::Mismatch, "qkv is not three projections for each head, with a bias");
  }
  const std::int64_t size = width / 3 / heads, steps = qkv.sizes[1];
  const Sizes sizes = {qkv.sizes[0], heads, steps, size};
  for (std::size_t which = 0; which < 3; ++which) {
    const auto third = static_cast<std::int64_t>(which) * heads * size;
    Tensor numbers = window(qkv, 2, third, heads * size), add = window(bias, 0, third, heads * size);
    const std::int64_t inner = qkv.strides[2];
    numbers.strides = {qkv.strides[0], size * inner, qkv.strides[1], inner};
    numbers.sizes = sizes;
    add.strides = {0, size, 0, 1};
    add.sizes = sizes;
    PTETOOL_CHECK(prepare(call, call.out(which), sizes));
    const double factor = which == 0 ? 1 / std::sqrt(static_cast<double>(size)) : 1;
    PTETOOL_CHECK((pointwise_to<2, kFloats>(call, call.out(which), {operand(numbers), operand(add)}, qkv.dtype,
                                            [=]<class C>(C x, C plus) { return (x + plus) * C(factor); })));
  }
  return {};
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
    {"aten::_compute_linear_combination.out(Tensor input, Tensor coefficients, *, Tensor(a!) out) -> Tensor(a!)",
     linear_combination},
    {"aten::_transform_bias_rescale_qkv.out(Tensor qkv, Tensor qkv_bias, int num_heads, *, Tensor(a!) out0, Tensor(b!) "
     "out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     split_projection},
};

}  // namespace

std::span<const Operator> fused_operators() { return kRows; }

}  // namespace ptetool::ops
