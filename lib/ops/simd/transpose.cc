// Squares of four by four elements, as many below one another as a vector holds, turned in registers; the edges one by
// one.
#include "ops/simd/transpose.h"

#include "ops/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/simd/transpose.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ptetool::ops::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kSide = 4;
constexpr std::int64_t kBand = 64;  // columns at a time: a few cache lines of every row

#if HWY_TARGET == HWY_SCALAR
constexpr std::int64_t kTall = kSide;
#else
// Rows that a vector takes; of vectors whose length the CPU chooses, only what is certain.
constexpr std::int64_t kTall = HWY_HAVE_SCALABLE ? kSide : HWY_MAX_BYTES / 4 < 16 ? HWY_MAX_BYTES / 4 : 16;
// A vector of four columns of every fourth of kLanes rows, from the first on.
template <std::size_t kLanes>
HWY_INLINE auto four_columns(const std::uint32_t* HWY_RESTRICT from, std::int64_t step) {
  const hn::FixedTag<std::uint32_t, kLanes> d;
  if constexpr (kLanes == 4) {
    return hn::LoadU(d, from);
  } else {
    constexpr std::size_t kHalf = kLanes / 2;
    return hn::Combine(d, four_columns<kHalf>(from + static_cast<std::int64_t>(kHalf) * step, step),
                       four_columns<kHalf>(from, step));
  }
}

// kLanes rows of four columns: in every vector, each four lanes turn a square.
template <std::size_t kLanes>
HWY_INLINE void turn_column(const std::uint32_t* HWY_RESTRICT from, std::int64_t from_step,
                            std::uint32_t* HWY_RESTRICT to, std::int64_t to_step) {
  const hn::FixedTag<std::uint32_t, kLanes> d;
  const hn::FixedTag<std::uint64_t, kLanes / 2> pairs;
  const auto r0 = four_columns<kLanes>(from, from_step), r1 = four_columns<kLanes>(from + from_step, from_step);
  const auto r2 = four_columns<kLanes>(from + 2 * from_step, from_step);
  const auto r3 = four_columns<kLanes>(from + 3 * from_step, from_step);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_step);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_step);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_step);
}

#endif

// kRows rows of four columns.
template <std::int64_t kRows>
HWY_INLINE void turn(const std::uint32_t* HWY_RESTRICT from, std::int64_t from_step, std::uint32_t* HWY_RESTRICT to,
                     std::int64_t to_step) {
#if HWY_TARGET == HWY_SCALAR
  for (std::int64_t row = 0; row < kRows; ++row) {
    for (std::int64_t column = 0; column < kSide; ++column) {
      to[column * to_step + row] = from[row * from_step + column];
    }
  }
#else
  turn_column<static_cast<std::size_t>(kRows)>(from, from_step, to, to_step);
#endif
}

void transpose_all(const std::uint32_t* HWY_RESTRICT from, std::int64_t from_step, std::int64_t rows,
                   std::int64_t columns, std::uint32_t* HWY_RESTRICT to, std::int64_t to_step) {
  const std::int64_t whole_rows = rows / kSide * kSide;
  for (std::int64_t band = 0; band < columns; band += kBand) {
    const std::int64_t end = band + kBand < columns ? band + kBand : columns;
    const std::int64_t whole_end = band + (end - band) / kSide * kSide;
    std::int64_t row = 0;
    for (; row + kTall <= whole_rows; row += kTall) {
      for (std::int64_t column = band; column < whole_end; column += kSide) {
        turn<kTall>(from + row * from_step + column, from_step, to + column * to_step + row, to_step);
      }
    }
    for (; row < whole_rows; row += kSide) {
      for (std::int64_t column = band; column < whole_end; column += kSide) {
        turn<kSide>(from + row * from_step + column, from_step, to + column * to_step + row, to_step);
      }
    }
    for (row = 0; row < rows; ++row) {
      for (std::int64_t column = row < whole_rows ? whole_end : band; column < end; ++column) {
        to[column * to_step + row] = from[row * from_step + column];
      }
    }
  }
}

}  // namespace
}  // namespace ptetool::ops::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ptetool::ops::simd {

HWY_EXPORT(transpose_all);
void transpose(const std::uint32_t* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns,
               std::uint32_t* to, std::int64_t to_step) {
  HWY_DYNAMIC_DISPATCH(transpose_all)(from, from_step, rows, columns, to, to_step);
}

}  // namespace ptetool::ops::simd
#endif
