// Orthogonal polynomials of degree n at x: those of Chebyshev (four kinds, and shifted to [0, 1]), Hermite, Laguerre
// and Legendre. Degrees are numbers of a tensor too, and are cut to integers; of negative ones the polynomial is 0.
//
// In double, from the recurrences, except for the Chebyshev ones of high degree within (-1, 1), which are cosines. A
// step beyond the numbers of the type C that is computed in is infinite, so that NaN follow where PyTorch has them.
#include <atomic>
#include <cmath>
#include <limits>

#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// A recurrence this long has no digits left, and would take too long.
constexpr std::int64_t kMostSteps = 1 << 20;

// p(k + 1) = next(k, p(k), p(k - 1)) up to degree n, from p(0) = 1 and p(1).
template <class C, class F>
double recurrence(std::int64_t n, double first, const F& next) {
  const auto held = [](double x) {
    return std::fabs(x) > double{std::numeric_limits<C>::max()} ? std::copysign(HUGE_VAL, x) : x;
  };
  if (n == 0) return 1;
  double before = 1, now = held(first);
  for (std::int64_t k = 1; k < n && !std::isnan(now); ++k) {
    const double after = held(next(static_cast<double>(k), now, before));
    before = now;
    now = after;
  }
  return now;
}
double sign_of(std::int64_t n) { return n % 2 == 0 ? 1 : -1; }

// The kinds of Chebyshev's polynomials differ in the first one, in what they are at the ends, and in their closed
// forms.
template <class C>
double chebyshev(double x, std::int64_t n, double first) {
  return recurrence<C>(n, first, [=](double, double now, double before) { return (x + x) * now - before; });
}
template <class C>
double chebyshev_t(double x, std::int64_t n) {
  if (std::fabs(x) == 1) return x > 0 ? 1 : sign_of(n);
  if (n > 6 && std::fabs(x) < 1) return std::cos(static_cast<double>(n) * std::acos(x));
  return chebyshev<C>(x, n, x);
}
template <class C>
double chebyshev_u(double x, std::int64_t n) {
  const double next = static_cast<double>(n) + 1;
  if (std::fabs(x) == 1) return x > 0 ? next : sign_of(n) * next;
  if (n > 8 && std::fabs(x) < 1) return std::sin(next * std::acos(x)) / std::sin(std::acos(x));
  return chebyshev<C>(x, n, x + x);
}
template <class C>
double chebyshev_v(double x, std::int64_t n) {
  const double middle = static_cast<double>(n) + 0.5;
  if (std::fabs(x) == 1) return x > 0 ? 1 : sign_of(n) * 2 * middle;
  if (n > 8 && std::fabs(x) < 1) return std::cos(middle * std::acos(x)) / std::cos(std::acos(x) / 2);
  return chebyshev<C>(x, n, x + x - 1);
}
template <class C>
double chebyshev_w(double x, std::int64_t n) {
  const double middle = static_cast<double>(n) + 0.5;
  if (std::fabs(x) == 1) return x > 0 ? 2 * middle : sign_of(n);
  if (n > 8 && std::fabs(x) < 1) return std::sin(middle * std::acos(x)) / std::sin(std::acos(x) / 2);
  return chebyshev<C>(x, n, x + x + 1);
}
template <class C>
double shifted_t(double x, std::int64_t n) {
  return chebyshev_t<C>(x + x - 1, n);
}
template <class C>
double shifted_u(double x, std::int64_t n) {
  return chebyshev_u<C>(x + x - 1, n);
}
template <class C>
double shifted_v(double x, std::int64_t n) {
  return chebyshev_v<C>(x + x - 1, n);
}
template <class C>
double shifted_w(double x, std::int64_t n) {
  return chebyshev_w<C>(x + x - 1, n);
}

template <class C>
double hermite_h(double x, std::int64_t n) {
  return recurrence<C>(n, x + x, [=](double k, double now, double before) { return (x + x) * now - 2 * k * before; });
}
template <class C>
double hermite_he(double x, std::int64_t n) {
  return recurrence<C>(n, x, [=](double k, double now, double before) { return x * now - k * before; });
}
template <class C>
double laguerre_l(double x, std::int64_t n) {
  if (x == 0) return 1;
  return recurrence<C>(
      n, 1 - x, [=](double k, double now, double before) { return ((k + k + (1 - x)) * now - k * before) / (k + 1); });
}
template <class C>
double legendre_p(double x, std::int64_t n) {
  if (std::fabs(x) == 1) return x > 0 ? 1 : sign_of(n);
  return recurrence<C>(
      n, x, [=](double k, double now, double before) { return ((k + k + 1) * x * now - k * before) / (k + 1); });
}

// PyTorch gives no numbers for Hermite's polynomials of higher degrees.
template <class C>
constexpr std::int64_t kHermiteLimit = std::is_same_v<C, float> ? 128 : 512;

using Polynomial = double (*)(double, std::int64_t);
template <Polynomial kOfFloat, Polynomial kOfDouble>
Result<> polynomial(Call& call) {
  constexpr bool kHermite = kOfDouble == hermite_h<double> || kOfDouble == hermite_he<double>;
  std::atomic<bool> too_long = false;  // set by any thread
  const ScalarType common = Promotion().add(call, 0).add(call, 1).floating_type();
  auto done = pointwise<2, dtype_set(ScalarType::Float, ScalarType::Double)>(
      call, {arg(call, 0), arg(call, 1)}, common, [&]<class C>(C x, C degree) {
        const std::int64_t n = to_int64(static_cast<double>(degree));
        if (n < 0) return C(0);
        if (kHermite && n > kHermiteLimit<C>) return std::numeric_limits<C>::quiet_NaN();
        if (n > kMostSteps) {
          too_long = true;
          return C(0);
        }
        constexpr Polynomial kPolynomial = std::is_same_v<C, float> ? kOfFloat : kOfDouble;
        return static_cast<C>(kPolynomial(static_cast<double>(x), n));
      });
  if (done && too_long) return call.fail(ErrorCode::Limit, "a degree is above " + std::to_string(kMostSteps));
  return done;
}

// The overloads that take a number on either side share a kernel.
#define PTETOOL_POLYNOMIAL(name, function)                                                         \
  {"aten::special_" name ".out(Tensor x, Tensor n, *, Tensor(a!) out) -> Tensor(a!)",              \
   polynomial<function<float>, function<double>>},                                                 \
      {"aten::special_" name ".x_scalar_out(Scalar x, Tensor n, *, Tensor(a!) out) -> Tensor(a!)", \
       polynomial<function<float>, function<double>>},                                             \
  {                                                                                                \
    "aten::special_" name ".n_scalar_out(Tensor x, Scalar n, *, Tensor(a!) out) -> Tensor(a!)",    \
        polynomial<function<float>, function<double>>                                              \
  }

constexpr Operator kRows[] = {
    PTETOOL_POLYNOMIAL("chebyshev_polynomial_t", chebyshev_t),
    PTETOOL_POLYNOMIAL("chebyshev_polynomial_u", chebyshev_u),
    PTETOOL_POLYNOMIAL("chebyshev_polynomial_v", chebyshev_v),
    PTETOOL_POLYNOMIAL("chebyshev_polynomial_w", chebyshev_w),
    PTETOOL_POLYNOMIAL("shifted_chebyshev_polynomial_t", shifted_t),
    PTETOOL_POLYNOMIAL("shifted_chebyshev_polynomial_u", shifted_u),
    PTETOOL_POLYNOMIAL("shifted_chebyshev_polynomial_v", shifted_v),
    PTETOOL_POLYNOMIAL("shifted_chebyshev_polynomial_w", shifted_w),
    PTETOOL_POLYNOMIAL("hermite_polynomial_h", hermite_h),
    PTETOOL_POLYNOMIAL("hermite_polynomial_he", hermite_he),
    PTETOOL_POLYNOMIAL("laguerre_polynomial_l", laguerre_l),
    PTETOOL_POLYNOMIAL("legendre_polynomial_p", legendre_p),
};
#undef PTETOOL_POLYNOMIAL

}  // namespace

std::span<const Operator> polynomial_operators() { return kRows; }

}  // namespace ptetool::ops
