// Further functions of two and three operands: blends, logarithms of sums, common divisors, bounds from one side. The
// overloads that take a number on either side share a kernel.
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "ops/pointwise.h"
#include "ops/special.h"
#include "ops/table.h"
#include "ptetool/tensor/half.h"

namespace ptetool::ops {

namespace {

ScalarType common_of(Call& call) { return Promotion().add(call, 0).add(call, 1).type(); }
ScalarType floating_of(Call& call) { return Promotion().add(call, 0).add(call, 1).floating_type(); }

// formula(a, b) of the two arguments in their common dtype, or in that dtype as a floating one.
template <DtypeSet kSet, class F>
Result<> of_two(Call& call, const F& formula) {
  return pointwise<2, kSet>(call, {arg(call, 0), arg(call, 1)}, common_of(call), formula);
}
template <class F>
Result<> of_two_floats(Call& call, const F& formula) {
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 1)}, floating_of(call), formula);
}

// --- Three operands

ScalarType common_of_three(Call& call) { return Promotion().add(call, 0).add(call, 1).add(call, 2).type(); }

// self + value * tensor1 * tensor2
Result<> addcmul(Call& call) {
  return pointwise<4, kNumbers>(call, {arg(call, 0), arg(call, 1), arg(call, 2), precise_arg(call, 3)},
                                common_of_three(call),
                                [](auto x, auto a, auto b, auto value) { return plus(x, times(times(value, a), b)); });
}
// self + value * tensor1 / tensor2
Result<> addcdiv(Call& call) {
  return pointwise<4, kFloats | kComplexes>(call, {arg(call, 0), arg(call, 1), arg(call, 2), precise_arg(call, 3)},
                                            common_of_three(call),
                                            [](auto x, auto a, auto b, auto value) { return x + value * a / b; });
}
// From the nearer end, so that a weight of 1 gives the other end exactly.
Result<> lerp(Call& call) {
  return pointwise<3, kFloats | kComplexes>(
      call, {arg(call, 0), arg(call, 1), precise_arg(call, 2)}, common_of(call), []<class C>(C from, C to, C weight) {
        return std::abs(weight) < 0.5f ? from + weight * (to - from) : to - (to - from) * (C(1) - weight);
      });
}

// --- Bounds. A NaN on either side is the result; of fmax and fmin only where both are.

// A bound that is a number must be one of the dtype that is computed in.
Result<> check_bound(Call& call) {
  return call.optional_tensor(1) ? Result<>() : check_converts(call, call.scalar(1), common_of(call));
}
Result<> clamp_min(Call& call) {
  PTETOOL_CHECK(check_bound(call));
  return of_two<kRealsAndBool>(call, [](auto x, auto low) { return larger(x, low); });
}
Result<> clamp_max(Call& call) {
  PTETOOL_CHECK(check_bound(call));
  return of_two<kRealsAndBool>(call, [](auto x, auto high) { return smaller(x, high); });
}
Result<> fmax(Call& call) {
  return of_two<kRealsAndBool>(call, [](auto a, auto b) { return is_nan(b) || a > b ? a : b; });
}
Result<> fmin(Call& call) {
  return of_two<kRealsAndBool>(call, [](auto a, auto b) { return is_nan(b) || a < b ? a : b; });
}

// --- Integers

std::int64_t magnitude(std::int64_t x) { return x < 0 ? minus(std::int64_t{0}, x) : x; }
// Euclid's, with PyTorch's signs: the least number of a dtype stays negative as a magnitude there.
std::int64_t common_divisor(std::int64_t a, std::int64_t b, std::int64_t least) {
  std::int64_t x = a == least ? a : magnitude(a);
  std::int64_t y = b == least ? b : magnitude(b);
  while (x != 0) x = std::exchange(y, x) % x;
  return y;
}
// The least number of a signed dtype; 0, which is its own magnitude, of others.
std::int64_t least_of(ScalarType dtype) {
  if (!contains(dtype_set(ScalarType::Char, ScalarType::Short, ScalarType::Int, ScalarType::Long), dtype)) return 0;
  return std::numeric_limits<std::int64_t>::min() >> (64 - 8 * *dtype_size(dtype));
}
Result<> gcd(Call& call) {
  const std::int64_t least = least_of(common_of(call));
  return of_two<kIntegers>(call, [=](std::int64_t a, std::int64_t b) { return common_divisor(a, b, least); });
}
Result<> lcm(Call& call) {
  const std::int64_t least = least_of(common_of(call));
  return of_two<kIntegers>(call, [=](std::int64_t a, std::int64_t b) {
    const std::int64_t divisor = common_divisor(a, b, least);
    if (divisor == 0) return std::int64_t{0};
    return magnitude(times(divisor == -1 ? minus(std::int64_t{0}, a) : a / divisor, b));
  });
}

// --- Floating functions

Result<> heaviside(Call& call) {
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", call.tensor(1), "values"));
  return of_two<kRealsAndBool>(call, []<class C>(C x, C at_zero) {
    return x == C(0) ? at_zero : x > C(0) ? C(1) : C(0);
  });
}
// x * log(y), 0 where x is 0 whatever y is, NaN where y is.
Result<> xlogy(Call& call) {
  return of_two_floats(call, []<class C>(C x, C y) { return is_nan(y) ? y : x == C(0) ? C(0) : x * std::log(y); });
}
Result<> xlog1py(Call& call) {
  return of_two_floats(call, []<class C>(C x, C y) { return is_nan(y) ? y : x == C(0) ? C(0) : x * std::log1p(y); });
}
// Equal infinities are their own sum; their difference would be NaN. In double, for sums that cancel.
Result<> logaddexp(Call& call) {
  return of_two<kFloats | kComplexes>(call, []<class C>(C a, C b) {
    if constexpr (is_complex<C>) {
      return static_cast<C>(log_add_exp(static_cast<Complex128>(a), static_cast<Complex128>(b)));
    } else {
      if (std::isinf(a) && a == b) return a;
      const auto x = static_cast<double>(a), y = static_cast<double>(b);
      return static_cast<C>(larger(x, y) + std::log1p(std::exp(-std::fabs(x - y))));
    }
  });
}
Result<> logaddexp2(Call& call) {
  return of_two<kFloats>(call, []<class C>(C a, C b) {
    if (std::isinf(a) && a == b) return a;
    const auto x = static_cast<double>(a), y = static_cast<double>(b);
    return static_cast<C>(larger(x, y) + std::log1p(std::exp2(-std::fabs(x - y))) * std::numbers::log2e);
  });
}
Result<> copysign(Call& call) {
  return of_two_floats(call, [](auto a, auto b) { return std::copysign(a, b); });
}
// self * 2^other, the power rounded to the dtype that it has by itself.
Result<> ldexp(Call& call) {
  const ScalarType power = Promotion().add(call, 1).floating_type();
  const bool narrow = power != ScalarType::Double;
  return pointwise<2, kFloats | kComplexes>(
      call, {arg(call, 0), arg(call, 1)}, floating_of(call), [=]<class C>(C x, C exponent) {
        if constexpr (is_complex<C>)
          return x * std::pow(C(2), exponent);
        else if (narrow)
          return x * C(rounded_to(power, std::exp2(static_cast<float>(exponent))));
        else
          return x * std::exp2(exponent);
      });
}
// Always in double.
Result<> float_power(Call& call) {
  const ScalarType common = is_complex_dtype(common_of(call)) ? ScalarType::ComplexDouble : ScalarType::Double;
  return pointwise<2, kFloats | kComplexes>(call, {arg(call, 0), arg(call, 1)}, common,
                                            [](auto base, auto exponent) { return std::pow(base, exponent); });
}

// The next number after x in the direction of y; in a format of 16 bits it is the next pattern.
template <class Narrow>
float next_pattern(float x, float y, Narrow (*narrowed)(float)) {
  if (x == y || is_nan(x) || is_nan(y)) return std::nextafter(x, y);
  if (x == 0) return to_float(Narrow{static_cast<std::uint16_t>(y < 0 ? 0x8001 : 1)});
  const std::uint16_t bits = narrowed(x).bits;
  return to_float(Narrow{static_cast<std::uint16_t>((y > x) == (x > 0) ? bits + 1 : bits - 1)});
}
Result<> nextafter(Call& call) {
  const ScalarType common = common_of(call);
  return of_two<kFloats>(call, [=]<class C>(C x, C y) {
    if constexpr (std::is_same_v<C, float>) {
      if (common == ScalarType::Half) return next_pattern<Half>(x, y, [](float value) { return to_half(value); });
      if (common == ScalarType::BFloat16) {
        return next_pattern<BFloat16>(x, y, [](float value) { return to_bfloat16(value); });
      }
    }
    return std::nextafter(x, y);
  });
}

constexpr Operator kRows[] = {
    {"aten::addcmul.out(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1, Tensor(a!) out) -> Tensor(a!)",
     addcmul},
    {"aten::addcdiv.out(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1, Tensor(a!) out) -> Tensor(a!)",
     addcdiv},
    {"aten::lerp.Scalar_out(Tensor self, Tensor end, Scalar weight, *, Tensor(a!) out) -> Tensor(a!)", lerp},
    {"aten::lerp.Tensor_out(Tensor self, Tensor end, Tensor weight, *, Tensor(a!) out) -> Tensor(a!)", lerp},
    {"aten::clamp_min.out(Tensor self, Scalar min, *, Tensor(a!) out) -> Tensor(a!)", clamp_min},
    {"aten::clamp_min.Tensor_out(Tensor self, Tensor min, *, Tensor(a!) out) -> Tensor(a!)", clamp_min},
    {"aten::clamp_max.out(Tensor self, Scalar max, *, Tensor(a!) out) -> Tensor(a!)", clamp_max},
    {"aten::clamp_max.Tensor_out(Tensor self, Tensor max, *, Tensor(a!) out) -> Tensor(a!)", clamp_max},
    {"aten::fmax.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", fmax},
    {"aten::fmin.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", fmin},
    {"aten::gcd.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", gcd},
    {"aten::lcm.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", lcm},
    {"aten::heaviside.out(Tensor self, Tensor values, *, Tensor(a!) out) -> Tensor(a!)", heaviside},
    {"aten::xlogy.OutTensor(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", xlogy},
    {"aten::xlogy.OutScalar_Other(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", xlogy},
    {"aten::xlogy.OutScalar_Self(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", xlogy},
    {"aten::special_xlog1py.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", xlog1py},
    {"aten::special_xlog1py.other_scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", xlog1py},
    {"aten::special_xlog1py.self_scalar_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", xlog1py},
    {"aten::logaddexp.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", logaddexp},
    {"aten::logaddexp2.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", logaddexp2},
    {"aten::copysign.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", copysign},
    {"aten::copysign.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", copysign},
    {"aten::ldexp.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", ldexp},
    {"aten::float_power.Tensor_Tensor_out(Tensor self, Tensor exponent, *, Tensor(a!) out) -> Tensor(a!)", float_power},
    {"aten::float_power.Tensor_Scalar_out(Tensor self, Scalar exponent, *, Tensor(a!) out) -> Tensor(a!)", float_power},
    {"aten::float_power.Scalar_out(Scalar self, Tensor exponent, *, Tensor(a!) out) -> Tensor(a!)", float_power},
    {"aten::nextafter.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", nextafter},
};

}  // namespace

std::span<const Operator> binary_math_operators() { return kRows; }

}  // namespace ptetool::ops
