// Lines: all elements of a tensor along one dimension, for operators that need them together (softmax, cumsum).
#pragma once

#include <algorithm>
#include <vector>

#include "ops/compute.h"
#include "ops/walk.h"

namespace ptetool::ops {

// Lines along `dim` of tensors that share `sizes`.
template <std::size_t kOperands>
class Lines {
 public:
  using Offsets = typename Walk<kOperands>::Offsets;

  Lines(const Sizes& sizes, std::size_t dim, const std::array<Strides, kOperands>& strides)
      : length_(sizes.empty() ? 1 : sizes[dim]), walk_(without(sizes, dim), strides) {
    for (std::size_t k = 0; k < kOperands; ++k) steps_[k] = sizes.empty() ? 1 : strides[k][dim];
  }

  std::int64_t length() const { return length_; }
  std::int64_t step(std::size_t operand) const { return steps_[operand]; }

  // How many there are.
  std::int64_t count() const { return walk_.pieces(1); }

  // Calls f(offsets) with where each line begins, in elements.
  template <class F>
  void each(F&& f) const {
    each(0, count(), f);
  }
  // The same for lines number `first` to `last`, that not included.
  template <class F>
  void each(std::int64_t first, std::int64_t last, F&& f) const {
    walk_.each_piece(1, first, last, [&](const Offsets& offsets, std::int64_t) { f(offsets); });
  }

 private:
  static Sizes without(Sizes sizes, std::size_t dim) {
    if (!sizes.empty()) sizes[dim] = 1;
    return sizes;
  }

  std::int64_t length_;
  Walk<kOperands> walk_;
  std::array<std::int64_t, kOperands> steps_{};
};

// `count` elements of `tensor` from `offset`, `step` apart, as numbers of the reader's compute type C.
template <class C>
void read_line(const Reader& reader, const Tensor& tensor, std::int64_t offset, std::int64_t step, std::int64_t count,
               C* numbers) {
  const auto width = static_cast<std::int64_t>(tensor.element_size());
  Block block;
  for (std::int64_t done = 0; done < count; done += kBlock) {
    const std::int64_t piece = std::min(kBlock, count - done);
    const auto* from = tensor.as<std::uint8_t>() + (offset + done * step) * width;
    std::copy_n(reader.read_as<C>(from, step, piece, block), piece, numbers + done);
  }
}

// The other way; `numbers` may be changed.
template <class C>
void write_line(const Writer& writer, C* numbers, Tensor& tensor, std::int64_t offset, std::int64_t step,
                std::int64_t count) {
  const auto width = static_cast<std::int64_t>(tensor.element_size());
  for (std::int64_t done = 0; done < count; done += kBlock) {
    auto* to = tensor.as<std::uint8_t>() + (offset + done * step) * width;
    writer.write(numbers + done, to, step, std::min(kBlock, count - done));
  }
}

// All numbers of a tensor in C order.
template <class C>
std::vector<C> numbers_of(const Tensor& tensor, ScalarType as) {
  std::vector<C> numbers(static_cast<std::size_t>(tensor.numel()));
  const Walk<2> walk(tensor.sizes, {tensor.strides, strides_of(tensor.sizes, contiguous_order(tensor.rank()))});
  const Reader reader(tensor.dtype, as);
  const auto width = static_cast<std::int64_t>(tensor.element_size());
  Block block;
  walk.each_piece(kBlock, [&](const auto& offsets, std::int64_t count) {
    const C* from = reader.read_as<C>(tensor.as<std::uint8_t>() + offsets[0] * width, walk.row_step(0), count, block);
    for (std::int64_t i = 0; i < count; ++i)
      numbers[static_cast<std::size_t>(offsets[1] + i * walk.row_step(1))] = from[i];
  });
  return numbers;
}

}  // namespace ptetool::ops
