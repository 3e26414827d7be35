// Matrices of float or double as gemm_panels.h reads and writes them: packed from any strides and dtype, and results
// scaled, added to and written into any.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "ops/gemm.h"
#include "ops/gemm_panels.h"
#include "ops/pointwise.h"
#include "ops/simd/tile.h"
#include "ops/simd/transpose.h"

namespace ptetool::ops {

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

inline LaneMatrix rows_of(const View& view) { return {view.dtype, view.data, view.strides[0], view.strides[1]}; }
inline LaneMatrix columns_of(const View& view) { return {view.dtype, view.data, view.strides[1], view.strides[0]}; }

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

inline ByteView extent_of(const View& view) {
  std::int64_t last = 0;
  for (std::size_t d = 0; d < view.sizes.size(); ++d) last += (view.sizes[d] - 1) * view.strides[d];
  return {view.data, static_cast<std::size_t>(last + 1) * *dtype_size(view.dtype)};
}

inline bool may_overlap(const View& a, const View& b) {
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

}  // namespace ptetool::ops
