// Loops over arrays of float that kernels spend their time in: functions of each number, sums, conversions.
// Where in and out are both given, they may be the same array; otherwise they do not overlap.
#pragma once

#include <cstdint>

namespace ptetool::ops::simd {

// Functions of each number: PyTorch's, within a few units in the last place.
void exponential(const float* in, float* out, std::int64_t count);
void sigmoid(const float* in, float* out, std::int64_t count);
void hyperbolic_tangent(const float* in, float* out, std::int64_t count);
void error_function(const float* in, float* out, std::int64_t count);
void gelu(const float* in, float* out, std::int64_t count);
void gelu_tanh(const float* in, float* out, std::int64_t count);
void silu(const float* in, float* out, std::int64_t count);

// out[i] = exp(in[i] - shift); returns their sum.
double shifted_exponential(const float* in, float shift, float* out, std::int64_t count);
// NaN where one is among them; -infinity for none.
float largest(const float* in, std::int64_t count);
// As largest(); +infinity for none.
float smallest(const float* in, std::int64_t count);
double sum(const float* in, std::int64_t count);
// The sum of (in[i] - center)^2.
double squared_distances(const float* in, float center, std::int64_t count);
// in[i] = (in[i] - center) * factor * weight[i] + bias[i]
void normalize(float* in, float center, float factor, const float* weight, const float* bias, std::int64_t count);
void multiply(float* in, float factor, std::int64_t count);
// out[i] += factor * in[i]
void add_scaled(float* out, float factor, const float* in, std::int64_t count);

// Conversions of bit patterns, as half.h does them one by one.
void half_to_float(const std::uint16_t* in, float* out, std::int64_t count);
void float_to_half(const float* in, std::uint16_t* out, std::int64_t count);
void bfloat16_to_float(const std::uint16_t* in, float* out, std::int64_t count);
void float_to_bfloat16(const float* in, std::uint16_t* out, std::int64_t count);

}  // namespace ptetool::ops::simd
