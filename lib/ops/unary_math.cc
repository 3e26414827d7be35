// The mathematical functions of one number: trigonometry, logarithms, roots, rounding, sign and what kind of number it
// is. Integers are computed in float32 where the result is a fraction.
#include <cmath>
#include <numbers>

#include "ops/table.h"
#include "ops/unary.h"

namespace ptetool::ops {

namespace {

Result<> acos(Call& call) {
  return floating(call, [](auto x) { return std::acos(x); });
}
Result<> acosh(Call& call) {
  return floating(call, [](auto x) { return std::acosh(x); });
}
Result<> asin(Call& call) {
  return floating(call, [](auto x) { return std::asin(x); });
}
Result<> asinh(Call& call) {
  return floating(call, [](auto x) { return std::asinh(x); });
}
Result<> atan(Call& call) {
  return floating(call, [](auto x) { return std::atan(x); });
}
Result<> atanh(Call& call) {
  return floating(call, [](auto x) { return in_double_if_complex(x, [](auto z) { return std::atanh(z); }); });
}
Result<> cos(Call& call) {
  return floating(call, [](auto x) { return std::cos(x); });
}
Result<> cosh(Call& call) {
  return floating(call, [](auto x) { return std::cosh(x); });
}
Result<> sin(Call& call) {
  return floating(call, [](auto x) { return std::sin(x); });
}
Result<> sinh(Call& call) {
  return floating(call, [](auto x) { return std::sinh(x); });
}
Result<> tan(Call& call) {
  return floating(call, [](auto x) { return in_double_if_complex(x, [](auto z) { return std::tan(z); }); });
}
Result<> log(Call& call) {
  return floating(call, [](auto x) { return std::log(x); });
}
Result<> log10(Call& call) {
  return floating(call, [](auto x) { return std::log10(x); });
}
Result<> sqrt(Call& call) {
  return floating(call, [](auto x) { return std::sqrt(x); });
}
// exp(a + bi) - 1 = expm1(a) cos(b) - (1 - cos(b)) + sin(b) exp(a) i
Result<> expm1(Call& call) {
  return floating(call, []<class C>(C x) {
    if constexpr (is_complex<C>) {
      const auto half = std::sin(x.imag() / 2);
      return C(std::expm1(x.real()) * std::cos(x.imag()) - 2 * half * half, std::sin(x.imag()) * std::exp(x.real()));
    } else {
      return std::expm1(x);
    }
  });
}
// log|1 + z| from |1 + z|^2 - 1, which keeps small z.
Result<> log1p(Call& call) {
  return floating(call, []<class C>(C x) {
    if constexpr (is_complex<C>) {
      const auto a = x.real(), b = x.imag();
      const C z = C(1) + x;
      const bool near = std::abs(x) < 0.5f;
      return C(near ? std::log1p(a * (2 + a) + b * b) / 2 : std::log(std::abs(z)), std::atan2(b, z.real()));
    } else {
      return std::log1p(x);
    }
  });
}
Result<> log2(Call& call) {
  return floating(call, []<class C>(C x) {
    if constexpr (is_complex<C>)
      return std::log(x) / std::numbers::ln2_v<typename C::value_type>;
    else
      return std::log2(x);
  });
}
Result<> rsqrt(Call& call) {
  return floating(call, []<class C>(C x) { return C(1) / std::sqrt(x); });
}
Result<> reciprocal(Call& call) {
  return floating(call, []<class C>(C x) { return C(1) / x; });
}
Result<> erf(Call& call) {
  return floating<kFloats>(call, [](auto x) { return std::erf(x); });
}

// --- Rounding: integers are what they are.

template <class F>
Result<> rounded(Call& call, const F& formula) {
  return same_type<kReals>(call, [&]<class C>(C x) {
    if constexpr (std::is_same_v<C, std::int64_t>)
      return x;
    else
      return formula(x);
  });
}
Result<> ceil(Call& call) {
  return rounded(call, [](auto x) { return std::ceil(x); });
}
Result<> floor(Call& call) {
  return rounded(call, [](auto x) { return std::floor(x); });
}
Result<> trunc(Call& call) {
  return rounded(call, [](auto x) { return std::trunc(x); });
}
Result<> round(Call& call) {
  return rounded(call, [](auto x) { return std::nearbyint(x); });
}

// The sign of NaN is 0.
Result<> sign(Call& call) {
  return same_type<kRealsAndBool>(call,
                                  []<class C>(C x) { return static_cast<C>((x > C(0) ? 1 : 0) - (x < C(0) ? 1 : 0)); });
}

template <class F>
Result<> classified(Call& call, const F& truth) {
  return same_type<kNumbers>(call, [&]<class C>(C x) -> bool {
    if constexpr (is_complex<C>)
      return truth(x.real()) || truth(x.imag());
    else if constexpr (std::is_floating_point_v<C>)
      return truth(x);
    else
      return false;
  });
}
Result<> isnan(Call& call) {
  return classified(call, [](auto x) { return std::isnan(x); });
}
Result<> isinf(Call& call) {
  return classified(call, [](auto x) { return std::isinf(x); });
}
Result<> conj_physical(Call& call) {
  return same_type<kNumbers>(call, [](auto x) { return conjugate(x); });
}

constexpr Operator kRows[] = {
    {"aten::acos.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", acos},
    {"aten::acosh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", acosh},
    {"aten::asin.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", asin},
    {"aten::asinh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", asinh},
    {"aten::atan.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", atan},
    {"aten::atanh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", atanh},
    {"aten::cos.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", cos},
    {"aten::cosh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", cosh},
    {"aten::sin.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sin},
    {"aten::sinh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sinh},
    {"aten::tan.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", tan},
    {"aten::log.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", log},
    {"aten::log10.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", log10},
    {"aten::sqrt.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sqrt},
    {"aten::expm1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", expm1},
    {"aten::log1p.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", log1p},
    {"aten::log2.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", log2},
    {"aten::rsqrt.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", rsqrt},
    {"aten::reciprocal.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", reciprocal},
    {"aten::erf.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", erf},
    {"aten::ceil.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", ceil},
    {"aten::floor.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", floor},
    {"aten::trunc.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", trunc},
    {"aten::round.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", round},
    {"aten::sign.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sign},
    {"aten::isnan.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", isnan},
    {"aten::isinf.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", isinf},
    {"aten::_conj_physical.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", conj_physical},
    {"aten::_conj_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", conj_physical},
    {"aten::conj_physical.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", conj_physical},
};

}  // namespace

std::span<const Operator> unary_math_operators() { return kRows; }

}  // namespace ptetool::ops
