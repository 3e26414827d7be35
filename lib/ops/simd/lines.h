// Many vectors, a few rows for each of them: what attention does with keys and values while single tokens are decoded.
#pragma once

#include <cstdint>

namespace ptetool::ops::simd {

// `count` vectors of `size` numbers. `ahead` numbers behind each lies the one that will be needed soon, and that the
// processor is told to fetch; 0: none.
struct Vectors {
  const float* const* data = nullptr;
  std::int64_t count = 0;
  std::int64_t size = 0;
  std::int64_t ahead = 0;
};

// Numbers of vector i and row r at i * vector_step + r * row_step.
struct RowSteps {
  std::int64_t rows = 0;
  std::int64_t vector_step = 0, row_step = 0;
};

// scores[…] = the dot product of vector i and the row at rows[i * rows_step + r * size].
void score_vectors(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
                   const RowSteps& steps);

// sums[i * sums_step + r * size + j] += weights[…] * element j of vector i. The sums of two vectors are the same, or
// apart.
void add_vectors(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums,
                 std::int64_t sums_step);

}  // namespace ptetool::ops::simd
