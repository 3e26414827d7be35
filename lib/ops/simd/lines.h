// Many vectors, a few rows for each of them: what attention does with keys and values while single tokens are decoded.
#pragma once

#include <cstdint>

namespace ptetool::ops::simd {

// Vectors that meet the same rows, side by side: what is loaded of a row serves all of them.
inline constexpr std::int64_t kSide = 4;

// `count` groups of `side` vectors (kSide or 1) of `size` numbers: vector s of group i is data[i * side + s].
struct Vectors {
  const float* const* data = nullptr;
  std::int64_t count = 0;
  std::int64_t side = 0;
  std::int64_t size = 0;
  std::int64_t ahead = 0;  // what lies so many numbers behind a vector is needed soon, and asked for; 0: nothing is
};

// Numbers of group i, row r and vector s at i * group_step + r * row_step + s.
struct RowSteps {
  std::int64_t rows = 0;
  std::int64_t group_step = 0, row_step = 0;
};

// scores[…] = the dot product of a vector and the row at rows[i * rows_step + r * size].
void score_vectors(const Vectors& vectors, const float* rows, std::int64_t rows_step, float* scores,
                   const RowSteps& steps);

// sums[i * sums_step + r * size + j] += weights[…] * element j of a vector, for all vectors of group i. The sums of two
// groups are the same, or apart.
void add_vectors(const Vectors& vectors, const float* weights, const RowSteps& steps, float* sums,
                 std::int64_t sums_step);

}  // namespace ptetool::ops::simd
