// exp, tanh, erf and sums for float in a form that compilers turn into vector code: no calls, no branches. Each is
// within a few units in the last place; double goes to the standard library.
#pragma once

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>

namespace ptetool::ops {

// factor * exp(x), and exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2. 2^n is applied in two factors, so that subnormal
// results come out right.
inline float vector_scaled_exp(float factor, float x) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer that the low bits hold
  float bounded = x < -125.0f ? -125.0f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  const float shifted = bounded * 1.44269504f + kShift;
  const float n = shifted - kShift;
  const float r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const std::uint32_t power = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kShift) + 254u;
  const std::uint32_t half = power >> 1;
  const float first = std::bit_cast<float>(half << 23);
  const float second = std::bit_cast<float>((power - half) << 23);
  return factor * p * first * second;
}
inline float vector_exp(float x) { return vector_scaled_exp(1.0f, x); }
inline double vector_exp(double x) { return std::exp(x); }

// 1 / (1 + exp(-x)) from an exponential that is at most 1, so that small results keep their precision.
template <class C>
C vector_sigmoid(C x) {
  const C falling = vector_exp(-std::fabs(x));
  return (x < C(0) ? falling : C(1)) / (C(1) + falling);
}
inline std::complex<double> vector_sigmoid(std::complex<double> x) { return 1.0 / (1.0 + std::exp(-x)); }
// x * sigmoid(x). Below -87 the exponential is no normal float while its product with x may be: it is taken in halves.
template <class C>
C vector_silu(C x) {
  const C half = vector_exp(C(-0.5) * std::fabs(x));
  const C factor = x < C(0) ? half : C(1);
  return x * factor * factor / (C(1) + half * half);
}
inline std::complex<double> vector_silu(std::complex<double> x) { return x / (1.0 + std::exp(-x)); }

inline float vector_tanh(float x) {
  const float size = std::fabs(x);
  const float far = 1.0f - 2.0f / (vector_exp(2.0f * size) + 1.0f);
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float near = p * z * x + x;
  return size < 0.625f ? near : std::copysign(far, x);
}
inline double vector_tanh(double x) { return std::tanh(x); }
inline std::complex<double> vector_tanh(std::complex<double> x) { return std::tanh(x); }

// A rational function on [-4, 4]; beyond, erf is 1 in float. Within 7 units.
inline float vector_erf(float x) {
  float c = x < -4.0f ? -4.0f : x;
  c = c > 4.0f ? 4.0f : c;
  const float z = c * c;
  float p = -2.72614225801306e-10f;
  p = p * z + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * z - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  const float y = c * (p / q);
  return y < -1.0f ? -1.0f : (y > 1.0f ? 1.0f : y);
}
inline double vector_erf(double x) { return std::erf(x); }

// x * P(X <= x) of a normal X. Below 0 the share is exp(-t^2 / 2) * g(t) with t = |x| and g a polynomial of
// (t - 3.5) / (t + 3.5) over 1 + t. t^2 is the exact square of t's upper half and a small rest.
inline float vector_gelu(float x) {
  float t = std::fabs(x);
  t = t > 15.0f ? 15.0f : t;
  const float u = (t - 3.5f) / (t + 3.5f);
  float g = 1.47382343e-4f;
  g = g * u + 9.52699483e-5f;
  g = g * u - 1.38783356e-3f;
  g = g * u + 2.94379002e-4f;
  g = g * u + 1.03715695e-2f;
  g = g * u - 3.02632059e-2f;
  g = g * u + 3.80485009e-2f;
  g = g * u + 7.87384863e-4f;
  g = g * u - 9.77125992e-2f;
  g = g * u + 4.78553185e-1f;
  g = g / (t + 1.0f);
  const float upper = std::bit_cast<float>(std::bit_cast<std::uint32_t>(t) & 0xFFFFF000u);
  const float rest = (upper - t) * (upper + t) * 0.5f;
  const float correction = 1.0f + rest * (1.0f + rest * (0.5f + rest * (1.0f / 6 + rest * (1.0f / 24))));
  const float far = x < 0 ? x * 0.0f : 0.0f;
  const float below = t == 15.0f ? far : vector_scaled_exp(x * g * correction, upper * upper * -0.5f);
  return x < 0 ? below : x - below;
}
inline double vector_gelu(double x) { return x * std::erfc(x * -0.70710678118654752440) * 0.5; }

// The same with tanh(sqrt(2 / pi) * (x + 0.044715 x^3)) for erf: x times the sigmoid of twice that argument, which is
// kept in two parts because exp makes its rounding large.
inline float vector_gelu_tanh(float x) {
  const double wide = static_cast<double>(x);
  const double argument = -1.59576912160573071176 * std::fabs(wide) * (1.0 + 0.044715 * wide * wide);
  const bool far = argument < -125.0;
  const float bounded = far ? -125.0f : static_cast<float>(argument);
  const float rest = far ? 0.0f : static_cast<float>(argument - static_cast<double>(bounded));
  const float e = vector_exp(bounded);
  const float below = vector_scaled_exp(x * (1.0f + rest) / (1.0f + e), bounded);
  return x < 0 ? (far ? x * 0.0f : below) : x / (1.0f + e * (1.0f + rest));
}
inline double vector_gelu_tanh(double x) {
  const double e = std::exp(-1.59576912160573071176 * std::fabs(x) * (1.0 + 0.044715 * x * x));
  return x < 0 ? x * e / (1.0 + e) : x / (1.0 + e);
}

// f over all numbers in lanes that do not wait for each other; `start` is neutral.
template <class C, class F>
C fold(const C* numbers, std::int64_t count, C start, const F& f) {
  constexpr std::int64_t kLanes = 16;
  C lanes[kLanes];
  for (C& lane : lanes) lane = start;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = f(lanes[lane], numbers[i + lane]);
  }
  for (; i < count; ++i) lanes[0] = f(lanes[0], numbers[i]);
  C result = lanes[0];
  for (std::int64_t lane = 1; lane < kLanes; ++lane) result = f(result, lanes[lane]);
  return result;
}

// The sum of g(number): short sums in C, their sum in double.
template <class C, class G>
double sum_of(const C* numbers, std::int64_t count, const G& g) {
  constexpr std::int64_t kPiece = 1024;
  constexpr std::int64_t kLanes = 16;
  double total = 0;
  for (std::int64_t done = 0; done < count; done += kPiece) {
    const std::int64_t end = done + kPiece < count ? done + kPiece : count;
    C lanes[kLanes] = {};
    std::int64_t i = done;
    for (; i + kLanes <= end; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += g(numbers[i + lane]);
    }
    for (; i < end; ++i) total += static_cast<double>(g(numbers[i]));
    for (const C lane : lanes) total += static_cast<double>(lane);
  }
  return total;
}

}  // namespace ptetool::ops
