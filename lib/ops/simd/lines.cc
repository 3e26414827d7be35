// Each vector is read once, and multiplied with up to four rows on the way.
#include "ops/simd/lines.h"

#include "ops/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd/lines.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/simd/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Fetches what lies behind numbers [j, j + count) of the vector.
HWY_INLINE void fetch(const Vectors& vectors, const float* vector, std::int64_t j, std::int64_t count) {
  constexpr std::int64_t kLine = 64 / sizeof(float);
  if (vectors.ahead == 0) return;
  for (std::int64_t k = 0; k < count; k += kLine) hwy::Prefetch(vector + vectors.ahead + j + k);
}

template <std::int64_t kRows>
HWY_INLINE void add(const Vectors& vectors, const float* HWY_RESTRICT vector, const float* weights,
                    std::int64_t row_step, float* HWY_RESTRICT sums) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t size = vectors.size;
  const V w0 = hn::Set(d, weights[0]);
  const V w1 = hn::Set(d, kRows > 1 ? weights[row_step] : 0.0f);
  const V w2 = hn::Set(d, kRows > 2 ? weights[2 * row_step] : 0.0f);
  const V w3 = hn::Set(d, kRows > 3 ? weights[3 * row_step] : 0.0f);
  std::int64_t j = 0;
  for (; j + lanes <= size; j += lanes) {
    fetch(vectors, vector, j, lanes);
    const V v = hn::LoadU(d, vector + j);
    hn::StoreU(hn::MulAdd(w0, v, hn::LoadU(d, sums + j)), d, sums + j);
    if constexpr (kRows > 1) hn::StoreU(hn::MulAdd(w1, v, hn::LoadU(d, sums + size + j)), d, sums + size + j);
    if constexpr (kRows > 2) hn::StoreU(hn::MulAdd(w2, v, hn::LoadU(d, sums + 2 * size + j)), d, sums + 2 * size + j);
    if constexpr (kRows > 3) hn::StoreU(hn::MulAdd(w3, v, hn::LoadU(d, sums + 3 * size + j)), d, sums + 3 * size + j);
  }
  for (; j < size; ++j) {
    for (std::int64_t r = 0; r < kRows; ++r) sums[r * size + j] += weights[r * row_step] * vector[j];
  }
}

template <std::int64_t kRows>
void score_all(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
               const RowSteps& steps) {
  for (std::int64_t i = 0; i < vectors.count; ++i) {
    const float* vector = vectors.data[i];
    dot<float, kRows>(rows + i * rows_step, vectors.size, vector, vectors.size, scores + i * steps.vector_step,
                      steps.row_step, [&](std::int64_t j, std::int64_t count) { fetch(vectors, vector, j, count); });
  }
}
template <std::int64_t kRows>
void add_all(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums, std::int64_t sums_step) {
  for (std::int64_t i = 0; i < vectors.count; ++i) {
    add<kRows>(vectors, vectors.data[i], weights + i * steps.vector_step, steps.row_step, sums + i * sums_step);
  }
}

void score_few(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
               const RowSteps& steps) {
  switch (steps.rows) {
    case 1: return score_all<1>(vectors, rows, rows_step, scores, steps);
    case 2: return score_all<2>(vectors, rows, rows_step, scores, steps);
    case 3: return score_all<3>(vectors, rows, rows_step, scores, steps);
    default: return score_all<4>(vectors, rows, rows_step, scores, steps);
  }
}
void add_few(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums, std::int64_t sums_step) {
  switch (steps.rows) {
    case 1: return add_all<1>(vectors, weights, steps, sums, sums_step);
    case 2: return add_all<2>(vectors, weights, steps, sums, sums_step);
    case 3: return add_all<3>(vectors, weights, steps, sums, sums_step);
    default: return add_all<4>(vectors, weights, steps, sums, sums_step);
  }
}

}  // namespace
}  // namespace ptetool::ops::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace ptetool::ops::simd {

HWY_EXPORT(score_few);
HWY_EXPORT(add_few);

namespace {

constexpr std::int64_t kMostRows = 4;

// Calls f(first row, steps of at most kMostRows rows).
template <class F>
void in_fours(RowSteps steps, F&& f) {
  const std::int64_t rows = steps.rows;
  for (std::int64_t first = 0; first < rows; first += kMostRows) {
    steps.rows = std::min(kMostRows, rows - first);
    f(first, steps);
  }
}

}  // namespace

void score_vectors(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
                   const RowSteps& steps) {
  in_fours(steps, [&](std::int64_t first, const RowSteps& few) {
    HWY_DYNAMIC_DISPATCH(score_few)
    (vectors, rows + first * vectors.size, rows_step, scores + first * steps.row_step, few);
  });
}

void add_vectors(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums,
                 std::int64_t sums_step) {
  in_fours(steps, [&](std::int64_t first, const RowSteps& few) {
    HWY_DYNAMIC_DISPATCH(add_few)
    (vectors, weights + first * steps.row_step, few, sums + first * vectors.size, sums_step);
  });
}

}  // namespace ptetool::ops::simd
#endif
