// The heart of matrix multiplication: a tile of results, kept in registers, from packed rows and columns.
#pragma once

#include <cstdint>

namespace ptetool::ops::simd {

// Rows of a tile.
inline constexpr std::int64_t kTileRows = 6;
// Columns of a tile: depends on the CPU, at most kMostTileColumns. C is float or double.
inline constexpr std::int64_t kMostTileColumns = 64;
template <class C>
std::int64_t tile_columns();

// tile[i][j] = (add ? tile[i][j] : 0) + sum over p < depth of a[p][i] * b[p][j], for i < `rows` (1 … kTileRows) and
// j < `columns` (1 … tile_columns()); further columns of the tile may be written, too, as far as tile_columns(), and b
// must be readable there. a is packed as [depth][kTileRows], the rows of b are `b_step` apart, those of the tile
// `tile_step`.
template <class C>
void multiply_tile(const C* a, const C* b, std::int64_t b_step, std::int64_t depth, std::int64_t rows,
                   std::int64_t columns, C* tile, std::int64_t tile_step, bool add);

// sums[i] = the sum over p < depth of a[i * a_step + p] * b[p], for i < `rows` (1 … kDotRows).
inline constexpr std::int64_t kDotRows = 4;
template <class C>
void dot_rows(const C* a, std::int64_t a_step, std::int64_t rows, const C* b, std::int64_t depth, C* sums);

}  // namespace ptetool::ops::simd
