// Index tensors become tables of offsets here, checked once; the loops that follow trust them.
#include "ops/places.h"

#include <atomic>
#include <cstring>

#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr std::int64_t kPiece = 4096;  // of a row, for a thread: what a page holds

struct Element16 {
  std::uint8_t bytes[16];
};

// Calls f(std::type_identity<T>()) with a type as wide as an element.
template <class F>
void visit_width(std::uint64_t width, F&& f) {
  switch (width) {
    case 1: return f(std::type_identity<std::uint8_t>());
    case 2: return f(std::type_identity<std::uint16_t>());
    case 4: return f(std::type_identity<std::uint32_t>());
    case 8: return f(std::type_identity<std::uint64_t>());
    default: return f(std::type_identity<Element16>());
  }
}

// to[i * to_step] = from[i * from_step], through bytes: memory may have any alignment.
template <class T>
void move_element(const std::uint8_t* from, std::int64_t from_index, std::uint8_t* to, std::int64_t to_index) {
  constexpr auto kWidth = static_cast<std::int64_t>(sizeof(T));
  std::memmove(to + to_index * kWidth, from + from_index * kWidth, sizeof(T));
}

Failure out_of_range(const Call& call, std::int64_t index, std::int64_t size) {
  return call.fail(ErrorCode::Mismatch,
                   "index " + std::to_string(index) + " into a dimension of size " + std::to_string(size));
}

Strides c_strides(const Sizes& sizes) { return strides_of(sizes, contiguous_order(sizes.size())); }

// A 0-d tensor is indexed as if it had one dimension.
Sizes at_least_1d(const Sizes& sizes) { return sizes.empty() ? Sizes{1} : sizes; }
Strides at_least_1d_strides(const Tensor& tensor) { return tensor.sizes.empty() ? Strides{1} : tensor.strides; }

}  // namespace

Result<OwnedTensor> read_indices(const Call& call, const Tensor& index, std::int64_t size, bool wraps) {
  // An index of nothing may have any dtype.
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), index.dtype) &&
      !(index.numel() == 0 && contains(kConvertible, index.dtype))) {
    return call.fail(ErrorCode::Unsupported, "an index of dtype " + dtype_name(index.dtype));
  }
  PTETOOL_ASSIGN(OwnedTensor numbers, allocate_tensor(ScalarType::Long, index.sizes));
  const Walk<2> walk(index.sizes, {numbers.tensor.strides, index.strides});
  const Reader reader(index.dtype, ScalarType::Long);
  const auto width = static_cast<std::int64_t>(index.element_size());
  auto* to = numbers.tensor.as<std::int64_t>();
  const std::int64_t least = wraps ? -size : 0;
  std::atomic<bool> sound = true;
  call.parallel(walk.pieces(kBlock), kBlock, [&](std::int64_t first, std::int64_t last) {
    Block block;
    walk.each_piece(kBlock, first, last, [&](const auto& at, std::int64_t count) {
      const auto* from =
          reader.read_as<std::int64_t>(index.as<std::uint8_t>() + at[1] * width, walk.row_step(1), count, block);
      bool good = true;
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t given = from[i];
        good = good && given >= least && given < size;
        to[at[0] + i * walk.row_step(0)] = given;
      }
      if (!good) sound = false;
    });
  });
  const std::int64_t count = numbers.tensor.numel();
  if (!sound) {
    for (std::int64_t i = 0; i < count; ++i) {
      if (to[i] < least || to[i] >= size) return out_of_range(call, to[i], size);
    }
  }
  for (std::int64_t i = 0; wraps && i < count; ++i) to[i] += to[i] < 0 ? size : 0;
  return numbers;
}

Result<Places> places_along(const Call& call, const Tensor& self, const Tensor& index, std::int64_t dim_argument) {
  const auto dim = dimension(call, dim_argument, self.rank());
  if (!dim) return Failure(dim.error());
  const Sizes self_sizes = at_least_1d(self.sizes);
  const Strides self_strides = at_least_1d_strides(self);
  Places places;
  places.sizes = at_least_1d(index.sizes);
  // An index without elements may have any shape.
  const bool empty = index.numel() == 0;
  bool fits = empty || places.sizes.size() == self_sizes.size();
  for (std::size_t i = 0; fits && !empty && i < places.sizes.size(); ++i) {
    fits = i == *dim || places.sizes[i] <= self_sizes[i];
  }
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "an index of shape " + shape_text(index.sizes.span()) +
                                              " for a tensor of shape " + shape_text(self.sizes.span()));
  }
  auto offsets = read_indices(call, index, self_sizes[*dim], false);
  if (!offsets) return forward_error(std::move(offsets));
  places.offsets = *std::move(offsets);
  places.table = c_strides(places.sizes);
  places.strides = empty ? Strides::filled(places.sizes.size(), 0) : self_strides;
  if (empty) return places;
  places.strides[*dim] = 0;
  auto* numbers = places.offsets.tensor.as<std::int64_t>();
  const std::int64_t stride = self_strides[*dim];
  for (std::int64_t i = 0; stride != 1 && i < index.numel(); ++i) numbers[i] *= stride;
  return places;
}

Result<Places> places_of_slices(const Call& call, const Tensor& self, const Tensor& index, std::int64_t dim_argument,
                                bool wraps) {
  const auto dim = dimension(call, dim_argument, self.rank());
  if (!dim) return Failure(dim.error());
  if (index.rank() > 1) return call.fail(ErrorCode::Mismatch, "the index has more than one dimension");
  const std::int64_t count = index.numel();
  const Strides self_strides = at_least_1d_strides(self);
  Places places;
  places.sizes = at_least_1d(self.sizes);
  auto offsets = read_indices(call, index, places.sizes[*dim], wraps);
  if (!offsets) return forward_error(std::move(offsets));
  places.offsets = *std::move(offsets);
  places.sizes[*dim] = count;
  if (!checked_numel(places.sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  places.table = Strides::filled(places.sizes.size(), 0);
  places.table[*dim] = 1;
  places.strides = self_strides;
  places.strides[*dim] = 0;
  auto* numbers = places.offsets.tensor.as<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) numbers[i] *= self_strides[*dim];
  return places;
}

Result<Places> places_in_order(const Call& call, const Tensor& self, const Tensor& index) {
  auto offsets = read_indices(call, index, self.numel(), true);
  if (!offsets) return forward_error(std::move(offsets));
  Places places{index.sizes, *std::move(offsets), c_strides(index.sizes), Strides::filled(index.rank(), 0)};
  if (self.contiguous()) return places;
  auto* numbers = places.offsets.tensor.as<std::int64_t>();
  for (std::int64_t i = 0; i < index.numel(); ++i) numbers[i] = memory_index(self, numbers[i]);
  return places;
}

void load_places(const Call& call, const Tensor& indexed, const Places& places, const View& to) {
  if (numel(places.sizes) == 0) return;
  const Walk<3> walk(places.sizes, {to.strides, places.table, places.strides});
  const auto* offsets = places.offsets.tensor.as<std::int64_t>();
  const auto* from = indexed.as<std::uint8_t>();
  const std::int64_t to_step = walk.row_step(0);
  const std::int64_t table_step = walk.row_step(1);
  const std::int64_t own_step = walk.row_step(2);
  visit_width(indexed.element_size(), [&]<class T>(std::type_identity<T>) {
    call.parallel(walk.pieces(kPiece), std::min(kPiece, walk.row_length()) * 2,
                  [&](std::int64_t first, std::int64_t last) {
                    walk.each_piece(kPiece, first, last, [&](const auto& at, std::int64_t count) {
                      if (table_step == 0 && own_step == 1 && to_step == 1) {
                        const std::int64_t start = offsets[at[1]] + at[2];
                        constexpr auto kWidth = static_cast<std::int64_t>(sizeof(T));
                        std::memmove(to.data + at[0] * kWidth, from + start * kWidth,
                                     static_cast<std::size_t>(count) * sizeof(T));
                        return;
                      }
                      for (std::int64_t i = 0; i < count; ++i) {
                        const std::int64_t place = offsets[at[1] + i * table_step] + at[2] + i * own_step;
                        move_element<T>(from, place, to.data, at[0] + i * to_step);
                      }
                    });
                  });
  });
}

void store_places(const Call& call, const View& from, const Places& places, Tensor& indexed) {
  if (numel(places.sizes) == 0) return;
  const auto* offsets = places.offsets.tensor.as<std::int64_t>();
  auto* to = indexed.as<std::uint8_t>();
  visit_width(indexed.element_size(), [&]<class T>(std::type_identity<T>) {
    constexpr auto kWidth = static_cast<std::int64_t>(sizeof(T));
    parallel_places(call, places, 2, [&](std::int64_t first, std::int64_t last, std::size_t dim) {
      Sizes sizes = places.sizes;
      if (!sizes.empty()) sizes[dim] = last - first;
      const auto start = [&](const Strides& strides) { return sizes.empty() ? 0 : strides[dim] * first; };
      const Walk<3> walk(sizes, {places.table, from.strides, places.strides});
      const std::uint8_t* source = from.data + start(from.strides) * kWidth;
      walk.each_row([&](const auto& at) {
        const auto* offset = offsets + at[0] + start(places.table);
        const std::int64_t own = at[2] + start(places.strides);
        if (walk.row_step(0) == 0 && walk.row_step(1) == 1 && walk.row_step(2) == 1) {
          std::memmove(to + (*offset + own) * kWidth, source + at[1] * kWidth,
                       static_cast<std::size_t>(walk.row_length()) * sizeof(T));
          return;
        }
        for (std::int64_t i = 0; i < walk.row_length(); ++i) {
          const std::int64_t place = offset[i * walk.row_step(0)] + own + i * walk.row_step(2);
          move_element<T>(source, at[1] + i * walk.row_step(1), to, place);
        }
      });
    });
  });
}

}  // namespace ptetool::ops
