// Special functions of real numbers in double, from their series, continued fractions and integrals; float results are
// rounded from these. At poles and outside of their domains they answer what PyTorch's do.
#pragma once

#include <complex>
#include <cstdint>

namespace ptetool::ops {

double log_gamma(double x);
double digamma(double x);
// The sum of (q + k)^-s over k >= 0 (Hurwitz).
double zeta(double s, double q);
// The n-th derivative of digamma.
double polygamma(std::int64_t n, double x);
// The regularised incomplete gamma functions: the share below x, and above.
double gamma_below(double a, double x);
double gamma_above(double a, double x);

double erf_inverse(double x);
// exp(x^2) * erfc(x)
double erfc_scaled(double x);
// The normal distribution: its integral, the logarithm of that, and its inverse.
double normal_cdf(double x);
double log_normal_cdf(double x);
double normal_quantile(double p);

// Modified Bessel functions of the first kind, and of the second; `scaled` ones by exp(-|x|) and exp(x).
double bessel_i(int order, double x, bool scaled);
double bessel_k(int order, double x, bool scaled);
double bessel_j(int order, double x);
double bessel_y(int order, double x);
// Airy's function of the first kind.
double airy_ai(double x);
// log(exp(a) + exp(b))
std::complex<double> log_add_exp(std::complex<double> a, std::complex<double> b);
// sin(x) / x
double spherical_bessel_j0(double x);

}  // namespace ptetool::ops
