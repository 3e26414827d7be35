// How matrices are packed for the tiles of gemm_panels.h, and what is done instead where one side has a few lanes only:
// then the time goes into reading the other side once, and nothing is packed.
#include "ops/gemm_real.h"

#include <cstring>

#include "ops/gemm_panels.h"
#include "ops/pointwise.h"
#include "ops/simd/tile.h"
#include "ops/simd/transpose.h"

namespace ptetool::ops {

namespace {

// Lanes of a matrix: rows of a, or columns of b.
struct LaneMatrix {
  ScalarType dtype{};
  const std::uint8_t* data = nullptr;
  std::int64_t lane_step = 0, depth_step = 0;  // in elements

  const std::uint8_t* at(std::int64_t lane, std::int64_t depth) const {
    return data + (lane * lane_step + depth * depth_step) * static_cast<std::int64_t>(*dtype_size(dtype));
  }
  // Numbers of the compute type that can be used where they are, one after the other along the depth or the lanes.
  template <class C>
  bool plain() const {
    return dtype == (std::is_same_v<C, float> ? ScalarType::Float : ScalarType::Double) && is_aligned(data, sizeof(C));
  }
  template <class C>
  const C* numbers(std::int64_t lane, std::int64_t depth) const {
    return static_cast<const C*>(static_cast<const void*>(at(lane, depth)));
  }
};

LaneMatrix rows_of(const View& view) { return {view.dtype, view.data, view.strides[0], view.strides[1]}; }
LaneMatrix columns_of(const View& view) { return {view.dtype, view.data, view.strides[1], view.strides[0]}; }

template <class C>
class MatrixSource : public LaneSource<C> {
 public:
  explicit MatrixSource(const LaneMatrix& matrix)
      : matrix_(matrix), reader_(matrix.dtype, matrix.dtype), plain_(matrix.plain<C>()) {}

  void pack(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0, std::int64_t depth,
            C* packed) const override {
    if (lanes < width) std::fill_n(packed, width * depth, C{});
    if (matrix_.lane_step == 1 || lanes == 1) {
      Block scratch;
      for (std::int64_t q = 0; q < depth; ++q) {
        const C* numbers = plain_ ? matrix_.numbers<C>(lane0, depth0 + q)
                                  : reader_.template read_as<C>(matrix_.at(lane0, depth0 + q), 1, lanes, scratch);
        std::copy_n(numbers, lanes, packed + q * width);
      }
      return;
    }
    if (plain_) {
      transpose(lane0, lanes, width, depth0, depth, packed);
      return;
    }
    Block scratch;
    for (std::int64_t w = 0; w < lanes; ++w) {
      const C* numbers = reader_.template read_as<C>(matrix_.at(lane0 + w, depth0), matrix_.depth_step, depth, scratch);
      for (std::int64_t q = 0; q < depth; ++q) packed[q * width + w] = numbers[q];
    }
  }

 private:
  // Two cache lines of every lane at a time.
  void transpose(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0, std::int64_t depth,
                 C* packed) const {
    if constexpr (std::is_same_v<C, float>) {
      if (matrix_.depth_step == 1) {
        simd::transpose(matrix_.numbers<std::uint32_t>(lane0, depth0), matrix_.lane_step, lanes, depth,
                        static_cast<std::uint32_t*>(static_cast<void*>(packed)), width);
        return;
      }
    }
    constexpr std::int64_t kPiece = 32;
    const std::int64_t step = matrix_.depth_step;
    for (std::int64_t done = 0; done < depth; done += kPiece) {
      const std::int64_t piece = std::min(kPiece, depth - done);
      for (std::int64_t w = 0; w < lanes; ++w) {
        const C* from = matrix_.numbers<C>(lane0 + w, depth0 + done);
        C* to = packed + done * width + w;
        for (std::int64_t q = 0; q < piece; ++q) to[q * width] = from[q * step];
      }
    }
  }

  LaneMatrix matrix_;
  Reader reader_;
  bool plain_;
};

ByteView extent_of(const View& view) {
  std::int64_t last = 0;
  for (std::size_t d = 0; d < view.sizes.size(); ++d) last += (view.sizes[d] - 1) * view.strides[d];
  return {view.data, static_cast<std::size_t>(last + 1) * *dtype_size(view.dtype)};
}

bool may_overlap(const View& a, const View& b) {
  const ByteView first = extent_of(a), second = extent_of(b);
  return first.data() < second.data() + second.size() && second.data() < first.data() + first.size();
}

// Scales, adds what is to be added, and writes.
template <class C>
class MatrixSink : public TileSink<C> {
 public:
  // `swapped`: rows of the product are columns of the out.
  MatrixSink(const Gemm& gemm, bool swapped)
      : out_(gemm.out),
        init_(gemm.init),
        writer_(gemm.a.dtype, out_.dtype),
        init_reader_(init_ ? init_->dtype : gemm.a.dtype, gemm.a.dtype),
        alpha_(number_of<C>(gemm.alpha)),
        beta_(number_of<C>(gemm.beta)) {
    // With beta 0 PyTorch ignores what init holds, NaN included.
    if (init_ && beta_ == C(0)) init_.reset();
    if (swapped) {
      std::swap(out_.strides[0], out_.strides[1]);
      if (init_) std::swap(init_->strides[0], init_->strides[1]);
    }
    // What is to be added must not be overwritten before.
    const LaneMatrix lanes = rows_of(out_);
    if (lanes.plain<C>() && out_.strides[1] == 1 && !(init_ && may_overlap(*init_, out_))) {
      in_place_ = const_cast<C*>(lanes.numbers<C>(0, 0));
    }
  }

  typename TileSink<C>::Place place(std::int64_t row, std::int64_t column) const override {
    if (!in_place_) return {};
    return {in_place_ + row * out_.strides[0] + column, out_.strides[0]};
  }

  void store(std::int64_t row0, std::int64_t rows, std::int64_t column0, std::int64_t columns, C* numbers,
             std::int64_t step) const override {
    const auto out_width = static_cast<std::int64_t>(*dtype_size(out_.dtype));
    const auto init_width = static_cast<std::int64_t>(init_ ? *dtype_size(init_->dtype) : 0);
    Block scratch;
    for (std::int64_t i = 0; i < rows; ++i, numbers += step) {
      const auto offset = [&](const View& view) { return (row0 + i) * view.strides[0] + column0 * view.strides[1]; };
      if (alpha_ != C(1)) {
        for (std::int64_t j = 0; j < columns; ++j) numbers[j] *= alpha_;
      }
      if (init_) {
        const C* init = init_reader_.template read_as<C>(init_->data + offset(*init_) * init_width, init_->strides[1],
                                                         columns, scratch);
        for (std::int64_t j = 0; j < columns; ++j) numbers[j] += beta_ * init[j];
      }
      if (in_place_ && numbers == in_place_ + offset(out_)) continue;
      writer_.write(numbers, out_.data + offset(out_) * out_width, out_.strides[1], columns);
    }
  }

 private:
  View out_;
  std::optional<View> init_;
  Writer writer_;
  Reader init_reader_;
  C alpha_, beta_;
  C* in_place_ = nullptr;  // the out, where results can be computed in it
};

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
