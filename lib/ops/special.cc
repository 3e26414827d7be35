// Gamma, zeta and error functions (special.h). Every loop is bounded, whatever the argument.
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

std::complex<double> log_add_exp(std::complex<double> a, std::complex<double> b) {
  const auto is_nan = [](std::complex<double> x) { return std::isnan(x.real()) || std::isnan(x.imag()); };
  if (is_nan(a) || is_nan(b)) return {kNan, kNan};
  const auto [least, most] = a.real() < b.real() ? std::pair(a, b) : std::pair(b, a);
  if (least.real() == -kInfinity) return most;
  if (least.real() == kInfinity) return std::log(std::exp(least) + std::exp(most));
  return most + std::log(1.0 + std::exp(least - most));
}

}  // namespace ptetool::ops
