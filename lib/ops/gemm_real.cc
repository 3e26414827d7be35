// Large products go through the tiles of gemm_panels.h. Where one side has a few lanes only, the time goes into reading
// the other side once, and that one is not packed: its lines are multiplied where they are, or its columns by dot
// products.
#include "ops/gemm_real.h"

#include "ops/gemm_matrices.h"

namespace ptetool::ops {

namespace {

// A few rows with columns that lie one beside the other: whole lines of b are multiplied where they are.
template <class C>
void multiply_lines(const Call& call, const LaneMatrix& rows, std::int64_t m, const LaneMatrix& columns, std::int64_t n,
                    std::int64_t k, const TileSink<C>& sink) {
  const std::int64_t width = simd::tile_columns<C>();
  const auto packed = call.scratch<C>(k * simd::kTileRows);
  const MatrixSource<C> row_source(rows);
  for (std::int64_t p = 0; p < k; p += kPanelDepth) {
    row_source.pack(0, m, simd::kTileRows, p, std::min(kPanelDepth, k - p), packed.get() + p * simd::kTileRows);
  }
  const MatrixSource<C> column_source(columns);
  call.parallel((n + width - 1) / width, k * width / 4, [&](std::int64_t first, std::int64_t last) {
    C tile[simd::kTileRows * simd::kMostTileColumns];
    Scratch<C> panel;
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t count = std::min(width, n - i * width);
      if (count < width) panel = call.scratch<C>(width * kPanelDepth);
      for (std::int64_t p = 0; p < k; p += kPanelDepth) {
        const std::int64_t depth = std::min(kPanelDepth, k - p);
        if (panel) column_source.pack(i * width, count, width, p, depth, panel.get());
        const C* b = panel ? panel.get() : columns.numbers<C>(i * width, p);
        simd::multiply_tile(packed.get() + p * simd::kTileRows, b, panel ? width : columns.depth_step, depth, m, count,
                            tile, width, p != 0);
      }
      sink.store(0, m, i * width, count, tile, width);
    }
  });
}

// A few rows with columns whose numbers lie one after the other: one pass over each column.
template <class C>
void multiply_dots(const Call& call, const LaneMatrix& rows, std::int64_t m, const LaneMatrix& columns, std::int64_t n,
                   std::int64_t k, const TileSink<C>& sink) {
  constexpr std::int64_t kGroup = 32;  // columns
  Scratch<C> copied;
  const C* a = nullptr;
  std::int64_t a_step = rows.lane_step;
  if (rows.plain<C>() && rows.depth_step == 1) {
    a = rows.numbers<C>(0, 0);
  } else {
    copied = call.scratch<C>(m * k);
    const MatrixSource<C> source(rows);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t p = 0; p < k; p += kPanelDepth) {
        source.pack(i, 1, 1, p, std::min(kPanelDepth, k - p), copied.get() + i * k + p);
      }
    }
    a = copied.get();
    a_step = k;
  }
  const Reader reader(columns.dtype, columns.dtype);
  const bool plain = columns.plain<C>();
  call.parallel((n + kGroup - 1) / kGroup, kGroup * k / 4, [&](std::int64_t first, std::int64_t last) {
    C results[simd::kDotRows * kGroup];
    Block scratch;
    for (std::int64_t group = first; group < last; ++group) {
      const std::int64_t count = std::min(kGroup, n - group * kGroup);
      for (std::int64_t j = 0; j < count; ++j) {
        C sums[simd::kDotRows] = {};
        for (std::int64_t p = 0; p < k; p += kBlock) {
          const std::int64_t depth = std::min(kBlock, k - p);
          const C* b = plain ? columns.numbers<C>(group * kGroup + j, p)
                             : reader.template read_as<C>(columns.at(group * kGroup + j, p), 1, depth, scratch);
          C part[simd::kDotRows];
          simd::dot_rows(a + p, a_step, m, b, depth, part);
          for (std::int64_t i = 0; i < m; ++i) sums[i] += part[i];
        }
        for (std::int64_t i = 0; i < m; ++i) results[i * kGroup + j] = sums[i];
      }
      sink.store(0, m, group * kGroup, count, results, kGroup);
    }
  });
}

}  // namespace

template <class C>
void multiply_real(const Call& call, const Gemm& gemm) {
  std::int64_t m = gemm.out.sizes[0];
  std::int64_t n = gemm.out.sizes[1];
  const std::int64_t k = gemm.a.sizes[1];
  LaneMatrix rows = rows_of(gemm.a);
  LaneMatrix columns = columns_of(gemm.b);
  const bool swapped = n <= simd::kDotRows && m > n;
  if (swapped) {
    std::swap(m, n);
    std::swap(rows, columns);
  }
  const MatrixSink<C> sink(gemm, swapped);
  if (k == 0) {
    // Sums of nothing.
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; j += kBlock) {
        C zeros[kBlock] = {};
        sink.store(i, 1, j, std::min(kBlock, n - j), zeros, kBlock);
      }
    }
  } else if (m <= simd::kDotRows && columns.depth_step == 1) {
    multiply_dots<C>(call, rows, m, columns, n, k, sink);
  } else if (m <= simd::kTileRows && columns.lane_step == 1 && columns.plain<C>()) {
    multiply_lines<C>(call, rows, m, columns, n, k, sink);
  } else {
    multiply_lanes<C>(call, MatrixSource<C>(rows), m, MatrixSource<C>(columns), n, k, sink);
  }
}

template void multiply_real<float>(const Call&, const Gemm&);
template void multiply_real<double>(const Call&, const Gemm&);

}  // namespace ptetool::ops
