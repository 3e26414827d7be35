// The depth is cut into slabs. Of each slab the shorter side is packed whole, once, for all threads; the longer side is
// cut into ranges, which threads pack for themselves, a cache's worth at a time, and multiply with all of the other.
#include "ops/gemm_panels.h"

#include <algorithm>

#include "ops/simd/tile.h"

namespace ptetool::ops {

namespace {

std::int64_t panels_of(std::int64_t lanes, std::int64_t width) { return (lanes + width - 1) / width; }

template <class C>
class Multiplication {
 public:
  Multiplication(const Call& call, const LaneSource<C>& rows, std::int64_t m, const LaneSource<C>& columns,
                 std::int64_t n, std::int64_t k, const TileSink<C>& sink)
      : call_(call), rows_(rows), columns_(columns), sink_(sink), m_(m), n_(n), k_(k) {
    if (k_ > kPanelDepth && (n_ % width_ != 0 || !sink.place(0, 0).numbers)) {
      sums_ = call.scratch<C>(row_panels_ * column_panels_ * tile_size_);
    }
  }

  void run() {
    const bool columns_shared = n_ < m_;
    const std::int64_t shared_width = columns_shared ? width_ : kRows;
    const std::int64_t shared_panels = columns_shared ? column_panels_ : row_panels_;
    const std::int64_t own_panels = columns_shared ? row_panels_ : column_panels_;
    const std::int64_t own_width = columns_shared ? kRows : width_;
    const auto shared = call_.scratch<C>(shared_panels * shared_width * std::min(k_, kPanelDepth));
    for (std::int64_t depth0 = 0; depth0 < k_; depth0 += kPanelDepth) {
      const Slab slab{depth0, std::min(kPanelDepth, k_ - depth0)};
      call_.parallel(shared_panels, 2 * shared_width * slab.depth, [&](std::int64_t first, std::int64_t last) {
        pack_panels(columns_shared, first, last, slab, shared.get() + first * shared_width * slab.depth);
      });
      const std::int64_t cost = shared_panels * kRows * width_ * slab.depth / 16 + own_width * slab.depth;
      call_.parallel(own_panels, cost, [&](std::int64_t first, std::int64_t last) {
        const std::int64_t group = std::max<std::int64_t>(kGroupLanes / own_width, 1);
        const auto own = call_.scratch<C>(std::min(group, last - first) * own_width * slab.depth);
        for (std::int64_t panel = first; panel < last; panel += group) {
          const std::int64_t end = std::min(last, panel + group);
          pack_panels(!columns_shared, panel, end, slab, own.get());
          if (columns_shared) {
            multiply_panels(own.get(), panel, end, shared.get(), 0, column_panels_, slab);
          } else {
            multiply_panels(shared.get(), 0, row_panels_, own.get(), panel, end, slab);
          }
        }
      });
    }
  }

 private:
  static constexpr std::int64_t kRows = simd::kTileRows;
  static constexpr std::int64_t kGroupLanes = 192;  // packed at a time: half of a second-level cache at full depth
  struct Slab {
    std::int64_t depth0, depth;
  };

  void pack_panels(bool of_columns, std::int64_t first, std::int64_t last, const Slab& slab, C* packed) const {
    const std::int64_t width = of_columns ? width_ : kRows;
    const std::int64_t lanes = of_columns ? n_ : m_;
    const LaneSource<C>& source = of_columns ? columns_ : rows_;
    for (std::int64_t panel = first; panel < last; ++panel, packed += width * slab.depth) {
      source.pack(panel * width, std::min(width, lanes - panel * width), width, slab.depth0, slab.depth, packed);
    }
  }

  // A panel of b stays in the first-level cache while all panels of a pass by.
  void multiply_panels(const C* a, std::int64_t first_row, std::int64_t last_row, const C* b, std::int64_t first_column,
                       std::int64_t last_column, const Slab& slab) const {
    C results[kRows * simd::kMostTileColumns];
    for (std::int64_t column = first_column; column < last_column; ++column) {
      const C* b_panel = b + (column - first_column) * width_ * slab.depth;
      const std::int64_t columns = std::min(width_, n_ - column * width_);
      for (std::int64_t row = first_row; row < last_row; ++row) {
        const std::int64_t rows = std::min(kRows, m_ - row * kRows);
        // A tile of fewer columns would write beyond them.
        auto tile = columns == width_ ? sink_.place(row * kRows, column * width_) : typename TileSink<C>::Place{};
        if (!tile.numbers) tile = {sums_ ? sums_.get() + (column * row_panels_ + row) * tile_size_ : results, width_};
        simd::multiply_tile(a + (row - first_row) * kRows * slab.depth, b_panel, width_, slab.depth, rows, columns,
                            tile.numbers, tile.step, slab.depth0 != 0);
        if (slab.depth0 + slab.depth == k_) {
          sink_.store(row * kRows, rows, column * width_, columns, tile.numbers, tile.step);
        }
      }
    }
  }

  const Call& call_;
  const LaneSource<C>& rows_;
  const LaneSource<C>& columns_;
  const TileSink<C>& sink_;
  std::int64_t m_, n_, k_;
  std::int64_t width_ = simd::tile_columns<C>();
  std::int64_t tile_size_ = kRows * width_;
  std::int64_t row_panels_ = panels_of(m_, kRows);
  std::int64_t column_panels_ = panels_of(n_, width_);
  Scratch<C> sums_;  // of all tiles, where one slab does not do
};

}  // namespace

template <class C>
void multiply_lanes(const Call& call, const LaneSource<C>& rows, std::int64_t m, const LaneSource<C>& columns,
                    std::int64_t n, std::int64_t k, const TileSink<C>& sink) {
  Multiplication<C>(call, rows, m, columns, n, k, sink).run();
}

template void multiply_lanes(const Call&, const LaneSource<float>&, std::int64_t, const LaneSource<float>&,
                             std::int64_t, std::int64_t, const TileSink<float>&);
template void multiply_lanes(const Call&, const LaneSource<double>&, std::int64_t, const LaneSource<double>&,
                             std::int64_t, std::int64_t, const TileSink<double>&);

}  // namespace ptetool::ops
