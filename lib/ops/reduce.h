// Reductions over dimensions: one pass over the input in memory order, into an accumulator per element of the result.
#pragma once

#include "ops/pointwise.h"
#include "ops/walk.h"

namespace ptetool::ops {

// What sums, and other running results, of numbers C are kept in.
template <class C>
struct WideSum {
  using Type = C;
};
template <>
struct WideSum<float> {
  using Type = double;
};
template <>
struct WideSum<Complex64> {
  using Type = Complex128;
};

// Which dimensions go, and what the result looks like.
struct Reduction {
  ShortList<bool> reduced;  // per dimension of the input
  Sizes kept;               // sizes of the input, 1 where reduced
  Sizes out_sizes;          // without those ones, unless keepdim
  std::int64_t count = 1;   // elements of the input per element of the result
};
// `dims` empty: all dimensions.
Result<Reduction> reduction(const Call& call, const Tensor& input, std::span<const std::int64_t> dims, bool keepdim);

// One thread's part of reduce(): `steps` lead from an element of the input to its sum.
template <class C, class Sum, class F>
void reduce_part(const Tensor& input, const Strides& steps, ScalarType dtype, Sum* sums, const F& combine) {
  const Walk<2> walk(input.sizes, {input.strides, steps});
  const Reader reader(input.dtype, dtype);
  const auto width = static_cast<std::int64_t>(input.element_size());
  const std::int64_t step = walk.row_length() == 1 ? 0 : walk.row_step(1);
  Block scratch;
  walk.each_piece(kBlock, [&](const auto& offsets, std::int64_t count) {
    const C* numbers =
        reader.read_as<C>(input.as<std::uint8_t>() + offsets[0] * width, walk.row_step(0), count, scratch);
    Sum* at = sums + offsets[1];
    if (step == 0) {
      if constexpr (requires { combine.many(*at, numbers, count); }) {
        *at = combine.many(*at, numbers, count);
      } else {
        Sum sum = *at;
        for (std::int64_t i = 0; i < count; ++i) sum = combine(sum, numbers[i]);
        *at = sum;
      }
    } else if (step == 1) {
      for (std::int64_t i = 0; i < count; ++i) at[i] = combine(at[i], numbers[i]);
    } else {
      for (std::int64_t i = 0; i < count; ++i) at[i * step] = combine(at[i * step], numbers[i]);
    }
  });
}

// sums[i] = combine(sums[i], element) for every element, converted to `dtype` first; `sums` has one entry, set by the
// caller, per element of the result in C order. C is the compute type of `dtype`.
// A `combine` with a member many(sum, numbers, count) takes a run of elements of one sum at once.
template <class C, class Sum, class F>
void reduce(const Call& call, const Tensor& input, const Reduction& reduction, ScalarType dtype, Sum* sums,
            const F& combine) {
  Strides steps = strides_of(reduction.kept, contiguous_order(reduction.kept.size()));
  // The longest dimension that is kept is shared out among threads: they never meet in a sum.
  std::size_t shared = input.rank();
  for (std::size_t dim = 0; dim < steps.size(); ++dim) {
    if (reduction.kept[dim] == 1) steps[dim] = 0;
    if (reduction.kept[dim] > 1 && (shared == input.rank() || reduction.kept[dim] > reduction.kept[shared])) {
      shared = dim;
    }
  }
  if (shared == input.rank() || input.numel() == 0) {
    return reduce_part<C>(input, steps, dtype, sums, combine);
  }
  const std::int64_t count = input.sizes[shared];
  call.parallel(count, input.numel() / count, [&](std::int64_t first, std::int64_t last) {
    Tensor part = input;
    part.sizes[shared] = last - first;
    part.data =
        part.as<std::uint8_t>() + first * input.strides[shared] * static_cast<std::int64_t>(input.element_size());
    reduce_part<C>(part, steps, dtype, sums + first * steps[shared], combine);
  });
}

// Brings finish(sum), numbers of `dtype`, of every sum, which lie in C order, to the out, whatever its dtype and dim
// order.
template <class C, class Sum, class F>
void write_results(const Sum* sums, ScalarType dtype, Tensor& out, const F& finish) {
  const Walk<2> walk(out.sizes, {out.strides, strides_of(out.sizes, contiguous_order(out.rank()))});
  const Writer writer(dtype, out.dtype);
  const auto width = static_cast<std::int64_t>(out.element_size());
  Block block;
  walk.each_piece(kBlock, [&](const auto& offsets, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) block.as<C>()[i] = finish(sums[offsets[1] + i * walk.row_step(1)]);
    writer.write(block.data(), out.as<std::uint8_t>() + offsets[0] * width, walk.row_step(0), count);
  });
}

// Gives out `which` these sizes and numbers, in C order; it must be of a floating dtype.
inline Result<> write_doubles(Call& call, std::size_t which, const Sizes& sizes, const std::vector<double>& numbers) {
  Tensor& out = call.out(which);
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  write_results<double>(numbers.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

}  // namespace ptetool::ops
