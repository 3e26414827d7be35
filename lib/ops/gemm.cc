// A tile of the result at a time: columns of b are packed into a panel once per column tile, rows of a once per row
// tile, then a small kernel with independent sums runs over the packed, contiguous numbers.
#include "ops/gemm.h"

#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "ops/pointwise.h"

namespace ptetool::ops {

namespace {

constexpr std::int64_t kDepth = kBlock;  // products that are summed before they go to the wide sums
constexpr std::int64_t kRows = 4;
constexpr std::int64_t kColumns = 8;
constexpr std::int64_t kRowGroup = 512;  // rows for which a packed panel of b is used

// Sums across depth blocks: float in double, everything else in itself.
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

// Packed as [depth][kWidth]: lane w of step p is element (lane0 + w, p) of a matrix whose lanes are rows of a or
// columns of b. Lanes beyond the matrix are 0.
template <class C, std::int64_t kWidth>
void pack(const Reader& reader, const std::uint8_t* data, std::int64_t width, std::int64_t lane_step,
          std::int64_t depth_step, std::int64_t lanes, std::int64_t depth, C* packed) {
  Block scratch;
  if (depth_step != 1 && lane_step == 1) {
    for (std::int64_t p = 0; p < depth; ++p) {
      const C* numbers = reader.read_as<C>(data + p * depth_step * width, lane_step, lanes, scratch);
      for (std::int64_t w = 0; w < kWidth; ++w) packed[p * kWidth + w] = w < lanes ? numbers[w] : C{};
    }
    return;
  }
  for (std::int64_t w = 0; w < kWidth; ++w) {
    if (w >= lanes) {
      for (std::int64_t p = 0; p < depth; ++p) packed[p * kWidth + w] = C{};
      continue;
    }
    const C* numbers = reader.read_as<C>(data + w * lane_step * width, depth_step, depth, scratch);
    for (std::int64_t p = 0; p < depth; ++p) packed[p * kWidth + w] = numbers[p];
  }
}

// f(0), f(1), … as straight code, so that what f indexes stays in registers; compilers must not decide otherwise.
template <std::int64_t... kIndex, class F>
[[gnu::always_inline]] inline void unrolled(std::integer_sequence<std::int64_t, kIndex...>, const F& f) {
  (f(std::integral_constant<std::int64_t, kIndex>()), ...);
}
template <std::int64_t kCount, class F>
[[gnu::always_inline]] inline void unrolled(const F& f) {
  unrolled(std::make_integer_sequence<std::int64_t, kCount>(), f);
}

// What a tile is computed in: four floats or two doubles at a time, anything else by itself.
template <class C>
struct Lanes {
  using Type = C;
};
template <>
struct Lanes<float> {
  typedef float Type __attribute__((vector_size(16)));
};
template <>
struct Lanes<double> {
  typedef double Type __attribute__((vector_size(16)));
};

template <class C>
[[gnu::noinline]] void multiply_tile(const C* a, const C* b, std::int64_t depth, typename WideSum<C>::Type* sums) {
  using Vector = typename Lanes<C>::Type;
  constexpr std::int64_t kVectors =
      kColumns * static_cast<std::int64_t>(sizeof(C)) / static_cast<std::int64_t>(sizeof(Vector));
  Vector tile[kRows][kVectors] = {};
  for (std::int64_t p = 0; p < depth; ++p) {
    Vector columns[kVectors];
    std::memcpy(columns, b + p * kColumns, sizeof(columns));
    unrolled<kRows>([&](auto i) {
      const C factor = a[p * kRows + i];
      unrolled<kVectors>([&](auto v) {
        if constexpr (std::is_floating_point_v<C>) {
          tile[i][v] += factor * columns[v];
        } else {
          tile[i][v] = plus(tile[i][v], times(factor, columns[v]));
        }
      });
    });
  }
  C products[kRows * kColumns];
  std::memcpy(products, tile, sizeof(products));
  for (std::int64_t i = 0; i < kRows * kColumns; ++i) {
    sums[i] = plus(sums[i], static_cast<typename WideSum<C>::Type>(products[i]));
  }
}

template <class C>
void run(const Gemm& gemm) {
  using Sum = typename WideSum<C>::Type;
  const std::int64_t m = gemm.out.sizes[0];
  const std::int64_t n = gemm.out.sizes[1];
  const std::int64_t k = gemm.a.sizes[1];
  const ScalarType dtype = gemm.a.dtype;
  const Reader reader(dtype, dtype);
  const Writer writer(dtype, gemm.out.dtype);
  const auto width = static_cast<std::int64_t>(*dtype_size(dtype));
  const auto out_width = static_cast<std::int64_t>(*dtype_size(gemm.out.dtype));
  const Sum alpha = number_of<Sum>(gemm.alpha);
  const Sum beta = number_of<Sum>(gemm.beta);
  // With beta 0 PyTorch ignores what init holds, NaN included.
  const bool adds = gemm.init && beta != Sum(0);
  const Reader init_reader(gemm.init ? gemm.init->dtype : dtype, dtype);
  const auto init_width = static_cast<std::int64_t>(gemm.init ? *dtype_size(gemm.init->dtype) : 1);

  // Sums of a group of rows for one tile of columns, so that a panel of b is packed once for all of them.
  std::vector<Sum> sums(static_cast<std::size_t>(kRowGroup * kColumns));
  std::vector<C> panel(static_cast<std::size_t>(kDepth * kColumns));
  std::vector<C> rows(static_cast<std::size_t>(kDepth * kRows));
  Block scratch;
  Block init_scratch;
  const auto multiply_group = [&](std::int64_t first, std::int64_t last, std::int64_t column, std::int64_t columns) {
    std::fill(sums.begin(), sums.end(), Sum{});
    for (std::int64_t p = 0; p < k; p += kDepth) {
      const std::int64_t depth = std::min(kDepth, k - p);
      pack<C, kColumns>(reader, gemm.b.data + (column * gemm.b.strides[1] + p * gemm.b.strides[0]) * width, width,
                        gemm.b.strides[1], gemm.b.strides[0], columns, depth, panel.data());
      for (std::int64_t row = first; row < last; row += kRows) {
        pack<C, kRows>(reader, gemm.a.data + (row * gemm.a.strides[0] + p * gemm.a.strides[1]) * width, width,
                       gemm.a.strides[0], gemm.a.strides[1], std::min(kRows, last - row), depth, rows.data());
        multiply_tile<C>(rows.data(), panel.data(), depth, sums.data() + (row - first) * kColumns);
      }
    }
    for (std::int64_t row = first; row < last; ++row) {
      const Sum* sum = sums.data() + (row - first) * kColumns;
      const C* init = nullptr;
      if (adds) {
        const std::int64_t at = row * gemm.init->strides[0] + column * gemm.init->strides[1];
        init = init_reader.read_as<C>(gemm.init->data + at * init_width, gemm.init->strides[1], columns, init_scratch);
      }
      for (std::int64_t j = 0; j < columns; ++j) {
        Sum value = times(alpha, sum[j]);
        if (adds) value = plus(value, times(beta, static_cast<Sum>(init[j])));
        scratch.as<C>()[j] = static_cast<C>(value);
      }
      const std::int64_t at = row * gemm.out.strides[0] + column * gemm.out.strides[1];
      writer.write(scratch.data(), gemm.out.data + at * out_width, gemm.out.strides[1], columns);
    }
  };
  for (std::int64_t first = 0; first < m; first += kRowGroup) {
    for (std::int64_t column = 0; column < n; column += kColumns) {
      multiply_group(first, std::min(first + kRowGroup, m), column, std::min(kColumns, n - column));
    }
  }
}

}  // namespace

Result<> multiply(const Call& call, const Gemm& gemm) {
  if (!contains(kConvertible, gemm.out.dtype)) return unsupported_dtype(call, gemm.out.dtype);
  if (gemm.init && !contains(kConvertible, gemm.init->dtype)) return unsupported_dtype(call, gemm.init->dtype);
  return with_compute_type<kNumbers>(call, gemm.a.dtype, [&]<class C>() -> Result<> {
    if (numel(gemm.out.sizes) != 0) run<C>(gemm);
    return {};
  });
}

}  // namespace ptetool::ops
