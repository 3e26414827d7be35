// The regularised incomplete gamma functions: from their series, their continued fraction, and for large a, where both
// need many terms, from Temme's expansion about the normal distribution.
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/special.h"

namespace ptetool::ops {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int kMostSteps = 10000;
constexpr double kLarge = 1e4;

// m - log(1 + m)
double excess(double m) {
  if (std::fabs(m) > 0.1) return m - std::log1p(m);
  double sum = 0, power = m * m;
  for (int k = 2; k < 20; ++k, power *= -m) sum += power / k;
  return sum;
}

// x^a exp(-x) / gamma(a + 1), for large a by Stirling's series.
double gamma_factor(double a, double x) {
  if (a < 30) return std::exp(a * std::log(x) - x - log_gamma(a + 1));
  const double square = 1 / (a * a);
  const double rest = (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) / a;
  return std::exp(-a * excess((x - a) / a) - rest) / std::sqrt(2 * std::numbers::pi * a);
}

double gamma_series(double a, double x) {
  double sum = 1, term = 1;
  for (int k = 1; k < kMostSteps && term > sum * 1e-17; ++k) sum += term *= x / (a + k);
  return sum * gamma_factor(a, x);
}
// The continued fraction, from its far end inwards by Lentz's method.
double gamma_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, product = d;
  for (int k = 1; k < kMostSteps; ++k) {
    const double factor = -k * (k - a);
    b += 2;
    d = factor * d + b;
    c = b + factor / c;
    if (std::fabs(d) < kTiny) d = kTiny;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1 / d;
    product *= d * c;
    if (std::fabs(d * c - 1) < 1e-16) break;
  }
  return product * gamma_factor(a, x) * a;
}

// Where x is near a large a: the share below x, or above.
double gamma_near(double a, double x, bool above) {
  const double m = (x - a) / a, half = excess(m), e = std::copysign(std::sqrt(2 * half), m);
  double first = 0;
  for (const double c : {1.0 / 25515, -139.0 / 777600, 1.0 / 2835, 1.0 / 864, -2.0 / 135, 1.0 / 12, -1.0 / 3}) {
    first = first * e + c;
  }
  const double second = -1.0 / 540 - e * (1.0 / 288 - e / 378);
  const double skew = std::exp(-a * half) / std::sqrt(2 * std::numbers::pi * a) * (first + second / a);
  const double deviation = e * std::sqrt(a / 2);
  return above ? std::erfc(deviation) / 2 + skew : std::erfc(-deviation) / 2 - skew;
}
bool is_near(double a, double x) { return a > kLarge && std::fabs(x - a) < 0.1 * a; }

// Where one of the two is easy to tell: the share below x, or NaN.
double gamma_limit(double a, double x) {
  if (a < 0 || x < 0) return kNan;
  if (a == 0) return x > 0 ? 1 : kNan;
  if (x == 0) return 0;
  if (std::isinf(a)) return std::isinf(x) ? kNan : 0;
  if (std::isinf(x)) return 1;
  return std::isnan(a) || std::isnan(x) ? kNan : -1;
}

}  // namespace

double gamma_below(double a, double x) {
  const double limit = gamma_limit(a, x);
  if (limit >= 0 || std::isnan(limit)) return limit;
  if (is_near(a, x)) return gamma_near(a, x, false);
  return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}
double gamma_above(double a, double x) {
  const double limit = gamma_limit(a, x);
  if (limit >= 0 || std::isnan(limit)) return 1 - limit;
  if (is_near(a, x)) return gamma_near(a, x, true);
  return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

}  // namespace ptetool::ops
