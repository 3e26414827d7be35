// A few vectors and a few rows at once: each number is loaded once, and used for all that it meets.
#include "ops/simd/lines.h"

#include "ops/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd/lines.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class V>
struct Four {
  V v0, v1, v2, v3;
};

// The numbers [j, j + lanes) of kVectors (1 or 4) vectors.
template <std::int64_t kVectors, class D>
HWY_INLINE Four<hn::Vec<D>> load(D d, const float* const* vectors, std::int64_t j) {
  Four<hn::Vec<D>> result{};
  result.v0 = hn::LoadU(d, vectors[0] + j);
  if constexpr (kVectors > 1) {
    result.v1 = hn::LoadU(d, vectors[1] + j);
    result.v2 = hn::LoadU(d, vectors[2] + j);
    result.v3 = hn::LoadU(d, vectors[3] + j);
  }
  return result;
}

// Asks for what lies `ahead` numbers behind those that load() gives.
template <std::int64_t kVectors>
HWY_INLINE void ask(const float* const* vectors, std::int64_t j, std::int64_t ahead) {
  for (std::int64_t v = 0; v < kVectors; ++v) __builtin_prefetch(vectors[v] + j + ahead);
}

template <std::int64_t kVectors, class V>
HWY_INLINE void multiply_add(V factor, const Four<V>& vectors, Four<V>& sums) {
  sums.v0 = hn::MulAdd(factor, vectors.v0, sums.v0);
  if constexpr (kVectors > 1) {
    sums.v1 = hn::MulAdd(factor, vectors.v1, sums.v1);
    sums.v2 = hn::MulAdd(factor, vectors.v2, sums.v2);
    sums.v3 = hn::MulAdd(factor, vectors.v3, sums.v3);
  }
}

// What the lanes hold, and what the numbers from `done` on give. In double, so that short vectors give the same on
// every CPU.
template <class D>
HWY_INLINE float whole(D d, hn::Vec<D> lanes, const float* a, const float* b, std::int64_t done, std::int64_t size) {
  double sum = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, lanes)));
  for (std::int64_t j = done; j < size; ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  return static_cast<float>(sum);
}

template <std::int64_t kVectors, class D>
HWY_INLINE void finish(D d, const Four<hn::Vec<D>>& sums, const float* row, const float* const* vectors,
                       std::int64_t done, std::int64_t size, float* scores) {
  scores[0] = whole(d, sums.v0, row, vectors[0], done, size);
  if constexpr (kVectors > 1) {
    scores[1] = whole(d, sums.v1, row, vectors[1], done, size);
    scores[2] = whole(d, sums.v2, row, vectors[2], done, size);
    scores[3] = whole(d, sums.v3, row, vectors[3], done, size);
  }
}

// kRows: 1 … 4. Two at a time: the sums of more need more registers than there are.
template <std::int64_t kRows, std::int64_t kVectors>
HWY_INLINE void score(const float* const* vectors, std::int64_t ahead, const float* HWY_RESTRICT rows,
                      std::int64_t size, float* HWY_RESTRICT scores, std::int64_t row_step) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  Four<hn::Vec<decltype(d)>> first{zero, zero, zero, zero}, second = first;
  std::int64_t j = 0;
  for (; j + lanes <= size; j += lanes) {
    const auto loaded = load<kVectors>(d, vectors, j);
    ask<kVectors>(vectors, j, ahead);
    multiply_add<kVectors>(hn::LoadU(d, rows + j), loaded, first);
    if constexpr (kRows > 1) multiply_add<kVectors>(hn::LoadU(d, rows + size + j), loaded, second);
  }
  finish<kVectors>(d, first, rows, vectors, j, size, scores);
  if constexpr (kRows > 1) finish<kVectors>(d, second, rows + size, vectors, j, size, scores + row_step);
  if constexpr (kRows > 2)
    score<kRows - 2, kVectors>(vectors, 0, rows + 2 * size, size, scores + 2 * row_step, row_step);
}

template <std::int64_t kVectors, class D>
HWY_INLINE Four<hn::Vec<D>> broadcast(D d, const float* weights) {
  Four<hn::Vec<D>> result{};
  result.v0 = hn::Set(d, weights[0]);
  if constexpr (kVectors > 1) {
    result.v1 = hn::Set(d, weights[1]);
    result.v2 = hn::Set(d, weights[2]);
    result.v3 = hn::Set(d, weights[3]);
  }
  return result;
}

template <std::int64_t kVectors, class V>
HWY_INLINE V weighted(const Four<V>& weights, const Four<V>& vectors, V sum) {
  sum = hn::MulAdd(weights.v0, vectors.v0, sum);
  if constexpr (kVectors > 1) {
    sum = hn::MulAdd(weights.v1, vectors.v1, sum);
    sum = hn::MulAdd(weights.v2, vectors.v2, sum);
    sum = hn::MulAdd(weights.v3, vectors.v3, sum);
  }
  return sum;
}

template <std::int64_t kRows, std::int64_t kVectors>
HWY_INLINE void add(const float* const* vectors, std::int64_t ahead, const float* weights, std::int64_t row_step,
                    std::int64_t size, float* HWY_RESTRICT sums) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto first = broadcast<kVectors>(d, weights);
  const auto second = broadcast<kVectors>(d, kRows > 1 ? weights + row_step : weights);
  std::int64_t j = 0;
  for (; j + lanes <= size; j += lanes) {
    const auto loaded = load<kVectors>(d, vectors, j);
    ask<kVectors>(vectors, j, ahead);
    hn::StoreU(weighted<kVectors>(first, loaded, hn::LoadU(d, sums + j)), d, sums + j);
    if constexpr (kRows > 1) {
      hn::StoreU(weighted<kVectors>(second, loaded, hn::LoadU(d, sums + size + j)), d, sums + size + j);
    }
  }
  for (; j < size; ++j) {
    for (std::int64_t v = 0; v < kVectors; ++v) {
      sums[j] += weights[v] * vectors[v][j];
      if constexpr (kRows > 1) sums[size + j] += weights[row_step + v] * vectors[v][j];
    }
  }
  if constexpr (kRows > 2) {
    add<kRows - 2, kVectors>(vectors, 0, weights + 2 * row_step, row_step, size, sums + 2 * size);
  }
}

template <std::int64_t kRows, std::int64_t kVectors>
void score_all(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
               const RowSteps& steps) {
  for (std::int64_t i = 0; i < vectors.count; ++i) {
    score<kRows, kVectors>(vectors.data + i * kVectors, vectors.ahead, rows + i * rows_step, vectors.size,
                           scores + i * steps.group_step, steps.row_step);
  }
}
template <std::int64_t kRows, std::int64_t kVectors>
void add_all(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums, std::int64_t sums_step) {
  for (std::int64_t i = 0; i < vectors.count; ++i) {
    add<kRows, kVectors>(vectors.data + i * kVectors, vectors.ahead, weights + i * steps.group_step, steps.row_step,
                         vectors.size, sums + i * sums_step);
  }
}

template <std::int64_t kVectors>
void score_rows(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
                const RowSteps& steps) {
  switch (steps.rows) {
    case 1: return score_all<1, kVectors>(vectors, rows, rows_step, scores, steps);
    case 2: return score_all<2, kVectors>(vectors, rows, rows_step, scores, steps);
    case 3: return score_all<3, kVectors>(vectors, rows, rows_step, scores, steps);
    default: return score_all<4, kVectors>(vectors, rows, rows_step, scores, steps);
  }
}
template <std::int64_t kVectors>
void add_rows(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums,
              std::int64_t sums_step) {
  switch (steps.rows) {
    case 1: return add_all<1, kVectors>(vectors, weights, steps, sums, sums_step);
    case 2: return add_all<2, kVectors>(vectors, weights, steps, sums, sums_step);
    case 3: return add_all<3, kVectors>(vectors, weights, steps, sums, sums_step);
    default: return add_all<4, kVectors>(vectors, weights, steps, sums, sums_step);
  }
}

void score_few(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
               const RowSteps& steps) {
  (vectors.side == 1 ? score_rows<1> : score_rows<kSide>)(vectors, rows, rows_step, scores, steps);
}
void add_few(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums, std::int64_t sums_step) {
  (vectors.side == 1 ? add_rows<1> : add_rows<kSide>)(vectors, weights, steps, sums, sums_step);
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
