// Activations beyond relu and sigmoid, and masked_fill. Half and bfloat16 are computed in float, and rounded once.
#include <cmath>
#include <numbers>

#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/unary.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

Result<> gelu(Call& call) {
  if (call.text(1) == "none") {
    return same_type<kFloats>(
        call, [](auto x) { return vector_gelu(x); }, simd::gelu);
  }
  if (call.text(1) != "tanh") return call.fail(ErrorCode::Malformed, "approximate is neither 'none' nor 'tanh'");
  return same_type<kFloats>(
      call, [](auto x) { return vector_gelu_tanh(x); }, simd::gelu_tanh);
}

Result<> leaky_relu(Call& call) {
  return with_compute_type<kFloats>(call, call.tensor(0).dtype, [&]<class C>() {
    const C slope = number_of<C>(call.scalar(1));
    return run_formula<C>(
        call, std::array{arg(call, 0)}, call.tensor(0).dtype, [slope](C x) { return x > C(0) ? x : x * slope; },
        std::make_index_sequence<1>());
  });
}

// scale * x above 0, scale * alpha * (exp(input_scale * x) - 1) below.
Result<> elu(Call& call) {
  return with_compute_type<kFloats>(call, call.tensor(0).dtype, [&]<class C>() {
    const C scale = number_of<C>(call.scalar(2));
    const C below = number_of<C>(call.scalar(1)) * scale;
    const C inside = number_of<C>(call.scalar(3));
    return run_formula<C>(
        call, std::array{arg(call, 0)}, call.tensor(0).dtype,
        [=](C x) { return x <= C(0) ? std::expm1(x * inside) * below : x * scale; }, std::make_index_sequence<1>());
  });
}

// log(x / (1 - x)), x kept within [eps, 1 - eps] if that is given.
Result<> logit(Call& call) {
  const bool bounded = !call.is_none(1);
  const double eps = bounded ? call.real(1) : 0;
  return floating<kFloats>(call, [=]<class C>(C x) {
    const C low = C(eps);
    const C high = C(1) - low;
    if (bounded) x = x < low ? low : (x > high ? high : x);
    // Near 1/2 the logarithm is that of a number near 1.
    if (x > C(0.25) && x < C(0.75)) return std::log1p((C(2) * x - C(1)) / (C(1) - x));
    return x == C(1) ? std::numeric_limits<C>::infinity() : std::log(x / (C(1) - x));
  });
}

Result<> masked_fill(Call& call) {
  const ScalarType mask = call.tensor(1).dtype;
  if (mask != ScalarType::Bool && mask != ScalarType::Byte) return unsupported_dtype(call, mask);
  PTETOOL_CHECK(check_converts(call, call.scalar(2), call.tensor(0).dtype));
  return pointwise<3, kNumbers>(call, {arg(call, 0), arg(call, 1), arg(call, 2)}, call.tensor(0).dtype,
                                []<class C>(C x, C truth, C value) { return truth != C(0) ? value : x; });
}

constexpr Operator kRows[] = {
    {"aten::gelu.out(Tensor self, *, str approximate=\"none\", Tensor(a!) out) -> Tensor(a!)", gelu},
    {"aten::leaky_relu.out(Tensor self, Scalar negative_slope=0.01, *, Tensor(a!) out) -> Tensor(a!)", leaky_relu},
    {"aten::elu.out(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     elu},
    {"aten::logit.out(Tensor self, float? eps=None, *, Tensor(a!) out) -> Tensor(a!)", logit},
    {"aten::masked_fill.Scalar_out(Tensor self, Tensor mask, Scalar value, *, Tensor(a!) out) -> Tensor(a!)",
     masked_fill},
};

}  // namespace

std::span<const Operator> activation_operators() { return kRows; }

}  // namespace ptetool::ops
