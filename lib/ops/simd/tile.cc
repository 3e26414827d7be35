// One row of registers per row of the tile; each step multiplies one number of a with a few vectors of b.
#include "ops/simd/tile.h"

#include "ops/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd/tile.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/simd/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Vectors per row: as many as the registers hold, beside those that b and the factor need (32 or 16 registers).
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM_A64
constexpr std::int64_t kVectors = 4;
#else
constexpr std::int64_t kVectors = 2;
#endif

template <class C>
HWY_INLINE std::int64_t columns() {
  const hn::ScalableTag<C> d;
  const auto count = static_cast<std::int64_t>(hn::Lanes(d)) * kVectors;
  return count < kMostTileColumns ? count : kMostTileColumns;
}

// The registers of one row.
template <class V>
struct Row {
  V v0, v1, v2, v3;
};

// The first kUsed vectors of every row.
template <class C, std::int64_t kRows, std::int64_t kUsed>
HWY_INLINE void multiply(const C* HWY_RESTRICT a, const C* HWY_RESTRICT b, std::int64_t b_step, std::int64_t depth,
                         C* HWY_RESTRICT tile, std::int64_t tile_step, bool add) {
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V zero = hn::Zero(d);
  Row<V> r0{zero, zero, zero, zero}, r1 = r0, r2 = r0, r3 = r0, r4 = r0, r5 = r0;

#define PTETOOL_EACH_ROW(ACTION) \
  ACTION(0, r0)                  \
  if constexpr (kRows > 1) {     \
    ACTION(1, r1)                \
  }                              \
  if constexpr (kRows > 2) {     \
    ACTION(2, r2)                \
  }                              \
  if constexpr (kRows > 3) {     \
    ACTION(3, r3)                \
  }                              \
  if constexpr (kRows > 4) {     \
    ACTION(4, r4)                \
  }                              \
  if constexpr (kRows > 5) {     \
    ACTION(5, r5)                \
  }
#define PTETOOL_LOAD(i, r)                                                        \
  r.v0 = hn::LoadU(d, tile + (i)*tile_step);                                      \
  if constexpr (kUsed > 1) r.v1 = hn::LoadU(d, tile + (i)*tile_step + 1 * lanes); \
  if constexpr (kUsed > 2) {                                                      \
    r.v2 = hn::LoadU(d, tile + (i)*tile_step + 2 * lanes);                        \
    r.v3 = hn::LoadU(d, tile + (i)*tile_step + 3 * lanes);                        \
  }
#define PTETOOL_MULTIPLY(i, r)                                    \
  {                                                               \
    const V factor = hn::Set(d, a[i]);                            \
    r.v0 = hn::MulAdd(factor, b0, r.v0);                          \
    if constexpr (kUsed > 1) r.v1 = hn::MulAdd(factor, b1, r.v1); \
    if constexpr (kUsed > 2) {                                    \
      r.v2 = hn::MulAdd(factor, b2, r.v2);                        \
      r.v3 = hn::MulAdd(factor, b3, r.v3);                        \
    }                                                             \
  }
#define PTETOOL_STORE(i, r)                                                       \
  hn::StoreU(r.v0, d, tile + (i)*tile_step);                                      \
  if constexpr (kUsed > 1) hn::StoreU(r.v1, d, tile + (i)*tile_step + 1 * lanes); \
  if constexpr (kUsed > 2) {                                                      \
    hn::StoreU(r.v2, d, tile + (i)*tile_step + 2 * lanes);                        \
    hn::StoreU(r.v3, d, tile + (i)*tile_step + 3 * lanes);                        \
  }

  if (add) {
    PTETOOL_EACH_ROW(PTETOOL_LOAD)
  }
  for (std::int64_t p = 0; p < depth; ++p) {
    const V b0 = hn::LoadU(d, b);
    [[maybe_unused]] V b1 = zero, b2 = zero, b3 = zero;
    if constexpr (kUsed > 1) b1 = hn::LoadU(d, b + lanes);
    if constexpr (kUsed > 2) {
      b2 = hn::LoadU(d, b + 2 * lanes);
      b3 = hn::LoadU(d, b + 3 * lanes);
    }
    PTETOOL_EACH_ROW(PTETOOL_MULTIPLY)
    a += kTileRows;
    b += b_step;
  }
  PTETOOL_EACH_ROW(PTETOOL_STORE)

#undef PTETOOL_EACH_ROW
#undef PTETOOL_LOAD
#undef PTETOOL_MULTIPLY
#undef PTETOOL_STORE
}

template <class C, std::int64_t kUsed>
HWY_INLINE void multiply_rows(const C* a, const C* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                              C* tile, std::int64_t tile_step, bool add) {
  switch (rows) {
    case 1: return multiply<C, 1, kUsed>(a, b, b_step, depth, tile, tile_step, add);
    case 2: return multiply<C, 2, kUsed>(a, b, b_step, depth, tile, tile_step, add);
    case 3: return multiply<C, 3, kUsed>(a, b, b_step, depth, tile, tile_step, add);
    case 4: return multiply<C, 4, kUsed>(a, b, b_step, depth, tile, tile_step, add);
    case 5: return multiply<C, 5, kUsed>(a, b, b_step, depth, tile, tile_step, add);
    default: return multiply<C, 6, kUsed>(a, b, b_step, depth, tile, tile_step, add);
  }
}

template <class C>
HWY_INLINE void multiply_columns(const C* a, const C* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                                 std::int64_t columns, C* tile, std::int64_t tile_step, bool add) {
  const hn::ScalableTag<C> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (columns <= lanes) return multiply_rows<C, 1>(a, b, b_step, depth, rows, tile, tile_step, add);
  if (columns <= 2 * lanes) return multiply_rows<C, 2>(a, b, b_step, depth, rows, tile, tile_step, add);
  return multiply_rows<C, kVectors>(a, b, b_step, depth, rows, tile, tile_step, add);
}

template <class C>
HWY_INLINE void dots(const C* a, std::int64_t a_step, std::int64_t rows, const C* b, std::int64_t depth, C* sums) {
  switch (rows) {
    case 1: return dot<C, 1>(a, a_step, b, depth, sums, 1);
    case 2: return dot<C, 2>(a, a_step, b, depth, sums, 1);
    case 3: return dot<C, 3>(a, a_step, b, depth, sums, 1);
    default: return dot<C, 4>(a, a_step, b, depth, sums, 1);
  }
}

std::int64_t columns_float() { return columns<float>(); }
void multiply_float(const float* a, const float* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                    std::int64_t columns, float* tile, std::int64_t tile_step, bool add) {
  multiply_columns(a, b, b_step, depth, rows, columns, tile, tile_step, add);
}
void dots_float(const float* a, std::int64_t a_step, std::int64_t rows, const float* b, std::int64_t depth,
                float* sums) {
  dots(a, a_step, rows, b, depth, sums);
}

#if HWY_HAVE_FLOAT64
std::int64_t columns_double() { return columns<double>(); }
void multiply_double(const double* a, const double* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                     std::int64_t columns, double* tile, std::int64_t tile_step, bool add) {
  multiply_columns(a, b, b_step, depth, rows, columns, tile, tile_step, add);
}
void dots_double(const double* a, std::int64_t a_step, std::int64_t rows, const double* b, std::int64_t depth,
                 double* sums) {
  dots(a, a_step, rows, b, depth, sums);
}
#else
// A CPU whose vectors hold no doubles: one by one.
std::int64_t columns_double() { return 4; }
void multiply_double(const double* a, const double* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                     std::int64_t, double* tile, std::int64_t tile_step, bool add) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) {
      double sum = add ? tile[i * tile_step + j] : 0;
      for (std::int64_t p = 0; p < depth; ++p) sum += a[p * kTileRows + i] * b[p * b_step + j];
      tile[i * tile_step + j] = sum;
    }
  }
}
void dots_double(const double* a, std::int64_t a_step, std::int64_t rows, const double* b, std::int64_t depth,
                 double* sums) {
  for (std::int64_t i = 0; i < rows; ++i) {
    sums[i] = 0;
    for (std::int64_t p = 0; p < depth; ++p) sums[i] += a[i * a_step + p] * b[p];
  }
}
#endif

}  // namespace
}  // namespace ptetool::ops::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ptetool::ops::simd {

HWY_EXPORT(columns_float);
HWY_EXPORT(columns_double);
HWY_EXPORT(multiply_float);
HWY_EXPORT(multiply_double);
HWY_EXPORT(dots_float);
HWY_EXPORT(dots_double);

template <>
std::int64_t tile_columns<float>() {
  return HWY_DYNAMIC_DISPATCH(columns_float)();
}
template <>
std::int64_t tile_columns<double>() {
  return HWY_DYNAMIC_DISPATCH(columns_double)();
}
template <>
void multiply_tile(const float* a, const float* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                   std::int64_t columns, float* tile, std::int64_t tile_step, bool add) {
  HWY_DYNAMIC_DISPATCH(multiply_float)(a, b, b_step, depth, rows, columns, tile, tile_step, add);
}
template <>
void multiply_tile(const double* a, const double* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                   std::int64_t columns, double* tile, std::int64_t tile_step, bool add) {
  HWY_DYNAMIC_DISPATCH(multiply_double)(a, b, b_step, depth, rows, columns, tile, tile_step, add);
}
template <>
void dot_rows(const float* a, std::int64_t a_step, std::int64_t rows, const float* b, std::int64_t depth, float* sums) {
  HWY_DYNAMIC_DISPATCH(dots_float)(a, a_step, rows, b, depth, sums);
}
template <>
void dot_rows(const double* a, std::int64_t a_step, std::int64_t rows, const double* b, std::int64_t depth,
              double* sums) {
  HWY_DYNAMIC_DISPATCH(dots_double)(a, a_step, rows, b, depth, sums);
}

}  // namespace ptetool::ops::simd
#endif
