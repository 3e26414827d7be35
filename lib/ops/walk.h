// Nested loops over coordinates that several tensors share, whatever their layouts and broadcasts: dimensions are
// ordered by one operand's memory, merged where all operands allow it, and handed out as rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "ptetool/tensor/shape.h"

namespace ptetool::ops {

template <std::size_t kOperands>
class Walk {
 public:
  using Offsets = std::array<std::int64_t, kOperands>;  // in elements

  // `strides[k]` are those of operand k along `sizes`, 0 where it is broadcast. Rows follow the memory of operand
  // `lead`.
  Walk(std::span<const std::int64_t> sizes, const std::array<Strides, kOperands>& strides, std::size_t lead = 0) {
    DimOrder order;
    for (std::size_t dim = 0; dim < sizes.size(); ++dim) {
      if (sizes[dim] == 0) empty_ = true;
      if (sizes[dim] != 1) order.push_back(static_cast<std::uint8_t>(dim));
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint8_t a, std::uint8_t b) { return strides[lead][a] > strides[lead][b]; });
    for (const std::uint8_t dim : order) {
      bool merges = rank_ != 0;
      for (std::size_t k = 0; k < kOperands && merges; ++k) {
        merges = steps_[rank_ - 1][k] == strides[k][dim] * sizes[dim];
      }
      if (!merges) sizes_[rank_++] = 1;
      sizes_[rank_ - 1] *= sizes[dim];
      for (std::size_t k = 0; k < kOperands; ++k) steps_[rank_ - 1][k] = strides[k][dim];
    }
    if (rank_ == 0) {
      rank_ = 1;
      sizes_[0] = 1;
      steps_[0].fill(1);
    }
  }

  // Elements in a row, and how far apart they are.
  std::int64_t row_length() const { return sizes_[rank_ - 1]; }
  std::int64_t row_step(std::size_t operand) const { return steps_[rank_ - 1][operand]; }

  // Calls f(offsets) with where each operand's row begins.
  template <class F>
  void each_row(F&& f) const {
    each_row(0, rows(), f);
  }
  // The same for rows number `first` to `last`, that not included.
  template <class F>
  void each_row(std::int64_t first, std::int64_t last, F&& f) const {
    if (first >= last) return;
    Offsets offsets{};
    Sizes at = Sizes::filled(rank_, 0);
    std::int64_t rest = first;
    for (std::size_t level = rank_ - 1; level-- > 0;) {
      at[level] = rest % sizes_[level];
      rest /= sizes_[level];
      for (std::size_t k = 0; k < kOperands; ++k) offsets[k] += steps_[level][k] * at[level];
    }
    for (std::int64_t row = first;;) {
      f(std::as_const(offsets));
      if (++row == last) return;
      for (std::size_t level = rank_ - 1; level-- > 0;) {
        for (std::size_t k = 0; k < kOperands; ++k) offsets[k] += steps_[level][k];
        if (++at[level] < sizes_[level]) break;
        for (std::size_t k = 0; k < kOperands; ++k) offsets[k] -= steps_[level][k] * sizes_[level];
        at[level] = 0;
      }
    }
  }
  std::int64_t rows() const {
    std::int64_t count = empty_ ? 0 : 1;
    for (std::size_t level = 0; level + 1 < rank_ && count != 0; ++level) count *= sizes_[level];
    return count;
  }

  // Calls f(offsets, count) for pieces of rows of at most `most` elements.
  template <class F>
  void each_piece(std::int64_t most, F&& f) const {
    each_piece(most, 0, pieces(most), f);
  }
  // The same for pieces number `first` to `last`, that not included.
  template <class F>
  void each_piece(std::int64_t most, std::int64_t first, std::int64_t last, F&& f) const {
    if (first >= last) return;
    const std::int64_t per_row = (row_length() + most - 1) / most;
    std::int64_t piece = first % per_row;
    std::int64_t left = last - first;
    each_row(first / per_row, (last - 1) / per_row + 1, [&](Offsets offsets) {
      for (std::size_t k = 0; k < kOperands; ++k) offsets[k] += row_step(k) * most * piece;
      for (; piece < per_row && left > 0; ++piece, --left) {
        f(std::as_const(offsets), std::min(most, row_length() - piece * most));
        for (std::size_t k = 0; k < kOperands; ++k) offsets[k] += row_step(k) * most;
      }
      piece = 0;
    });
  }
  std::int64_t pieces(std::int64_t most) const { return rows() * ((row_length() + most - 1) / most); }

 private:
  std::size_t rank_ = 0;
  bool empty_ = false;
  std::array<std::int64_t, kMaxRank + 1> sizes_{};
  std::array<Offsets, kMaxRank + 1> steps_{};
};

}  // namespace ptetool::ops
