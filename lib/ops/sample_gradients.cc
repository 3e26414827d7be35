// How random numbers of a gamma, beta or Dirichlet distribution move when its parameters do, the random source being
// held: minus the slope of the distribution function along the parameter over the density. Computed in double from
// series all of whose terms have one sign for numbers that occur; PyTorch has approximations of three to four digits.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/special.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr int kMostSteps = 100000;
constexpr double kDigits = 1e-17;

// A number with its derivative along the parameter.
struct Dual {
  double value = 0, slope = 0;
};
Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
Dual inverse(Dual a) { return {1 / a.value, -a.slope / (a.value * a.value)}; }

// Below the middle: sum of x^n gamma(a) / gamma(a + n + 1) (digamma(a + n + 1) - log(x)), times x.
double gamma_gradient_below(double a, double x) {
  double term = 1 / a, weight = digamma(a + 1) - std::log(x), sum = term * weight;
  for (int n = 1; n < kMostSteps; ++n) {
    term *= x / (a + n);
    weight += 1 / (a + n);
    sum += term * weight;
    if (term * weight < sum * kDigits) break;
  }
  return x * sum;
}
// Above: the continued fraction h of gamma(a, x) = exp(-x) x^a h, with its slope along a, by Lentz's method.
double gamma_gradient_above(double a, double x) {
  Dual b = {x + 1 - a, -1}, c = {1 / 1e-300, 0}, d = inverse(b), h = d;
  for (int k = 1; k < kMostSteps; ++k) {
    const Dual factor = {-k * (k - a), static_cast<double>(k)};
    b.value += 2;
    d = inverse(factor * d + b);
    c = b + factor * inverse(c);
    const Dual step = d * c;
    h = h * step;
    if (std::fabs(step.value - 1) < 1e-16 && std::fabs(step.slope) < 1e-16) break;
  }
  return x * (h.value * (std::log(x) - digamma(a)) + h.slope);
}

double gamma_gradient(double a, double x) {
  constexpr double kNormal = 1e8;  // from here on it is a normal distribution to eight digits
  if (std::isnan(a) || std::isnan(x)) return std::numeric_limits<double>::quiet_NaN();
  if (!(x > 0 && a > 0) || std::isinf(x)) return 0;
  if (a > kNormal) return (x + a) / (2 * a);
  return x < a + 1 ? gamma_gradient_below(a, x) : gamma_gradient_above(a, x);
}

// Of one share x of a whole, whose parameter is a and that of the rest is b; over 1 - x. The series of the incomplete
// beta function from the nearer end.
double share_gradient(double x, double a, double b) {
  if (std::isnan(x) || std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  if (!(x > 0 && x < 1 && a > 0 && b > 0)) return 0;
  const bool below = x < 0.9 && x <= (a + 1) / (a + b + 2);
  const double near = below ? a : b, ratio = below ? x : 1 - x;
  double term = 1, whole = digamma(a + b), part = digamma(below ? a + 1 : a), sum = 0;
  for (int n = 0; n < kMostSteps; ++n) {
    const double weight = below ? part - whole - std::log(x) : whole - part + std::log(x);
    sum += term * weight;
    if (n > 0 && term * std::fabs(weight) <= std::fabs(sum) * kDigits) break;
    whole += 1 / (a + b + n);
    if (below) part += 1 / (a + 1 + n);
    term *= ratio * (a + b + n) / (near + 1 + n);
  }
  return x / near * sum;
}

Result<> standard_gamma_grad(Call& call) {
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", call.tensor(1), "output"));
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 1)}, call.tensor(0).dtype,
                               []<class C>(C a, C x) { return C(gamma_gradient(double{a}, double{x})); });
}

// Of (x, alpha, total).
Result<> dirichlet_grad(Call& call) {
  for (const std::size_t other : {std::size_t{1}, std::size_t{2}}) {
    PTETOOL_CHECK(same_dtype(call, call.tensor(0), "x", call.tensor(other), "the parameter"));
  }
  return pointwise<3, kFloats>(
      call, {arg(call, 0), arg(call, 1), arg(call, 2)}, call.tensor(0).dtype,
      []<class C>(C x, C a, C total) { return C(share_gradient(double{x}, double{a}, double{total} - double{a})); });
}

constexpr Operator kRows[] = {
    {"aten::_standard_gamma_grad.out(Tensor self, Tensor output, *, Tensor(a!) out) -> Tensor(a!)",
     standard_gamma_grad},
    {"aten::_dirichlet_grad.out(Tensor x, Tensor alpha, Tensor total, *, Tensor(a!) out) -> Tensor(a!)",
     dirichlet_grad},
};

}  // namespace

std::span<const Operator> sample_gradient_operators() { return kRows; }

}  // namespace ptetool::ops
