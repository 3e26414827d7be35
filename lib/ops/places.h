// Elements at computed places: what gather, scatter, index and index_put have in common. A kernel says where each
// element of the result lies in the indexed tensor (Places); loading, storing and accumulating is done here, for any
// layout, on all threads where no place can be named twice.
#pragma once

#include "ops/pointwise.h"
#include "ops/view.h"
#include "ops/walk.h"

namespace ptetool::ops {

// Element c (coordinates within `sizes`) of the result is element
//   offsets[sum of c * table] + sum of c * strides
// of the indexed tensor, for every c within its memory.
struct Places {
  Sizes sizes;
  OwnedTensor offsets;  // Long
  Strides table;        // 0 along dimensions that are not indexed
  Strides strides;      // 0 along dimensions that are; where not 0, different coordinates are different places
};

// The numbers of an index tensor in C order, each within [0, size), or within [-size, size) if `wraps`, in which case
// the negative ones are counted from the end. Errors: Unsupported (neither Int nor Long, nor empty), Mismatch (out of
// range).
Result<OwnedTensor> read_indices(const Call& call, const Tensor& index, std::int64_t size, bool wraps);

// Every coordinate of `index` leads to the same coordinates of `self`, but for `dim`: gather, scatter.
Result<Places> places_along(const Call& call, const Tensor& self, const Tensor& index, std::int64_t dim);
// The slices of `self` that a 1-d (or 0-d) `index` names along `dim`: index_select, index_add.
Result<Places> places_of_slices(const Call& call, const Tensor& self, const Tensor& index, std::int64_t dim,
                                bool wraps);
// `index` counts the elements of `self` in C order: take, put.
Result<Places> places_in_order(const Call& call, const Tensor& self, const Tensor& index);

// to[c] = indexed[place of c]. The dtypes are equal, the sizes of `to` those of the places.
void load_places(const Call& call, const Tensor& indexed, const Places& places, const View& to);
// indexed[place of c] = from[c], in C order of the table: the last one stays.
void store_places(const Call& call, const View& from, const Places& places, Tensor& indexed);

// Calls f(first, last, dim) for ranges of a dimension along which no two coordinates share a place, so that ranges can
// run at the same time.
template <class F>
void parallel_places(const Call& call, const Places& places, std::int64_t cost, F&& f) {
  std::size_t dim = 0;
  std::int64_t most = 1;
  for (std::size_t i = 0; i < places.sizes.size(); ++i) {
    if (places.strides[i] != 0 && places.sizes[i] > most) most = places.sizes[dim = i];
  }
  if (places.sizes.empty() || most == 1) return f(std::int64_t{0}, places.sizes.empty() ? 1 : places.sizes[0], 0);
  call.parallel(most, numel(places.sizes) / most * cost,
                [&](std::int64_t first, std::int64_t last) { f(first, last, dim); });
}

// indexed[place of c] = combine(indexed[place of c], from[c], place), where `indexed` are numbers of compute type C of
// `dtype`, which `from` is converted to. Coordinates that share a place come in C order of the table.
template <class C, class F>
void update_places(const Call& call, const View& from, ScalarType dtype, const Places& places, C* indexed,
                   const F& combine) {
  if (numel(places.sizes) == 0) return;
  const Reader reader(from.dtype, dtype);
  const auto width = static_cast<std::int64_t>(*dtype_size(from.dtype));
  const auto* offsets = places.offsets.tensor.as<std::int64_t>();
  parallel_places(call, places, 2, [&](std::int64_t first, std::int64_t last, std::size_t dim) {
    Sizes sizes = places.sizes;
    if (!sizes.empty()) sizes[dim] = last - first;
    const auto start = [&](const Strides& strides) { return sizes.empty() ? 0 : strides[dim] * first; };
    const Walk<3> walk(sizes, {places.table, from.strides, places.strides});
    Block scratch;
    walk.each_piece(kBlock, [&](const auto& at, std::int64_t count) {
      const C* numbers =
          reader.read_as<C>(from.data + (at[1] + start(from.strides)) * width, walk.row_step(1), count, scratch);
      const auto* offset = offsets + at[0] + start(places.table);
      const std::int64_t own = at[2] + start(places.strides);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t place = offset[i * walk.row_step(0)] + own + i * walk.row_step(2);
        indexed[place] = combine(indexed[place], numbers[i], place);
      }
    });
  });
}

// The numbers of a tensor to accumulate in, place by place: its own memory where that holds them as they are, else a
// copy in compute type C that finish() writes back.
template <class C>
class Accumulators {
 public:
  static Result<Accumulators> of(Tensor& tensor) {
    Accumulators result(tensor);
    constexpr ScalarType kOwn[] = {ScalarType::Long, ScalarType::Float, ScalarType::Double, ScalarType::ComplexFloat,
                                   ScalarType::ComplexDouble};
    if (tensor.dtype == kOwn[static_cast<std::size_t>(compute_type_of<C>)] && is_aligned(tensor.data, alignof(C))) {
      result.numbers_ = tensor.as<C>();
      return result;
    }
    auto copy = allocate_tensor(kOwn[static_cast<std::size_t>(compute_type_of<C>)], Sizes{tensor.numel()});
    if (!copy) return forward_error(std::move(copy));
    result.copy_ = *std::move(copy);
    result.numbers_ = result.copy_.tensor.template as<C>();
    read_line(Reader(tensor.dtype, tensor.dtype), tensor, tensor.numel(), result.numbers_);
    return result;
  }
  C* numbers() { return numbers_; }
  void finish() {
    if (!copy_.memory) return;
    const Writer writer(tensor_.dtype, tensor_.dtype);
    const auto width = static_cast<std::int64_t>(tensor_.element_size());
    for (std::int64_t at = 0; at < tensor_.numel(); at += kBlock) {
      writer.write(numbers_ + at, tensor_.as<std::uint8_t>() + at * width, 1, std::min(kBlock, tensor_.numel() - at));
    }
  }

 private:
  explicit Accumulators(Tensor& tensor) : tensor_(tensor) {}
  static void read_line(const Reader& reader, const Tensor& tensor, std::int64_t count, C* numbers) {
    const auto width = static_cast<std::int64_t>(tensor.element_size());
    Block block;
    for (std::int64_t at = 0; at < count; at += kBlock) {
      const std::int64_t piece = std::min(kBlock, count - at);
      std::copy_n(reader.read_as<C>(tensor.as<std::uint8_t>() + at * width, 1, piece, block), piece, numbers + at);
    }
  }

  Tensor tensor_;
  OwnedTensor copy_;
  C* numbers_ = nullptr;
};

// A number as a window of any size: what scatter.value and index_fill store.
class NumberView {
 public:
  NumberView(const Scalar& number, ScalarType dtype) : tensor_(make_tensor(dtype, Sizes())) {
    fill_block(number, dtype, 1, true, numbers_);
    Writer(dtype, dtype).write(numbers_.data(), bytes_.data(), 1, 1);
    tensor_.data = bytes_.data();
  }
  NumberView(const NumberView&) = delete;
  NumberView& operator=(const NumberView&) = delete;

  View of(const Sizes& sizes) const {
    View view(tensor_);
    view.sizes = sizes;
    view.strides = Strides::filled(sizes.size(), 0);
    return view;
  }

 private:
  Block numbers_;
  alignas(16) std::array<std::uint8_t, 16> bytes_{};
  Tensor tensor_;
};

}  // namespace ptetool::ops
