// exp, tanh, erf and sums for float in a form that compilers turn into vector code: no calls, no branches. Each is
// within a few units in the last place; double goes to the standard library.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace ptetool::ops {

// exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2. 2^n is applied in two factors, so that subnormal results come out right.
inline float vector_exp(float x) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer that the low bits hold
  float bounded = x < -104.0f ? -104.0f : x;
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
  return p * first * second;
}
inline double vector_exp(double x) { return std::exp(x); }

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
