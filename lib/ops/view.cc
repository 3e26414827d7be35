// Copying strided windows: memory blocks where both sides allow it, elements by width, or through conversion.
#include "ops/view.h"

#include <cstring>

#include "ops/compute.h"
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

void copy_equal(const View& from, const View& to, const Walk<2>& walk) {
  const auto width = static_cast<std::int64_t>(*dtype_size(from.dtype));
  if (walk.row_step(0) == 1 && walk.row_step(1) == 1) {
    const auto bytes = static_cast<std::size_t>(walk.row_length() * width);
    walk.each_row([&](const auto& offsets) {
      std::memmove(to.data + offsets[0] * width, from.data + offsets[1] * width, bytes);
    });
    return;
  }
  const auto row = width == 1   ? copy_row<1>
                   : width == 2 ? copy_row<2>
                   : width == 4 ? copy_row<4>
                   : width == 8 ? copy_row<8>
                                : copy_row<16>;
  walk.each_row([&](const auto& offsets) {
    row(from.data + offsets[1] * width, walk.row_step(1), to.data + offsets[0] * width, walk.row_step(0),
        walk.row_length());
  });
}

void convert(const View& from, const View& to, const Walk<2>& walk) {
  const Reader reader(from.dtype, to.dtype);
  const Writer writer(to.dtype, to.dtype);
  const auto from_width = static_cast<std::int64_t>(*dtype_size(from.dtype));
  const auto to_width = static_cast<std::int64_t>(*dtype_size(to.dtype));
  Block block;
  walk.each_piece(kBlock, [&](const auto& offsets, std::int64_t count) {
    // The dtypes differ, so the numbers are in `block`, ours to change.
    reader.read(from.data + offsets[1] * from_width, walk.row_step(1), count, block);
    writer.write(block.data(), to.data + offsets[0] * to_width, walk.row_step(0), count);
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
    copy_equal(from, to, walk);
  else
    convert(from, to, walk);
  return {};
}

Result<> copy_out(Call& call, const View& from) {
  PTETOOL_CHECK(prepare(call, call.out(), from.sizes));
  return copy_view(call, from, View(call.out()));
}

}  // namespace ptetool::ops
