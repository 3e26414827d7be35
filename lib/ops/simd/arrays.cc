// Plain loops, which the compiler turns into vector code for each instruction set. This file is compiled with -O3 and
// without errno and traps of floating point, which change no result.
#include "ops/simd/arrays.h"

#include <bit>
#include <limits>
#include <numbers>

#include "ops/simd/targets.h"
#include "ops/vector_math.h"
#include "ptetool/tensor/half.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd/arrays.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {
namespace {

constexpr std::int64_t kLanes = 32;    // sums that do not wait for each other
constexpr std::int64_t kPiece = 1024;  // numbers whose sums stay in float

// What the lanes amount to, by halves: the same on every CPU, and in few steps that wait for each other.
template <std::int64_t kCount = kLanes, class T, class Join>
HWY_INLINE T folded(T* lanes, Join join) {
  constexpr std::int64_t kHalf = kCount / 2;
  for (std::int64_t lane = 0; lane < kHalf; ++lane) lanes[lane] = join(lanes[lane], lanes[lane + kHalf]);
  if constexpr (kHalf > 1) return folded<kHalf>(lanes, join);
  return lanes[0];
}
HWY_INLINE double total_of(const float (&lanes)[kLanes]) {
  double wide[kLanes];
  for (std::int64_t lane = 0; lane < kLanes; ++lane) wide[lane] = static_cast<double>(lanes[lane]);
  return folded(wide, [](double a, double b) { return a + b; });
}

#define PTETOOL_FUNCTION(name, formula)                               \
  void name##_loop(const float* in, float* out, std::int64_t count) { \
    for (std::int64_t i = 0; i < count; ++i) {                        \
      const float x = in[i];                                          \
      out[i] = formula;                                               \
    }                                                                 \
  }
PTETOOL_FUNCTION(exponential, vector_exp(x))
PTETOOL_FUNCTION(sigmoid, vector_sigmoid(x))
PTETOOL_FUNCTION(tangent, vector_tanh(x))
PTETOOL_FUNCTION(error, vector_erf(x))
PTETOOL_FUNCTION(gelu, vector_gelu(x))
PTETOOL_FUNCTION(gelu_tanh, vector_gelu_tanh(x))
PTETOOL_FUNCTION(silu, vector_silu(x))
#undef PTETOOL_FUNCTION

double shifted_loop(const float* in, float shift, float* out, std::int64_t count) {
  double total = 0;
  for (std::int64_t done = 0; done < count; done += kPiece) {
    const std::int64_t end = done + kPiece < count ? done + kPiece : count;
    for (std::int64_t i = done; i < end; ++i) out[i] = vector_exp(in[i] - shift);
    float lanes[kLanes] = {};
    std::int64_t i = done;
    for (; i + kLanes <= end; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += out[i + lane];
    }
    for (; i < end; ++i) total += static_cast<double>(out[i]);
    total += total_of(lanes);
  }
  return total;
}

// The largest number times kSign.
template <int kSign>
HWY_INLINE float extreme(const float* in, std::int64_t count) {
  constexpr float kFactor = static_cast<float>(kSign);
  float lanes[kLanes];
  std::uint32_t not_numbers[kLanes] = {};
  for (float& lane : lanes) lane = -std::numeric_limits<float>::infinity();
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      const float x = kFactor * in[i + lane];
      lanes[lane] = x > lanes[lane] ? x : lanes[lane];
      not_numbers[lane] |= x != x ? 1u : 0u;
    }
  }
  float top = -std::numeric_limits<float>::infinity();
  bool not_number = false;
  for (; i < count; ++i) {
    const float x = kFactor * in[i];
    top = x > top ? x : top;
    not_number = not_number || x != x;
  }
  const float lanes_top = folded(lanes, [](float a, float b) { return a > b ? a : b; });
  top = lanes_top > top ? lanes_top : top;
  not_number = not_number || folded(not_numbers, [](std::uint32_t a, std::uint32_t b) { return a | b; }) != 0;
  return not_number ? std::numeric_limits<float>::quiet_NaN() : kFactor * top;
}
float largest_loop(const float* in, std::int64_t count) { return extreme<1>(in, count); }
float smallest_loop(const float* in, std::int64_t count) { return extreme<-1>(in, count); }

// The sum of (x - center)^2, or of x where `kSquares` is false.
template <bool kSquares>
HWY_INLINE double sums(const float* in, [[maybe_unused]] float center, std::int64_t count) {
  double total = 0;
  for (std::int64_t done = 0; done < count; done += kPiece) {
    const std::int64_t end = done + kPiece < count ? done + kPiece : count;
    float lanes[kLanes] = {};
    std::int64_t i = done;
    for (; i + kLanes <= end; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        const float x = in[i + lane];
        if constexpr (kSquares)
          lanes[lane] += (x - center) * (x - center);
        else
          lanes[lane] += x;
      }
    }
    for (; i < end; ++i) total += static_cast<double>(kSquares ? (in[i] - center) * (in[i] - center) : in[i]);
    total += total_of(lanes);
  }
  return total;
}
double sum_loop(const float* in, std::int64_t count) { return sums<false>(in, 0, count); }
double squares_loop(const float* in, float center, std::int64_t count) { return sums<true>(in, center, count); }

void normalize_loop(float* HWY_RESTRICT in, float center, float factor, const float* HWY_RESTRICT weight,
                    const float* HWY_RESTRICT bias, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) in[i] = (in[i] - center) * factor * weight[i] + bias[i];
}
void multiply_loop(float* in, float factor, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) in[i] *= factor;
}
void add_scaled_loop(float* HWY_RESTRICT out, float factor, const float* HWY_RESTRICT in, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] += factor * in[i];
}

void half_to_float_loop(const std::uint16_t* HWY_RESTRICT in, float* HWY_RESTRICT out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t bits = in[i];
    const std::uint32_t sign = (bits & 0x8000u) << 16;
    const std::uint32_t magnitude = bits & 0x7fffu;
    const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude << 13) * 0x1p112f);
    const std::uint32_t special = 0x7f800000u | ((magnitude & 0x3ffu) << 13);
    out[i] = std::bit_cast<float>(sign | (magnitude >= 0x7c00u ? special : scaled));
  }
}
void float_to_half_loop(const float* HWY_RESTRICT in, std::uint16_t* HWY_RESTRICT out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(in[i]);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    const std::uint32_t not_number = 0x7e00u | ((magnitude >> 13) & 0x1ffu);
    const std::uint32_t small = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
    const std::uint32_t normal = (magnitude + 0xfffu + ((magnitude >> 13) & 1u) - 0x38000000u) >> 13;
    std::uint32_t result = magnitude < 0x38800000u ? small : normal;
    result = magnitude >= 0x477ff000u ? 0x7c00u : result;
    result = magnitude > 0x7f800000u ? not_number : result;
    out[i] = static_cast<std::uint16_t>(sign | result);
  }
}
void bfloat16_to_float_loop(const std::uint16_t* HWY_RESTRICT in, float* HWY_RESTRICT out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(in[i]) << 16);
}
void float_to_bfloat16_loop(const float* HWY_RESTRICT in, std::uint16_t* HWY_RESTRICT out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(in[i]);
    const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const std::uint32_t not_number = (bits >> 16) | 0x40u;
    out[i] = static_cast<std::uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? not_number : rounded);
  }
}

}  // namespace
}  // namespace ptetool::ops::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ptetool::ops::simd {

#define PTETOOL_UNARY(name, loop) \
  HWY_EXPORT(loop##_loop);        \
  void name(const float* in, float* out, std::int64_t count) { HWY_DYNAMIC_DISPATCH(loop##_loop)(in, out, count); }
PTETOOL_UNARY(exponential, exponential)
PTETOOL_UNARY(sigmoid, sigmoid)
PTETOOL_UNARY(hyperbolic_tangent, tangent)
PTETOOL_UNARY(error_function, error)
PTETOOL_UNARY(gelu, gelu)
PTETOOL_UNARY(gelu_tanh, gelu_tanh)
PTETOOL_UNARY(silu, silu)
#undef PTETOOL_UNARY

HWY_EXPORT(shifted_loop);
HWY_EXPORT(largest_loop);
HWY_EXPORT(smallest_loop);
HWY_EXPORT(sum_loop);
HWY_EXPORT(squares_loop);
HWY_EXPORT(normalize_loop);
HWY_EXPORT(multiply_loop);
HWY_EXPORT(add_scaled_loop);
HWY_EXPORT(half_to_float_loop);
HWY_EXPORT(float_to_half_loop);
HWY_EXPORT(bfloat16_to_float_loop);
HWY_EXPORT(float_to_bfloat16_loop);

double shifted_exponential(const float* in, float shift, float* out, std::int64_t count) {
  return HWY_DYNAMIC_DISPATCH(shifted_loop)(in, shift, out, count);
}
float largest(const float* in, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(largest_loop)(in, count); }
float smallest(const float* in, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(smallest_loop)(in, count); }
double sum(const float* in, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(sum_loop)(in, count); }
double squared_distances(const float* in, float center, std::int64_t count) {
  return HWY_DYNAMIC_DISPATCH(squares_loop)(in, center, count);
}
void normalize(float* in, float center, float factor, const float* weight, const float* bias, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(normalize_loop)(in, center, factor, weight, bias, count);
}
void multiply(float* in, float factor, std::int64_t count) { HWY_DYNAMIC_DISPATCH(multiply_loop)(in, factor, count); }
void add_scaled(float* out, float factor, const float* in, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(add_scaled_loop)(out, factor, in, count);
}
void half_to_float(const std::uint16_t* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(half_to_float_loop)(in, out, count);
}
void float_to_half(const float* in, std::uint16_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(float_to_half_loop)(in, out, count);
}
void bfloat16_to_float(const std::uint16_t* in, float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(bfloat16_to_float_loop)(in, out, count);
}
void float_to_bfloat16(const float* in, std::uint16_t* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(float_to_bfloat16_loop)(in, out, count);
}

}  // namespace ptetool::ops::simd
#endif
