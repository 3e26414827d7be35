// A few vectors of sums stay in registers while all taps pass by.
#include "ops/simd/sums.h"

#include "ops/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd/sums.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// One vector of sums at `i`.
template <class D, class C>
HWY_INLINE void rows_at(D d, const C* const* rows, const C* factors, std::int64_t taps, C bias, C* HWY_RESTRICT out,
                        std::int64_t i) {
  auto sum = hn::Set(d, bias);
  for (std::int64_t t = 0; t < taps; ++t) sum = hn::MulAdd(hn::Set(d, factors[t]), hn::LoadU(d, rows[t] + i), sum);
  hn::StoreU(sum, d, out + i);
}

template <class D, class C>
HWY_INLINE void lanes_at(D d, const C* const* rows, const C* const* factors, std::int64_t taps, const C* bias,
                         C* HWY_RESTRICT out, std::int64_t i) {
  auto sum = hn::LoadU(d, bias + i);
  for (std::int64_t t = 0; t < taps; ++t) {
    sum = hn::MulAdd(hn::LoadU(d, factors[t] + i), hn::LoadU(d, rows[t] + i), sum);
  }
  hn::StoreU(sum, d, out + i);
}

// Calls f(d, i) for vectors that cover [begin, count): whole ones, then short ones; the last of a kind may overlap the
// one before. What is less than a short vector is left to one(i).
template <class C, class F, class One>
HWY_INLINE void each_vector(std::int64_t begin, std::int64_t count, const F& f, const One& one) {
  const hn::ScalableTag<C> whole;
  const hn::CappedTag<C, 16 / sizeof(C)> part;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(whole));
  const auto few = static_cast<std::int64_t>(hn::Lanes(part));
  std::int64_t i = begin;
  for (; i + lanes <= count; i += lanes) f(whole, i);
  if (i == count) return;
  if (count >= lanes) return f(whole, count - lanes);
  for (; i + few <= count; i += few) f(part, i);
  if (i == count) return;
  if (count >= few) return f(part, count - few);
  for (; i < count; ++i) one(i);
}

template <class C>
HWY_INLINE void sum_rows(const C* const* rows, const C* factors, std::int64_t taps, C bias, C* HWY_RESTRICT out,
                         std::int64_t count) {
  const hn::ScalableTag<C> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto start = hn::Set(d, bias);
  std::int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    auto s0 = start, s1 = start, s2 = start, s3 = start;
    for (std::int64_t t = 0; t < taps; ++t) {
      const C* row = rows[t] + i;
      const auto factor = hn::Set(d, factors[t]);
      s0 = hn::MulAdd(factor, hn::LoadU(d, row), s0);
      s1 = hn::MulAdd(factor, hn::LoadU(d, row + lanes), s1);
      s2 = hn::MulAdd(factor, hn::LoadU(d, row + 2 * lanes), s2);
      s3 = hn::MulAdd(factor, hn::LoadU(d, row + 3 * lanes), s3);
    }
    hn::StoreU(s0, d, out + i);
    hn::StoreU(s1, d, out + i + lanes);
    hn::StoreU(s2, d, out + i + 2 * lanes);
    hn::StoreU(s3, d, out + i + 3 * lanes);
  }
  each_vector<C>(
      i, count, [&](auto tag, std::int64_t at) HWY_ATTR { rows_at(tag, rows, factors, taps, bias, out, at); },
      [&](std::int64_t at) {
        C sum = bias;
        for (std::int64_t t = 0; t < taps; ++t) sum += factors[t] * rows[t][at];
        out[at] = sum;
      });
}

template <class C>
HWY_INLINE void sum_lanes(const C* const* rows, const C* const* factors, std::int64_t taps, const C* bias,
                          C* HWY_RESTRICT out, std::int64_t count) {
  const hn::ScalableTag<C> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    auto s0 = hn::LoadU(d, bias + i), s1 = hn::LoadU(d, bias + i + lanes);
    for (std::int64_t t = 0; t < taps; ++t) {
      s0 = hn::MulAdd(hn::LoadU(d, factors[t] + i), hn::LoadU(d, rows[t] + i), s0);
      s1 = hn::MulAdd(hn::LoadU(d, factors[t] + i + lanes), hn::LoadU(d, rows[t] + i + lanes), s1);
    }
    hn::StoreU(s0, d, out + i);
    hn::StoreU(s1, d, out + i + lanes);
  }
  each_vector<C>(
      i, count, [&](auto tag, std::int64_t at) HWY_ATTR { lanes_at(tag, rows, factors, taps, bias, out, at); },
      [&](std::int64_t at) {
        C sum = bias[at];
        for (std::int64_t t = 0; t < taps; ++t) sum += factors[t][at] * rows[t][at];
        out[at] = sum;
      });
}

void rows_float(const float* const* rows, const float* factors, std::int64_t taps, float bias, float* out,
                std::int64_t count) {
  sum_rows(rows, factors, taps, bias, out, count);
}
void lanes_float(const float* const* rows, const float* const* factors, std::int64_t taps, const float* bias,
                 float* out, std::int64_t count) {
  sum_lanes(rows, factors, taps, bias, out, count);
}

#if HWY_HAVE_FLOAT64
void rows_double(const double* const* rows, const double* factors, std::int64_t taps, double bias, double* out,
                 std::int64_t count) {
  sum_rows(rows, factors, taps, bias, out, count);
}
void lanes_double(const double* const* rows, const double* const* factors, std::int64_t taps, const double* bias,
                  double* out, std::int64_t count) {
  sum_lanes(rows, factors, taps, bias, out, count);
}
#else
// A CPU whose vectors hold no doubles: one by one.
void rows_double(const double* const* rows, const double* factors, std::int64_t taps, double bias, double* out,
                 std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = bias;
    for (std::int64_t t = 0; t < taps; ++t) out[i] += factors[t] * rows[t][i];
  }
}
void lanes_double(const double* const* rows, const double* const* factors, std::int64_t taps, const double* bias,
                  double* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = bias[i];
    for (std::int64_t t = 0; t < taps; ++t) out[i] += factors[t][i] * rows[t][i];
  }
}
#endif

}  // namespace
}  // namespace ptetool::ops::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ptetool::ops::simd {

HWY_EXPORT(rows_float);
HWY_EXPORT(rows_double);
HWY_EXPORT(lanes_float);
HWY_EXPORT(lanes_double);

template <>
void weighted_rows(const float* const* rows, const float* factors, std::int64_t taps, float bias, float* out,
                   std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(rows_float)(rows, factors, taps, bias, out, count);
}
template <>
void weighted_rows(const double* const* rows, const double* factors, std::int64_t taps, double bias, double* out,
                   std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(rows_double)(rows, factors, taps, bias, out, count);
}
template <>
void weighted_lanes(const float* const* rows, const float* const* factors, std::int64_t taps, const float* bias,
                    float* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(lanes_float)(rows, factors, taps, bias, out, count);
}
template <>
void weighted_lanes(const double* const* rows, const double* const* factors, std::int64_t taps, const double* bias,
                    double* out, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(lanes_double)(rows, factors, taps, bias, out, count);
}

}  // namespace ptetool::ops::simd
#endif
