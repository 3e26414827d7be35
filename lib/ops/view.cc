// Copying strided windows: memory blocks where both sides allow it, elements by width, or through conversion.
#include "ops/view.h"

#include <cstring>
#include <optional>
#include <utility>

#include "ops/compute.h"
#include "ops/simd/transpose.h"
#include "ops/walk.h"

namespace ptetool::ops {

namespace {

template <std::size_t kWidth>
void copy_row(const std::uint8_t* from, std::int64_t from_step, std::uint8_t* to, std::int64_t to_step,
              std::int64_t count) {
  struct Element {
    std::uint8_t bytes[kWidth];
  } element;
  const auto width = static_cast<std::int64_t>(kWidth);
  if (to_step == 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::memcpy(&element, from + i * from_step * width, kWidth);
      std::memcpy(to + i * width, &element, kWidth);
    }
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(&element, from + i * from_step * width, kWidth);
    std::memcpy(to + i * to_step * width, &element, kWidth);
  }
}

// Calls f(first, last) for ranges of [0, count): on all threads where source and target lie apart, in order otherwise.
template <class F>
void in_ranges(const Call& call, bool apart, std::int64_t count, std::int64_t cost, const F& f) {
  if (apart) {
    call.parallel(count, cost, f);
  } else {
    f(0, count);
  }
}

// The bytes between the first and the last element of a window that has some.
std::pair<const std::uint8_t*, const std::uint8_t*> extent(const View& view) {
  std::int64_t last = 0;
  for (std::size_t dim = 0; dim < view.sizes.size(); ++dim) last += (view.sizes[dim] - 1) * view.strides[dim];
  return {view.data, view.data + (last + 1) * static_cast<std::int64_t>(*dtype_size(view.dtype))};
}

bool lie_apart(const View& from, const View& to) {
  const auto [from_begin, from_end] = extent(from);
  const auto [to_begin, to_end] = extent(to);
  return from_end <= to_begin || to_end <= from_begin;
}

// The dimension along which elements lie one after the other, if there is one.
std::optional<std::size_t> dense_dimension(const View& view) {
  for (std::size_t dim = 0; dim < view.sizes.size(); ++dim) {
    if (view.sizes[dim] > 1 && view.strides[dim] == 1) return dim;
  }
  return std::nullopt;
}

// to[i * to_step + j] = from[i + j * from_step]
template <std::size_t kWidth>
void transpose_tile(const std::uint8_t* from, std::int64_t from_step, std::uint8_t* to, std::int64_t to_step,
                    std::int64_t rows, std::int64_t columns) {
  const auto width = static_cast<std::int64_t>(kWidth);
  if constexpr (kWidth == sizeof(std::uint32_t)) {
    if (is_aligned(from, kWidth) && is_aligned(to, kWidth)) {
      simd::transpose(static_cast<const std::uint32_t*>(static_cast<const void*>(from)), from_step, columns, rows,
                      static_cast<std::uint32_t*>(static_cast<void*>(to)), to_step);
      return;
    }
  }
  for (std::int64_t j = 0; j < columns; ++j) {
    const std::uint8_t* source = from + j * from_step * width;
    std::uint8_t* target = to + j * width;
    for (std::int64_t i = 0; i < rows; ++i, source += width, target += to_step * width) {
      std::memcpy(target, source, kWidth);
    }
  }
}

// Source and target are dense along different dimensions: a tile of both at a time, so that every cache line that is
// fetched is used up before it is lost.
template <std::size_t kWidth>
void copy_transposed(const Call& call, const View& from, std::size_t from_dim, const View& to, std::size_t to_dim) {
  constexpr std::int64_t kTile = 32;
  const auto width = static_cast<std::int64_t>(kWidth);
  const std::int64_t rows = to.sizes[from_dim], columns = to.sizes[to_dim];
  Sizes others = to.sizes;
  others[from_dim] = others[to_dim] = 1;
  const Walk<2> walk(others, {to.strides, from.strides});
  const auto copy_rows = [&](const auto& offsets, std::int64_t first, std::int64_t last) {
    for (std::int64_t row = first; row < last; row += kTile) {
      for (std::int64_t column = 0; column < columns; column += kTile) {
        transpose_tile<kWidth>(from.data + (offsets[1] + row + column * from.strides[to_dim]) * width,
                               from.strides[to_dim],
                               to.data + (offsets[0] + row * to.strides[from_dim] + column) * width,
                               to.strides[from_dim], std::min(kTile, last - row), std::min(kTile, columns - column));
      }
    }
  };
  if (walk.pieces(1) > 8) {
    call.parallel(walk.pieces(1), rows * columns, [&](std::int64_t first, std::int64_t last) {
      walk.each_piece(1, first, last, [&](const auto& offsets, std::int64_t) { copy_rows(offsets, 0, rows); });
    });
  } else {
    walk.each_piece(1, [&](const auto& offsets, std::int64_t) {
      call.parallel((rows + kTile - 1) / kTile, kTile * columns, [&](std::int64_t first, std::int64_t last) {
        copy_rows(offsets, first * kTile, std::min(last * kTile, rows));
      });
    });
  }
}

void copy_equal(const Call& call, const View& from, const View& to, const Walk<2>& walk) {
  const auto width = static_cast<std::int64_t>(*dtype_size(from.dtype));
  const bool apart = lie_apart(from, to);
  if (walk.row_step(0) == 1 && walk.row_step(1) == 1) {
    // Long rows in pieces, so that one row can be shared, too.
    constexpr std::int64_t kPiece = 1 << 14;
    in_ranges(call, apart, walk.pieces(kPiece), std::min(walk.row_length(), kPiece) * width / 16 + 8,
              [&](std::int64_t first, std::int64_t last) {
                walk.each_piece(kPiece, first, last, [&](const auto& offsets, std::int64_t count) {
                  std::memmove(to.data + offsets[0] * width, from.data + offsets[1] * width,
                               static_cast<std::size_t>(count * width));
                });
              });
    return;
  }
  const auto from_dim = dense_dimension(from), to_dim = dense_dimension(to);
  if (apart && from_dim && to_dim && *from_dim != *to_dim && from.sizes[*from_dim] >= 4) {
    const auto transpose = width == 1   ? copy_transposed<1>
                           : width == 2 ? copy_transposed<2>
                           : width == 4 ? copy_transposed<4>
                           : width == 8 ? copy_transposed<8>
                                        : copy_transposed<16>;
    transpose(call, from, *from_dim, to, *to_dim);
    return;
  }
  const auto row = width == 1   ? copy_row<1>
                   : width == 2 ? copy_row<2>
                   : width == 4 ? copy_row<4>
                   : width == 8 ? copy_row<8>
                                : copy_row<16>;
  in_ranges(call, apart, walk.rows(), walk.row_length(), [&](std::int64_t first, std::int64_t last) {
    walk.each_row(first, last, [&](const auto& offsets) {
      row(from.data + offsets[1] * width, walk.row_step(1), to.data + offsets[0] * width, walk.row_step(0),
          walk.row_length());
    });
  });
}

void convert(const Call& call, const View& from, const View& to, const Walk<2>& walk) {
  const Reader reader(from.dtype, to.dtype);
  const Writer writer(to.dtype, to.dtype);
  const auto from_width = static_cast<std::int64_t>(*dtype_size(from.dtype));
  const auto to_width = static_cast<std::int64_t>(*dtype_size(to.dtype));
  in_ranges(call, lie_apart(from, to), walk.pieces(kBlock), kBlock, [&](std::int64_t first, std::int64_t last) {
    Block block;
    walk.each_piece(kBlock, first, last, [&](const auto& offsets, std::int64_t count) {
      // The dtypes differ, so the numbers are in `block`, ours to change.
      reader.read(from.data + offsets[1] * from_width, walk.row_step(1), count, block);
      writer.write(block.data(), to.data + offsets[0] * to_width, walk.row_step(0), count);
    });
  });
}

}  // namespace

View::View(const Tensor& tensor)
    : dtype(tensor.dtype),
      sizes(tensor.sizes),
      strides(tensor.strides),
      data(static_cast<std::uint8_t*>(tensor.data)) {}

View::View(const Tensor& tensor, const Sizes& other_sizes)
    : dtype(tensor.dtype),
      sizes(other_sizes),
      strides(strides_of(other_sizes, contiguous_order(other_sizes.size()))),
      data(static_cast<std::uint8_t*>(tensor.data)) {}

View& View::narrow(std::size_t dim, std::int64_t start, std::int64_t count, std::int64_t step) {
  // An empty window keeps its data pointer inside (or null).
  if (count != 0 && data) data += start * strides[dim] * static_cast<std::int64_t>(*dtype_size(dtype));
  sizes[dim] = count;
  strides[dim] *= count > 1 ? step : 1;
  return *this;
}

View& View::select(std::size_t dim, std::int64_t index) {
  narrow(dim, index, 1);
  sizes.erase(dim);
  strides.erase(dim);
  return *this;
}

Result<> copy_view(const Call& call, const View& from, const View& to) {
  if (from.dtype != to.dtype) {
    if (!contains(kConvertible, from.dtype)) return unsupported_dtype(call, from.dtype);
    if (!contains(kConvertible, to.dtype)) return unsupported_dtype(call, to.dtype);
  }
  if (numel(to.sizes) == 0) return {};
  const Walk<2> walk(to.sizes, {to.strides, from.strides});
  if (from.dtype == to.dtype)
    copy_equal(call, from, to, walk);
  else
    convert(call, from, to, walk);
  return {};
}

Result<> copy_out(Call& call, const View& from) {
  PTETOOL_CHECK(prepare(call, call.out(), from.sizes));
  return copy_view(call, from, View(call.out()));
}

}  // namespace ptetool::ops
