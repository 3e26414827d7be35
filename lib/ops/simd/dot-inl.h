// Dot products of one vector with a few rows at once, for every target that includes this (Highway's manner).
#if defined(PTETOOL_OPS_SIMD_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PTETOOL_OPS_SIMD_DOT_INL_H_
#undef PTETOOL_OPS_SIMD_DOT_INL_H_
#else
#define PTETOOL_OPS_SIMD_DOT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {

// sums[i * sums_step] = the sum over p < depth of a[i * a_step + p] * b[p], for i < kRows (1 … 4).
template <class C, std::int64_t kRows>
HWY_INLINE void dot(const C* HWY_RESTRICT a, std::int64_t a_step, const C* HWY_RESTRICT b, std::int64_t depth,
                    C* HWY_RESTRICT sums, std::int64_t sums_step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V zero = hn::Zero(d);
  // Two sums per row, so that additions need not wait for each other.
  V s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
  std::int64_t p = 0;
  for (; p + 2 * lanes <= depth; p += 2 * lanes) {
    const V first = hn::LoadU(d, b + p), second = hn::LoadU(d, b + p + lanes);
    s0 = hn::MulAdd(first, hn::LoadU(d, a + p), s0);
    t0 = hn::MulAdd(second, hn::LoadU(d, a + p + lanes), t0);
    if constexpr (kRows > 1) {
      s1 = hn::MulAdd(first, hn::LoadU(d, a + a_step + p), s1);
      t1 = hn::MulAdd(second, hn::LoadU(d, a + a_step + p + lanes), t1);
    }
    if constexpr (kRows > 2) {
      s2 = hn::MulAdd(first, hn::LoadU(d, a + 2 * a_step + p), s2);
      t2 = hn::MulAdd(second, hn::LoadU(d, a + 2 * a_step + p + lanes), t2);
    }
    if constexpr (kRows > 3) {
      s3 = hn::MulAdd(first, hn::LoadU(d, a + 3 * a_step + p), s3);
      t3 = hn::MulAdd(second, hn::LoadU(d, a + 3 * a_step + p + lanes), t3);
    }
  }
  C wholes[kRows];
  wholes[0] = hn::GetLane(hn::SumOfLanes(d, hn::Add(s0, t0)));
  if constexpr (kRows > 1) wholes[1] = hn::GetLane(hn::SumOfLanes(d, hn::Add(s1, t1)));
  if constexpr (kRows > 2) wholes[2] = hn::GetLane(hn::SumOfLanes(d, hn::Add(s2, t2)));
  if constexpr (kRows > 3) wholes[3] = hn::GetLane(hn::SumOfLanes(d, hn::Add(s3, t3)));
  for (std::int64_t i = 0; i < kRows; ++i) {
    // In double, so that short rows give the same on every CPU.
    double rest = static_cast<double>(wholes[i]);
    for (std::int64_t q = p; q < depth; ++q) rest += static_cast<double>(a[i * a_step + q]) * static_cast<double>(b[q]);
    sums[i * sums_step] = static_cast<C>(rest);
  }
}

}  // namespace ptetool::ops::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
