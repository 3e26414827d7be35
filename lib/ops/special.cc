// The functions of special.h. Every loop is bounded, whatever the argument.
#include "ops/special.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace ptetool::ops {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = std::numbers::pi;
constexpr int kMostSteps = 100000;  // of series that converge in far fewer for arguments that occur

// B(2k) / (2k)!, the weights of the corrections of Euler's and Maclaurin's formula
constexpr double kEuler[] = {1.0 / 12,          -1.0 / 720,
                             1.0 / 30240,       -1.0 / 1209600,
                             1.0 / 47900160,    -691.0 / 1307674368000,
                             1.0 / 74724249600, -3617.0 / 10670622842880000};

bool is_whole(double x) { return x == std::floor(x); }

// s (s + 1) … (s + 22): PyTorch has NaN, not 0, where this factor of a vanishing correction is infinite.
double last_factor(double s) {
  double product = 1;
  for (int k = 0; k <= 22; ++k) product *= s + k;
  return product;
}

// The sum from q on, which is positive: some terms one by one, the rest as an integral with its corrections.
double zeta_positive(double s, double q) {
  double sum = 0;
  for (; q < 12; q += 1) sum += std::pow(q, -s);
  const double power = std::pow(q, -s);
  if (power == 0) return sum;
  sum += power * q / (s - 1) + 0.5 * power;
  double term = power * s / q;  // s (s + 1) … (s + 2k - 2) q^(-s - 2k + 1)
  double k = 0;
  for (const double weight : kEuler) {
    const double correction = weight * term;
    sum += correction;
    if (!(std::fabs(correction) > std::fabs(sum) * 1e-17)) break;
    term *= (s + k + 1) * (s + k + 2) / (q * q);
    k += 2;
  }
  return sum;
}

// exp(x^2) without what rounding x^2 loses.
double exp_square(double x) {
  const double square = x * x, power = std::exp(square);
  return std::isinf(power) ? kInfinity : power * (1 + std::fma(x, x, -square));
}

// erfc(y) = q for q in (0, 1]: an approximation of two digits, and steps that triple them.
double erfc_inverse(double q) {
  if (q == 0) return kInfinity;
  const double logarithm = std::log(q) + std::log1p(1 - q);
  const double t = 2 / (kPi * 0.147) + logarithm / 2;
  double y = std::sqrt(std::sqrt(t * t - logarithm / 0.147) - t);
  for (int step = 0; step < 4; ++step) {
    const double off = (std::erfc(y) - q) / (-2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
    y -= off / (1 + y * off);
  }
  return y;
}

}  // namespace

double log_gamma(double x) {
#if defined(_WIN32)
  return std::lgamma(x);
#else
  int sign = 0;  // std::lgamma would leave it in a global variable
  return ::lgamma_r(x, &sign);
#endif
}

double digamma(double x) {
  if (x == 0) return std::copysign(kInfinity, -x);
  if (std::isinf(x)) return x > 0 ? x : kNan;
  if (x < 0) {
    if (is_whole(x)) return kNan;
    return digamma(1 - x) - kPi / std::tan(kPi * std::fmod(x, 1.0));
  }
  double shift = 0;
  for (; x < 12; x += 1) shift += 1 / x;
  const double square = 1 / (x * x);
  double power = square, series = 0;
  for (const double weight : {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12}) {
    series += weight * power;
    power *= square;
  }
  return std::log(x) - 0.5 / x - series - shift;
}

double zeta(double s, double q) {
  if (s == 1) return kInfinity;
  if (s < 1 || std::isnan(q)) return kNan;
  if (q <= 0 && is_whole(q)) return kInfinity;
  if (std::isnan(s) || std::isinf(q)) return kNan;  // as PyTorch has it, not the limit 0
  if (q > 0) {
    const double sum = zeta_positive(s, q);
    return sum == 0 ? 0 * last_factor(s) : sum;
  }
  if (!is_whole(s)) return kNan;
  // The terms below 0 are a sum from the other side.
  const double below = 1 - (q - std::floor(q)), steps = -std::floor(q);
  const double mirrored = zeta_positive(s, below) - zeta_positive(s, below + steps);
  return (std::fmod(s, 2) == 1 ? -mirrored : mirrored) + zeta_positive(s, 1 - below);
}

double polygamma(std::int64_t n, double x) {
  if (n == 0) return digamma(x);
  if (n == 1 && std::isinf(x)) return x > 0 ? 0 : kNan;
  const auto order = static_cast<double>(n);
  return (n % 2 == 0 ? -1 : 1) * std::exp(log_gamma(order + 1)) * zeta(order + 1, x);
}

double erf_inverse(double x) {
  if (std::isnan(x) || std::fabs(x) > 1) return kNan;
  if (std::fabs(x) >= 0.5) return std::copysign(erfc_inverse(1 - std::fabs(x)), x);
  double y = x * std::sqrt(kPi) / 2;
  for (int step = 0; step < 5; ++step) {
    const double off = (std::erf(y) - x) / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
    y -= off / (1 + y * off);
  }
  return y;
}

double erfc_scaled(double x) {
  if (x < 25) return exp_square(x) * std::erfc(x);
  const double step = 1 / (2 * x * x);
  return std::numbers::inv_sqrtpi / x * (1 - step * (1 - 3 * step * (1 - 5 * step * (1 - 7 * step))));
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double log_normal_cdf(double x) {
  if (x < -1) return std::log(erfc_scaled(-x / std::numbers::sqrt2) / 2) - x * x / 2;
  return std::log1p(-0.5 * std::erfc(x / std::numbers::sqrt2));
}
double normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return kNan;
  return p <= 0.5 ? -std::numbers::sqrt2 * erfc_inverse(2 * p) : std::numbers::sqrt2 * erfc_inverse(2 * (1 - p));
}

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

namespace {

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

double airy_ai(double x) {
  if (std::isinf(x)) return kNan;
  if (x > 1) return airy_falling(x);
  return x < -7.5 ? airy_waving(x) : airy_near_zero(x);
}

std::complex<double> log_add_exp(std::complex<double> a, std::complex<double> b) {
  const auto is_nan = [](std::complex<double> x) { return std::isnan(x.real()) || std::isnan(x.imag()); };
  if (is_nan(a) || is_nan(b)) return {kNan, kNan};
  const auto [least, most] = a.real() < b.real() ? std::pair(a, b) : std::pair(b, a);
  if (least.real() == -kInfinity) return most;
  if (least.real() == kInfinity) return std::log(std::exp(least) + std::exp(most));
  return most + std::log(1.0 + std::exp(least - most));
}

double spherical_bessel_j0(double x) {
  if (std::isinf(x)) return 0;
  return x == 0 ? 1 : std::sin(x) / x;
}

}  // namespace ptetool::ops
