// Weighted sums of rows: convolution of single channels.
#pragma once

#include <cstdint>

namespace ptetool::ops::simd {

// out[i] = bias + the sum over t < taps of factors[t] * rows[t][i]. C is float or double.
template <class C>
void weighted_rows(const C* const* rows, const C* factors, std::int64_t taps, C bias, C* out, std::int64_t count);

// out[i] = bias[i] + the sum over t < taps of factors[t][i] * rows[t][i].
template <class C>
void weighted_lanes(const C* const* rows, const C* const* factors, std::int64_t taps, const C* bias, C* out,
                    std::int64_t count);

}  // namespace ptetool::ops::simd
