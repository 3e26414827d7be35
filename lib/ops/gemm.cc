// Which numbers are multiplied how: float and double by the vector code of gemm_real.h; integers and complex numbers
// here, a tile of the result at a time: columns of b are packed into a panel once per column tile, rows of a once per
// row tile, then a small loop with independent sums runs over the packed, contiguous numbers.
#include "ops/gemm.h"

#include <memory>
#include <type_traits>
#include <vector>

#include "ops/gemm_real.h"
#include "ops/pointwise.h"

namespace ptetool::ops {

namespace {

constexpr std::int64_t kDepth = kBlock;  // products that are summed before they go to the wide sums
constexpr std::int64_t kRows = 4;
constexpr std::int64_t kColumns = 8;
constexpr std::int64_t kRowGroup = 512;  // rows for which a packed panel of b is used

// Sums across depth blocks.
template <class C>
struct WideSum {
  using Type = C;
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

template <class C>
void multiply_tile(const C* a, const C* b, std::int64_t depth, typename WideSum<C>::Type* sums) {
  C tile[kRows * kColumns] = {};
  for (std::int64_t p = 0; p < depth; ++p) {
    for (std::int64_t i = 0; i < kRows; ++i) {
      for (std::int64_t j = 0; j < kColumns; ++j) {
        tile[i * kColumns + j] = plus(tile[i * kColumns + j], times(a[p * kRows + i], b[p * kColumns + j]));
      }
    }
  }
  for (std::int64_t i = 0; i < kRows * kColumns; ++i) {
    sums[i] = plus(sums[i], static_cast<typename WideSum<C>::Type>(tile[i]));
  }
}

template <class C>
void run(const Call& call, const Gemm& gemm) {
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
  struct Scratch {
    std::vector<Sum> sums = std::vector<Sum>(static_cast<std::size_t>(kRowGroup * kColumns));
    std::vector<C> panel = std::vector<C>(static_cast<std::size_t>(kDepth * kColumns));
    std::vector<C> rows = std::vector<C>(static_cast<std::size_t>(kDepth * kRows));
    Block results, init;
  };
  const auto multiply_group = [&](std::int64_t first, std::int64_t last, std::int64_t column, std::int64_t columns,
                                  Scratch& scratch) {
    auto& [sums, panel, rows, results, init_scratch] = scratch;
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
        results.template as<C>()[j] = static_cast<C>(value);
      }
      const std::int64_t at = row * gemm.out.strides[0] + column * gemm.out.strides[1];
      writer.write(results.data(), gemm.out.data + at * out_width, gemm.out.strides[1], columns);
    }
  };
  const std::int64_t tiles = (n + kColumns - 1) / kColumns;
  call.parallel(tiles, m * k * kColumns, [&](std::int64_t begin, std::int64_t end) {
    const auto scratch = std::make_unique<Scratch>();
    for (std::int64_t first = 0; first < m; first += kRowGroup) {
      for (std::int64_t column = begin * kColumns; column < std::min(end * kColumns, n); column += kColumns) {
        multiply_group(first, std::min(first + kRowGroup, m), column, std::min(kColumns, n - column), *scratch);
      }
    }
  });
}

}  // namespace

namespace {

Result<> check(const Call& call, const Gemm& gemm) {
  if (!contains(kConvertible, gemm.out.dtype)) return unsupported_dtype(call, gemm.out.dtype);
  if (gemm.init && !contains(kConvertible, gemm.init->dtype)) return unsupported_dtype(call, gemm.init->dtype);
  if (!contains(kNumbers, gemm.a.dtype)) return unsupported_dtype(call, gemm.a.dtype);
  return {};
}

Result<> multiply_checked(const Call& call, const Gemm& gemm) {
  if (numel(gemm.out.sizes) == 0) return {};
  return with_compute_type<kNumbers>(call, gemm.a.dtype, [&]<class C>() -> Result<> {
    if constexpr (std::is_floating_point_v<C>) {
      multiply_real<C>(call, gemm);
    } else {
      run<C>(call, gemm);
    }
    return {};
  });
}

}  // namespace

Result<> multiply(const Call& call, const Gemm& gemm) {
  PTETOOL_CHECK(check(call, gemm));
  return multiply_checked(call, gemm);
}

Result<> multiply_batch(const Call& call, const Gemm& batch) {
  PTETOOL_CHECK(check(call, batch));
  const std::int64_t count = batch.out.sizes[0];
  if (count == 0 || numel(batch.out.sizes) == 0) return {};
  const auto one = [&](std::int64_t i, const Call& caller) {
    Gemm gemm = batch;
    for (View* view : {&gemm.a, &gemm.b, &gemm.out}) view->select(0, i);
    if (gemm.init) gemm.init->select(0, i);
    return multiply_checked(caller, gemm);
  };
  // Many products: one at a time on each thread. A few large ones: all threads on each.
  const auto threads = static_cast<std::int64_t>(call.threads() ? call.threads()->size() : 1);
  if (threads == 1 || count < 2 * threads) {
    for (std::int64_t i = 0; i < count; ++i) PTETOOL_CHECK(one(i, call));
    return {};
  }
  const Call alone = call.on_one_thread();
  const std::int64_t cost = batch.out.sizes[1] * batch.out.sizes[2] * batch.a.sizes[2] / 8 + 100;
  call.parallel(count, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) (void)one(i, alone);  // what can fail was checked
  });
  return {};
}

}  // namespace ptetool::ops
