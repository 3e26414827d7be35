// pow, whose three overloads differ only in which side is a number. Integer powers wrap.
#include <cmath>

#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// A negative exponent gives what is left of the fraction: only 1 and -1 have an integer inverse.
std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == 1) return 1;
    return base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  }
  std::int64_t result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = times(result, base);
    base = times(base, base);
  }
  return result;
}
template <class C>
C power(C base, C exponent) {
  return std::pow(base, exponent);
}
// By way of double: the angle is a product.
Complex64 power(Complex64 base, Complex64 exponent) {
  return Complex64(std::pow(Complex128(base), Complex128(exponent)));
}

ScalarType common_of(Call& call) { return Promotion().add(call, 0).add(call, 1).type(); }

Result<> pow(Call& call) {
  return pointwise<2, kNumbers>(call, {arg(call, 0), arg(call, 1)}, common_of(call),
                                [](auto base, auto exponent) { return power(base, exponent); });
}

template <class F>
Result<> of_base(Call& call, ScalarType common, const F& formula) {
  return pointwise<1, kFloats>(call, {arg(call, 0)}, common, formula);
}

// PyTorch takes short cuts for some exponents, which show in the powers of -inf and -0; for roots not in half.
Result<> pow_scalar(Call& call) {
  const ScalarType common = common_of(call);
  const double exponent = call.scalar(1).as_double();
  if (is_integral_or_bool(common) && exponent < 0) {
    return call.fail(ErrorCode::Mismatch, "an integer to a negative power");
  }
  if (!contains(kFloats, common)) return pow(call);
  const bool roots = common != ScalarType::Half;
  if (roots && exponent == 0.5) return of_base(call, common, [](auto x) { return std::sqrt(x); });
  if (exponent == 2) return of_base(call, common, [](auto x) { return x * x; });
  if (exponent == 3) return of_base(call, common, [](auto x) { return x * x * x; });
  if (roots && exponent == -0.5) return of_base(call, common, []<class C>(C x) { return C(1) / std::sqrt(x); });
  if (exponent == -1) return of_base(call, common, []<class C>(C x) { return C(1) / x; });
  if (exponent == -2) return of_base(call, common, []<class C>(C x) { return C(1) / (x * x); });
  return pow(call);
}

constexpr Operator kRows[] = {
    {"aten::pow.Tensor_Tensor_out(Tensor self, Tensor exponent, *, Tensor(a!) out) -> Tensor(a!)", pow},
    {"aten::pow.Tensor_Scalar_out(Tensor self, Scalar exponent, *, Tensor(a!) out) -> Tensor(a!)", pow_scalar},
    {"aten::pow.Scalar_out(Scalar self, Tensor exponent, *, Tensor(a!) out) -> Tensor(a!)", pow},
};

}  // namespace

std::span<const Operator> power_operators() { return kRows; }

}  // namespace ptetool::ops
