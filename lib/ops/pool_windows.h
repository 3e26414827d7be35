// Pooling: every element of the result is made of a window of the image. Windows are tables per dimension, so that
// plain, adaptive and fractional pooling are one loop. Of maxima, rows of a window are combined first, for all columns
// together, then the columns; pool_average.h has averages.
#pragma once

#include <limits>
#include <vector>

#include "ops/images.h"
#include "ops/pointwise.h"

namespace ptetool::ops {

// The positions begin, begin + step, … of the input that one position of the result is made of.
struct Window {
  std::int64_t begin = 0;
  std::int64_t count = 0;    // may be 0
  std::int64_t divisor = 1;  // of an average, together with those of the other dimensions
};
struct Windows {
  std::array<std::vector<Window>, 3> of;
  Spatial step{1, 1, 1};
  bool divided_in_turn = false;  // an average, by one divisor after the other, instead of by their product

  Spatial extents() const;
  // What one row of the result costs, in steps.
  std::int64_t row_cost(const Image& image) const;
};

// kernel_size, stride, padding, dilation and ceil_mode of a call.
struct PoolArguments {
  Spatial kernel, stride, padding, dilation{1, 1, 1};
  bool ceil_mode = false;
  bool count_include_pad = true;
};
// kernel_size, stride and padding at arguments `at` to `at` + 2; a stride that is not given is the kernel's.
Result<PoolArguments> pool_arguments(const Call& call, std::size_t at, std::size_t spatial);
// The windows of plain pooling, and in them how many elements an average divides by. Errors: Mismatch where padding is
// more than half a kernel, or where nothing is left.
Result<Windows> plain_windows(const Call& call, const Image& image, const PoolArguments& pool);
// Windows that divide the image evenly.
Result<Windows> adaptive_windows(const Call& call, const Image& image, const Spatial& size);

// A row of the result: where it is, and the windows that it belongs to.
struct PoolRow {
  std::int64_t plane, depth, height;
};
// In an interleaved image all channels of a position are `lanes` of one plane.
inline std::int64_t lanes_of(const Image& image) { return image.interleaved ? image.channels : 1; }
inline std::int64_t planes_of(const Image& image) { return image.interleaved ? image.batch : image.planes(); }
inline PoolRow pool_row(std::int64_t row, const Windows& windows) {
  const auto heights = static_cast<std::int64_t>(windows.of[1].size());
  const auto depths = static_cast<std::int64_t>(windows.of[0].size());
  return {row / heights / depths, row / heights % depths, row % heights};
}

// Calls f(tag, data) for the rows of the image in a window, where `tag` is depth * height of the image + height.
template <class C, class F>
void each_window_row(const Image& image, const Windows& windows, const PoolRow& row, const C* in, const F& f) {
  const Window& d = windows.of[0][static_cast<std::size_t>(row.depth)];
  const Window& h = windows.of[1][static_cast<std::size_t>(row.height)];
  const std::int64_t length = image.size[2] * lanes_of(image);
  for (std::int64_t i = 0; i < d.count; ++i) {
    for (std::int64_t j = 0; j < h.count; ++j) {
      const std::int64_t tag = (d.begin + i * windows.step[0]) * image.size[1] + h.begin + j * windows.step[1];
      f(tag, in + (row.plane * image.size[0] * image.size[1] + tag) * length);
    }
  }
}

// The largest number of each window and its index in the plane. As in PyTorch the first of equals wins, and the last
// NaN before everything. The plane has at most 2^31 - 1 elements.
template <class C>
class Maxima {
 public:
  Maxima(const Image& image, const Windows& windows)
      : image_(image),
        windows_(windows),
        lanes_(lanes_of(image)),
        length_(image.size[2] * lanes_),
        values_(static_cast<std::size_t>(length_)),
        tags_(static_cast<std::size_t>(length_)),
        best_tags_(static_cast<std::size_t>(lanes_)),
        best_columns_(static_cast<std::size_t>(lanes_)) {}

  // Row number `r` of the results of all planes.
  void row(std::int64_t r, const C* in, C* out, std::int64_t* indices) {
    const PoolRow row = pool_row(r, windows_);
    const std::int64_t first = windows_.of[0][static_cast<std::size_t>(row.depth)].begin * image_.size[1] +
                               windows_.of[1][static_cast<std::size_t>(row.height)].begin;
    C* values = values_.data();
    std::int32_t* tags = tags_.data();
    std::fill_n(values, length_, kLeast);
    std::fill_n(tags, length_, static_cast<std::int32_t>(first));
    each_window_row(image_, windows_, row, in, [&](std::int64_t tag, const C* x) {
      const auto narrow = static_cast<std::int32_t>(tag);
      for (std::int64_t i = 0; i < length_; ++i) {
        const bool takes = x[i] > values[i] || is_nan(x[i]);
        values[i] = takes ? x[i] : values[i];
        tags[i] = takes ? narrow : tags[i];
      }
    });
    const auto width = static_cast<std::int64_t>(windows_.of[2].size());
    out += r * width * lanes_;
    indices += r * width * lanes_;
    for (const Window& window : windows_.of[2]) {
      if (lanes_ == 1)
        one(window, first, *out, *indices);
      else
        many(window, first, out, indices);
      out += lanes_;
      indices += lanes_;
    }
  }

 private:
  static constexpr C kLeast =
      std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::lowest();

  // Does (value, tag) of a later column come before the best so far?
  static bool takes(C value, std::int32_t tag, C best, std::int32_t best_tag) {
    const bool larger = (value > best) | ((value == best) & (tag < best_tag));
    return is_nan(value) ? !is_nan(best) | (tag >= best_tag) : larger;
  }

  void one(const Window& window, std::int64_t first, C& out, std::int64_t& index) const {
    C best = kLeast;
    auto best_tag = static_cast<std::int32_t>(first);
    std::int64_t best_column = window.begin;
    for (std::int64_t k = 0; k < window.count; ++k) {
      const std::int64_t column = window.begin + k * windows_.step[2];
      const auto at = static_cast<std::size_t>(column);
      if (!takes(values_[at], tags_[at], best, best_tag)) continue;
      best = values_[at];
      best_tag = tags_[at];
      best_column = column;
    }
    out = best;
    index = best_tag * image_.size[2] + best_column;
  }

  void many(const Window& window, std::int64_t first, C* out, std::int64_t* indices) {
    std::int32_t* best_tags = best_tags_.data();
    std::int32_t* best_columns = best_columns_.data();
    std::fill_n(out, lanes_, kLeast);
    std::fill_n(best_tags, lanes_, static_cast<std::int32_t>(first));
    std::fill_n(best_columns, lanes_, static_cast<std::int32_t>(window.begin));
    for (std::int64_t k = 0; k < window.count; ++k) {
      const std::int64_t column = window.begin + k * windows_.step[2];
      const C* values = values_.data() + column * lanes_;
      const std::int32_t* tags = tags_.data() + column * lanes_;
      const auto narrow = static_cast<std::int32_t>(column);
      for (std::int64_t c = 0; c < lanes_; ++c) {
        const bool better = takes(values[c], tags[c], out[c], best_tags[c]);
        out[c] = better ? values[c] : out[c];
        best_tags[c] = better ? tags[c] : best_tags[c];
        best_columns[c] = better ? narrow : best_columns[c];
      }
    }
    for (std::int64_t c = 0; c < lanes_; ++c) indices[c] = best_tags[c] * image_.size[2] + best_columns[c];
  }

  const Image& image_;
  const Windows& windows_;
  std::int64_t lanes_, length_;
  std::vector<C> values_;
  std::vector<std::int32_t> tags_, best_tags_, best_columns_;
};

template <class C>
void maxima(const Call& call, const Image& image, const Windows& windows, const C* in, C* out, std::int64_t* indices) {
  const Spatial extents = windows.extents();
  call.parallel(planes_of(image) * extents[0] * extents[1], windows.row_cost(image),
                [&](std::int64_t begin, std::int64_t end) {
                  Maxima<C> row(image, windows);
                  for (std::int64_t r = begin; r < end; ++r) row.row(r, in, out, indices);
                });
}

// Indices into a plane are kept in 32 bits.
inline constexpr std::int64_t kMostPixels = std::numeric_limits<std::int32_t>::max();
// The maxima of any real tensor, and their indices, to the two outs.
Result<> write_maxima(const Call& call, const Tensor& self, const Image& image, const Windows& windows, Tensor& out,
                      Tensor& indices);

}  // namespace ptetool::ops
