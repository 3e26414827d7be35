// Bessel's and Airy's functions (special.h): series near 0, integrals in the middle, expansions far out.
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/special.h"

namespace ptetool::ops {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = std::numbers::pi;

// Both solutions' power series at 0, joined: 3^(-2/3) / Gamma(2/3) and 3^(-1/3) / Gamma(1/3) are what they begin with.
double airy_near_zero(double x) {
  constexpr double kFirst = 0.355028053887817239260, kSecond = 0.258819403792806798405;
  const double cube = x * x * x;
  double even = 1, odd = x, sum = kFirst * even - kSecond * odd;
  for (int k = 1; k < 80; ++k) {
    even *= cube / ((3.0 * k - 1) * (3.0 * k));
    odd *= cube / ((3.0 * k) * (3.0 * k + 1));
    sum += kFirst * even - kSecond * odd;
  }
  return sum;
}

// sqrt(x / 3) / pi * K_1/3(2/3 x^(3/2)), from the integral of exp(-z cosh t) cosh(t / 3).
double airy_falling(double x) {
  const double z = 2.0 / 3 * x * std::sqrt(x);
  const double step = 1 / (8 + std::sqrt(z));  // the peak narrows
  double sum = 0.5;
  for (int k = 1; k < 1000; ++k) {
    const double half = std::sinh(k * step / 2);
    const double term = std::exp(-2 * z * half * half) * std::cosh(k * step / 3);
    sum += term;
    if (term < sum * 1e-18) break;
  }
  return std::sqrt(x / 3) / kPi * sum * step * std::exp(-z);
}

// The expansion in 1 / z for x far below 0: a wave.
double airy_waving(double x) {
  const double z = 2.0 / 3 * -x * std::sqrt(-x);
  double term = 1, cosine = 1, sine = 0;
  for (int k = 1; k < 60; ++k) {
    const double next = term * (6.0 * k - 5) * (6.0 * k - 3) * (6.0 * k - 1) / (216.0 * k * (2.0 * k - 1) * z);
    if (next > term || next < 1e-18) break;
    term = next;
    const double sign = k % 4 < 2 ? 1 : -1;
    (k % 2 == 0 ? cosine : sine) += sign * term;
  }
  const double angle = z - kPi / 4;
  return (std::cos(angle) * cosine + std::sin(angle) * sine) / (std::sqrt(kPi) * std::sqrt(std::sqrt(-x)));
}

}  // namespace

double bessel_i(int order, double x, bool scaled) {
  const double size = std::fabs(x);
  if (std::isnan(x)) return x;
  const double sign = order == 1 && x < 0 ? -1 : 1;
  if (size < 25) {
    const double square = size * size / 4;
    double term = order == 1 ? size / 2 : 1, sum = term;
    for (int k = 1; k < 200 && term > sum * 1e-17; ++k) sum += term *= square / (k * (k + order));
    return sign * (scaled ? sum * std::exp(-size) : sum);
  }
  double term = 1, sum = 1;
  for (int k = 1; k < 40; ++k) {
    const double odd = 2.0 * k - 1;
    const double next = term * (odd * odd - 4.0 * order * order) / (8 * size * k);
    if (std::fabs(next) < 1e-17 || std::fabs(next) > std::fabs(term)) break;
    sum += term = next;
  }
  if (std::isinf(size)) return scaled ? 0 : kNan;  // as PyTorch, whose factors are infinite and 0
  // In two halves, so that the exponential alone does not overflow.
  const double half = scaled ? 1 : std::exp(size / 2);
  return sign * (half / std::sqrt(2 * kPi * size) * sum) * half;
}

// The integral of exp(-x cosh t) cosh(order t) over t > 0 by the trapezoidal rule, which converges exponentially here;
// near 0 the series.
double bessel_k(int order, double x, bool scaled) {
  if (std::isnan(x) || x < 0) return kNan;
  if (x == 0) return kInfinity;
  if (std::isinf(x)) return 0;
  if (x < 0.5) {
    const double square = x * x / 4, logarithm = std::log(x / 2) + std::numbers::egamma;
    double term = order == 0 ? 1 : x / 2, harmonic = order == 0 ? 0 : 0.5, sum = 0;
    for (int k = 1; k < 30; ++k) {
      sum += term * (logarithm - harmonic);
      term *= square / (k * (k + order));
      harmonic += order == 0 ? 1.0 / k : 0.5 / k + 0.5 / (k + 1);
    }
    const double value = order == 0 ? -sum : 1 / x + sum;
    return scaled ? value * std::exp(x) : value;
  }
  if (x > 30) {  // the peak is narrow: the expansion in 1 / x
    double series = 1, term = 1;
    for (int k = 1; k < 40; ++k) {
      const double odd = 2.0 * k - 1;
      const double next = -term * (odd * odd - 4.0 * order * order) / (8 * x * k);
      if (std::fabs(next) < 1e-17 || std::fabs(next) > std::fabs(term)) break;
      series += term = next;
    }
    const double value = std::sqrt(kPi / (2 * x)) * series;
    return scaled ? value : value * std::exp(-x);
  }
  constexpr double kStep = 1.0 / 8;
  double sum = 0.5;
  for (int k = 1; k < 200; ++k) {
    const double half = std::sinh(k * kStep / 2);
    const double term = std::exp(-2 * x * half * half) * (order == 0 ? 1 : std::cosh(k * kStep));
    sum += term;
    if (term < sum * 1e-18) break;
  }
  return scaled ? sum * kStep : sum * kStep * std::exp(-x);
}

double bessel_j(int order, double x) {
  if (std::isinf(x)) return kNan;  // as PyTorch has it, not the limit 0; so below
  return order == 0 ? ::j0(x) : ::j1(x);
}

double bessel_y(int order, double x) {
  if (x == 0) return -kInfinity;
  if (x < 0) return kNan;
  if (std::isinf(x)) return kNan;
  return order == 0 ? ::y0(x) : ::y1(x);
}

double spherical_bessel_j0(double x) {
  if (std::isinf(x)) return 0;
  return x == 0 ? 1 : std::sin(x) / x;
}

double airy_ai(double x) {
  if (std::isinf(x)) return kNan;
  if (x > 1) return airy_falling(x);
  return x < -7.5 ? airy_waving(x) : airy_near_zero(x);
}

}  // namespace ptetool::ops
