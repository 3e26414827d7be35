// The operators of the special functions: integers are computed as float32, float32 results are rounded from double.
#include <cmath>
#include <numbers>

#include "ops/special.h"
#include "ops/table.h"
#include "ops/unary.h"

namespace ptetool::ops {

namespace {

template <double (*kFunction)(double)>
Result<> special(Call& call) {
  return floating<kFloats>(call, []<class C>(C x) { return static_cast<C>(kFunction(static_cast<double>(x))); });
}
template <double (*kFunction)(int, double), int kOrder>
Result<> bessel(Call& call) {
  return floating<kFloats>(call,
                           []<class C>(C x) { return static_cast<C>(kFunction(kOrder, static_cast<double>(x))); });
}
template <double (*kFunction)(int, double, bool), int kOrder, bool kScaled>
Result<> modified(Call& call) {
  return floating<kFloats>(
      call, []<class C>(C x) { return static_cast<C>(kFunction(kOrder, static_cast<double>(x), kScaled)); });
}
template <double (*kFunction)(double, double)>
Result<> special_of_two(Call& call) {
  const ScalarType common = Promotion().add(call, 0).add(call, 1).floating_type();
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 1)}, common, []<class C>(C a, C b) {
    return static_cast<C>(kFunction(static_cast<double>(a), static_cast<double>(b)));
  });
}

// -x log(x)
Result<> entr(Call& call) {
  return floating<kFloats>(call, []<class C>(C x) {
    return x < C(0) ? -std::numeric_limits<C>::infinity() : x == C(0) ? C(0) : -x * std::log(x);
  });
}

Result<> polygamma_of(Call& call) {
  const std::int64_t n = call.integer(0);
  if (n < 0) return call.fail(ErrorCode::Mismatch, "n is negative");
  return pointwise<1, kFloats>(call, {arg(call, 1)}, Promotion().add(call, 1).floating_type(),
                               [=]<class C>(C x) { return static_cast<C>(polygamma(n, static_cast<double>(x))); });
}

// The logarithm of the multivariate gamma function.
Result<> mvlgamma(Call& call) {
  const std::int64_t p = call.integer(1);
  if (p < 1 || p > 10000) return call.fail(ErrorCode::Mismatch, "p is not between 1 and 10000");
  const double offset = static_cast<double>(p) * static_cast<double>(p - 1) / 4 * std::log(std::numbers::pi);
  return floating<kFloats>(call, [=]<class C>(C x) {
    double sum = offset;
    for (std::int64_t j = 0; j < p; ++j) sum += log_gamma(static_cast<double>(x) - static_cast<double>(j) / 2);
    return static_cast<C>(sum);
  });
}

constexpr Operator kRows[] = {
    {"aten::lgamma.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<log_gamma>},
    {"aten::digamma.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<digamma>},
    {"aten::polygamma.out(int n, Tensor self, *, Tensor(a!) out) -> Tensor(a!)", polygamma_of},
    {"aten::mvlgamma.out(Tensor self, int p, *, Tensor(a!) out) -> Tensor(a!)", mvlgamma},
    {"aten::igamma.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", special_of_two<gamma_below>},
    {"aten::igammac.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", special_of_two<gamma_above>},
    {"aten::special_zeta.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", special_of_two<zeta>},
    {"aten::special_zeta.other_scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     special_of_two<zeta>},
    {"aten::special_zeta.self_scalar_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     special_of_two<zeta>},
    {"aten::erfinv.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<erf_inverse>},
    {"aten::special_erfcx.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<erfc_scaled>},
    {"aten::special_ndtr.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<normal_cdf>},
    {"aten::special_log_ndtr.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<log_normal_cdf>},
    {"aten::special_ndtri.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", special<normal_quantile>},
    {"aten::special_entr.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", entr},
    {"aten::i0.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", modified<bessel_i, 0, false>},
    {"aten::special_i0e.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", modified<bessel_i, 0, true>},
    {"aten::special_i1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", modified<bessel_i, 1, false>},
    {"aten::special_i1e.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", modified<bessel_i, 1, true>},
    {"aten::special_modified_bessel_i0.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     modified<bessel_i, 0, false>},
    {"aten::special_modified_bessel_i1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     modified<bessel_i, 1, false>},
    {"aten::special_modified_bessel_k0.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     modified<bessel_k, 0, false>},
    {"aten::special_modified_bessel_k1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     modified<bessel_k, 1, false>},
    {"aten::special_scaled_modified_bessel_k0.out(Tensor x, *, Tensor(a!) out) -> Tensor(a!)",
     modified<bessel_k, 0, true>},
    {"aten::special_scaled_modified_bessel_k1.out(Tensor x, *, Tensor(a!) out) -> Tensor(a!)",
     modified<bessel_k, 1, true>},
    {"aten::special_bessel_j0.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", bessel<bessel_j, 0>},
    {"aten::special_bessel_j1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", bessel<bessel_j, 1>},
    {"aten::special_bessel_y0.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", bessel<bessel_y, 0>},
    {"aten::special_bessel_y1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", bessel<bessel_y, 1>},
    {"aten::special_airy_ai.out(Tensor x, *, Tensor(a!) out) -> Tensor(a!)", special<airy_ai>},
    {"aten::special_spherical_bessel_j0.out(Tensor x, *, Tensor(a!) out) -> Tensor(a!)", special<spherical_bessel_j0>},
};

}  // namespace

std::span<const Operator> special_operators() { return kRows; }

}  // namespace ptetool::ops
