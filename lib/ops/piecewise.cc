// Further functions of one tensor: shrinks, thresholds, roundings, and complex numbers from and to their parts.
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/table.h"
#include "ops/unary.h"

namespace ptetool::ops {

namespace {

// formula(x, number, …) with the next kNumbers arguments of the call, which PyTorch converts to self's dtype.
template <std::size_t kCount, DtypeSet kSet, class F>
Result<> with_numbers(Call& call, const F& formula) {
  return [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return pointwise<sizeof...(kIndex), kSet>(call, {arg(call, kIndex)...}, call.tensor(0).dtype, formula);
  }
  (std::make_index_sequence<kCount + 1>());
}

Result<> threshold(Call& call) {
  return with_numbers<2, kReals>(call, [](auto x, auto least, auto value) { return x <= least ? value : x; });
}
Result<> hardshrink(Call& call) {
  return with_numbers<1, kFloats>(call, []<class C>(C x, C near) { return x >= -near && x <= near ? C(0) : x; });
}
Result<> softshrink(Call& call) {
  return with_numbers<1, kFloats>(call, []<class C>(C x, C near) {
    return x > near ? x - near : x < -near ? x + near : x * C(0);
  });
}
// Of both shrinks: the gradient, 0 where the result is 0 or NaN.
Result<> shrink_backward(Call& call) {
  return pointwise<3, kFloats>(call, {arg(call, 0), arg(call, 1), arg(call, 2)},
                               Promotion().add(call, 0).add(call, 1).type(),
                               []<class C>(C g, C x, C near) { return x < -near || x > near ? g : C(0); });
}
Result<> celu(Call& call) {
  if (call.scalar(1).as_double() == 0) return call.fail(ErrorCode::Mismatch, "alpha is 0");
  return pointwise<2, kFloats>(call, {arg(call, 0), precise_arg(call, 1)}, call.tensor(0).dtype,
                               []<class C>(C x, C alpha) { return x > C(0) ? x : alpha * std::expm1(x / alpha); });
}
Result<> mish(Call& call) {
  // In double: the exponential of a number below -87 is no normal float, its product with the number may be one.
  return same_type<kFloats>(
      call, []<class C>(C x) { return static_cast<C>(x * std::tanh(std::log1p(std::exp(static_cast<double>(x))))); });
}
// min(x, 0) - log(1 + exp(-|x|)), and that exponential for the way back.
Result<> log_sigmoid(Call& call) {
  const auto falling = [](auto x) { return std::exp(-std::fabs(x)); };
  if (call.schema().outputs == 2) {
    PTETOOL_CHECK((pointwise_to<1, kFloats>(call, call.out(1), {arg(call, 0)}, call.tensor(0).dtype, falling)));
  }
  return same_type<kFloats>(call, [=]<class C>(C x) { return smaller(x, C(0)) - std::log1p(falling(x)); });
}

// To a number of decimal places, by a power of ten that is itself exact.
Result<> round_decimals(Call& call) {
  const std::int64_t decimals = call.integer(1);
  if (decimals == 0) return same_type<kFloats>(call, [](auto x) { return std::nearbyint(x); });
  const double power = std::pow(10.0, std::fabs(static_cast<double>(decimals)));
  return same_type<kFloats>(call, [=]<class C>(C x) {
    return decimals > 0 ? std::nearbyint(x * C(power)) / C(power) : std::nearbyint(x / C(power)) * C(power);
  });
}

template <class C>
C limit_of(ScalarType dtype) {
  if (dtype == ScalarType::Half) return C(65504);
  return dtype == ScalarType::BFloat16 ? C(std::bit_cast<float>(0x7F7F0000u)) : std::numeric_limits<C>::max();
}
Result<> nan_to_num(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  return with_compute_type<kRealsAndBool>(call, dtype, [&]<class C>() {
    const auto given = [&](std::size_t index, C absent) {
      return call.is_none(index) ? absent : static_cast<C>(call.real(index));
    };
    const C nan = given(1, C(0)), high = given(2, limit_of<C>(dtype)), low = given(3, C(-limit_of<C>(dtype)));
    return run_formula<C>(
        call, std::array{arg(call, 0)}, dtype,
        [=](C x) {
          if constexpr (std::is_same_v<C, std::int64_t>)
            return x;
          else
            return is_nan(x) ? nan : !std::isinf(x) ? x : x > C(0) ? high : low;
        },
        std::make_index_sequence<1>());
  });
}

template <class F>
Result<> infinite(Call& call, const F& sign) {
  return same_type<kRealsAndBool>(call, [&]<class C>(C x) -> bool {
    if constexpr (std::is_same_v<C, std::int64_t>)
      return false;
    else
      return x == sign(std::numeric_limits<C>::infinity());
  });
}
Result<> isposinf(Call& call) {
  return infinite(call, [](auto x) { return x; });
}
Result<> isneginf(Call& call) {
  return infinite(call, [](auto x) { return -x; });
}

Result<> square(Call& call) {
  const ScalarType common = Promotion().add(call, 0).add(Scalar{Scalar::Kind::Int, 2, 0}).type();
  return pointwise<1, kNumbers>(call, {arg(call, 0)}, common, [](auto x) { return times(x, x); });
}
Result<> deg2rad(Call& call) {
  return floating<kFloats>(call, []<class C>(C x) { return x * C(std::numbers::pi / 180); });
}
Result<> rad2deg(Call& call) {
  return floating<kFloats>(call, []<class C>(C x) { return x * C(180 / std::numbers::pi); });
}
// sin(pi x) by the distance to the nearest whole number, which is exact: pi x would be rounded.
double sine_of_half_turns(double x) {
  double rest = std::remainder(x, 2.0);
  if (std::fabs(rest) > 0.5) rest = std::copysign(1.0, rest) - rest;
  return std::sin(std::numbers::pi * rest);
}
// sin(pi x) / (pi x)
Result<> sinc(Call& call) {
  return floating(call, []<class C>(C x) {
    if constexpr (is_complex<C>) {
      const C angle = C(static_cast<typename C::value_type>(std::numbers::pi)) * x;
      return x == C(0) ? C(1) : std::sin(angle) / angle;
    } else {
      return x == C(0) ? C(1) : static_cast<C>(sine_of_half_turns(double{x}) / (std::numbers::pi * double{x}));
    }
  });
}

// --- Complex numbers

// The direction: of length 1, or 0.
Result<> sgn(Call& call) {
  return same_type<kNumbers>(call, []<class C>(C x) {
    if constexpr (is_complex<C>)
      return x == C(0) ? C(0) : x / std::abs(x);
    else
      return static_cast<C>((x > C(0) ? 1 : 0) - (x < C(0) ? 1 : 0));
  });
}
Result<> angle(Call& call) {
  return floating(call, []<class C>(C x) {
    if constexpr (is_complex<C>)
      return std::atan2(x.imag(), x.real());
    else
      return is_nan(x) ? x : x < C(0) ? C(std::numbers::pi) : C(0);
  });
}
template <class F>
Result<> from_parts(Call& call, const F& formula) {
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "the first part", call.tensor(1), "the second"));
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 1)}, call.tensor(0).dtype, formula);
}
Result<> complex(Call& call) {
  return from_parts(call, []<class C>(C real, C imaginary) { return std::complex<C>(real, imaginary); });
}
Result<> polar(Call& call) {
  return from_parts(call, []<class C>(C length, C angle) {
    return std::complex<C>(length * std::cos(angle), length * std::sin(angle));
  });
}

// x = mantissa * 2^exponent with a mantissa in [0.5, 1).
Result<> frexp(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  const auto exponent_of = []<class C>(C x) {
    int exponent = 0;
    if (std::isfinite(x)) static_cast<void>(std::frexp(x, &exponent));
    return static_cast<C>(exponent);
  };
  PTETOOL_CHECK((pointwise_to<1, kFloats>(call, call.out(1), {arg(call, 0)}, dtype, exponent_of)));
  return same_type<kFloats>(call, [](auto x) {
    int exponent = 0;
    return std::frexp(x, &exponent);
  });
}

constexpr Operator kRows[] = {
    {"aten::threshold.out(Tensor self, Scalar threshold, Scalar value, *, Tensor(a!) out) -> Tensor(a!)", threshold},
    {"aten::hardshrink.out(Tensor self, Scalar lambd=0.5, *, Tensor(a!) out) -> Tensor(a!)", hardshrink},
    {"aten::softshrink.out(Tensor self, Scalar lambd=0.5, *, Tensor(a!) out) -> Tensor(a!)", softshrink},
    {"aten::hardshrink_backward.grad_input(Tensor grad_out, Tensor self, Scalar lambd, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     shrink_backward},
    {"aten::softshrink_backward.grad_input(Tensor grad_output, Tensor self, Scalar lambd, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     shrink_backward},
    {"aten::celu.out(Tensor self, Scalar alpha=1., *, Tensor(a!) out) -> Tensor(a!)", celu},
    {"aten::mish.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", mish},
    {"aten::log_sigmoid.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", log_sigmoid},
    {"aten::log_sigmoid_forward.output(Tensor self, *, Tensor(a!) output, Tensor(b!) buffer) -> (Tensor(a!), "
     "Tensor(b!))",
     log_sigmoid},
    {"aten::round.decimals_out(Tensor self, *, int decimals, Tensor(a!) out) -> Tensor(a!)", round_decimals},
    {"aten::nan_to_num.out(Tensor self, float? nan=None, float? posinf=None, float? neginf=None, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     nan_to_num},
    {"aten::isposinf.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", isposinf},
    {"aten::isneginf.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", isneginf},
    {"aten::square.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", square},
    {"aten::deg2rad.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", deg2rad},
    {"aten::rad2deg.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", rad2deg},
    {"aten::sinc.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sinc},
    {"aten::sgn.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sgn},
    {"aten::angle.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", angle},
    {"aten::complex.out(Tensor real, Tensor imag, *, Tensor(a!) out) -> Tensor(a!)", complex},
    {"aten::polar.out(Tensor abs, Tensor angle, *, Tensor(a!) out) -> Tensor(a!)", polar},
    {"aten::frexp.Tensor_out(Tensor self, *, Tensor(a!) mantissa, Tensor(b!) exponent) -> (Tensor(a!) mantissa, "
     "Tensor(b!) exponent)",
     frexp},
};

}  // namespace

std::span<const Operator> piecewise_operators() { return kRows; }

}  // namespace ptetool::ops
