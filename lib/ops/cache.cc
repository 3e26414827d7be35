// llama: updates of key and value caches, in place. Their outs are dummies that nobody writes.
#include "ops/cache.h"

#include <algorithm>
#include <vector>

#include "ops/lines.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/pages.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> check_shapes(const Call& call, const Tensor& value, const Tensor& cache) {
  const bool fits = value.rank() == 4 && cache.rank() == 4 && value.sizes[0] == cache.sizes[0] &&
                    value.sizes[2] == cache.sizes[2] && value.sizes[3] == cache.sizes[3];
  if (!fits || value.element_size() != cache.element_size()) {
    return call.fail(ErrorCode::Mismatch, dtype_name(value.dtype) + " rows of shape " + shape_text(value.sizes.span()) +
                                              " for a " + dtype_name(cache.dtype) + " cache of shape " +
                                              shape_text(cache.sizes.span()));
  }
  return {};
}

// The bytes of `value` as elements of the cache.
View rows_of(const Tensor& value, const Tensor& cache) {
  View rows(value);
  rows.dtype = cache.dtype;
  return rows;
}

Result<> update_cache(Call& call) {
  const Tensor& value = call.tensor(0);
  Tensor& cache = call.tensor(1);
  PTETOOL_CHECK(check_cache(call, value, cache, call.integer(2)));
  return write_cache(call, value, cache, call.integer(2));
}

// Row s of batch b goes to position indices[b, s].
Result<> update_cache_with_indices(Call& call) {
  const Tensor& value = call.tensor(0);
  Tensor& cache = call.tensor(1);
  const std::int64_t start = call.integer(2);
  const Tensor& indices = call.tensor(3);
  PTETOOL_CHECK(check_shapes(call, value, cache));
  if (start < 0 || start >= cache.sizes[1]) {
    return call.fail(ErrorCode::Mismatch, "position " + std::to_string(start) + " in a cache of " +
                                              std::to_string(cache.sizes[1]) + " positions");
  }
  if (indices.dtype != ScalarType::Long) return unsupported_dtype(call, indices.dtype);
  if (indices.rank() != 2 || indices.sizes[0] != value.sizes[0] || indices.sizes[1] != value.sizes[1]) {
    return call.fail(ErrorCode::Mismatch, "indices of shape " + shape_text(indices.sizes.span()) +
                                              " for rows of shape " + shape_text(value.sizes.span()));
  }
  std::vector<std::int64_t> positions(static_cast<std::size_t>(indices.numel()));
  read_line(Reader(ScalarType::Long, ScalarType::Long), indices, 0, 1, indices.numel(), positions.data());
  for (const std::int64_t position : positions) {
    if (position < 0 || position >= cache.sizes[1]) {
      return call.fail(ErrorCode::Mismatch, "index " + std::to_string(position) + " into a cache of " +
                                                std::to_string(cache.sizes[1]) + " positions");
    }
  }
  if (value.numel() == 0) return {};
  for (std::int64_t batch = 0; batch < value.sizes[0]; ++batch) {
    for (std::int64_t row = 0; row < value.sizes[1]; ++row) {
      const auto at = static_cast<std::size_t>(batch * indices.strides[0] + row * indices.strides[1]);
      const View from = rows_of(value, cache).select(0, batch).select(0, row);
      PTETOOL_CHECK(copy_view(call, from, View(cache).select(0, batch).select(0, positions[at])));
    }
  }
  return {};
}

// Positions of a cache are written for the first time one after the other. Their pages come in windows: where a window
// begins in what is written, the whole of it.
void expect_rows(Tensor& cache, std::int64_t start, std::int64_t count) {
  constexpr std::uint64_t kWindow = std::uint64_t{64} << 10;
  if (!cache.contiguous() || cache.sizes[0] != 1 || count <= 0) return;
  const std::uint64_t size = static_cast<std::uint64_t>(cache.nbytes());
  const std::uint64_t row = size / static_cast<std::uint64_t>(cache.sizes[1]);
  const std::uint64_t begin = static_cast<std::uint64_t>(start) * row;
  const std::uint64_t end = begin + static_cast<std::uint64_t>(count) * row;
  if ((begin + kWindow - 1) / kWindow * kWindow >= end) return;
  const std::uint64_t last = std::min(size, (end + kWindow - 1) / kWindow * kWindow);
  expect_writing(static_cast<std::uint8_t*>(cache.data) + begin, static_cast<std::size_t>(last - begin));
}

constexpr Operator kRows[] = {
    {"llama::update_cache.out(Tensor value, Tensor(a!) cache, SymInt start_pos, *, Tensor(b!) out) -> Tensor(b!)",
     update_cache},
    {"llama::update_cache_with_indices.out(Tensor value, Tensor(a!) cache, SymInt start_pos, Tensor indices, *, "
     "Tensor(b!) out) -> Tensor(b!)",
     update_cache_with_indices},
};

}  // namespace

std::span<const Operator> cache_operators() { return kRows; }

Result<> check_cache(const Call& call, const Tensor& value, const Tensor& cache, std::int64_t start) {
  PTETOOL_CHECK(check_shapes(call, value, cache));
  const auto end = checked_add(start, value.sizes[1]);
  if (start >= 0 && end && *end <= cache.sizes[1]) return {};
  return call.fail(ErrorCode::Mismatch, counted(static_cast<std::uint64_t>(value.sizes[1]), "row") + " from position " +
                                            std::to_string(start) + " on leave a cache of " +
                                            std::to_string(cache.sizes[1]) + " positions");
}

Result<> write_cache(const Call& call, const Tensor& value, Tensor& cache, std::int64_t start) {
  expect_rows(cache, start, value.sizes[1]);
  return copy_view(call, rows_of(value, cache), View(cache).narrow(1, start, value.sizes[1]));
}

}  // namespace ptetool::ops
