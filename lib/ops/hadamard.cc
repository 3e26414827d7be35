// llama::fast_hadamard_transform: every row multiplied with a Hadamard matrix, in n log n steps.
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// A Hadamard matrix of 28 rows: bit j of a row says that its coefficient j is -1, else it is 1 (format-facts 6.5).
constexpr std::int64_t kOddSize = 28;
constexpr std::array<std::uint32_t, kOddSize> kNegative = {
    0xcd69e7e, 0x9ad7c7d, 0x37ab8fb, 0x6d571f7, 0xd8ae3ef, 0xb3587df, 0x66b4f3f, 0xb467f43, 0x6acbe87, 0xd593d8e,
    0xab27b9c, 0x564f7b8, 0xac9aff0, 0x5b31fe1, 0x87fb325, 0x0ff66ca, 0x1decd95, 0x39ddb2a, 0x71bf654, 0xe17eca9,
    0xc2fd9d2, 0xfcf1299, 0xfbe2532, 0xf7c4ae4, 0xef8d549, 0xdf1ea13, 0xbe3d4a6, 0x7e7a94c};

// In place, for a power of two, scaled so that lengths are kept.
template <class C>
void transform(C* row, std::int64_t size) {
  for (std::int64_t half = 1; half < size; half *= 2) {
    for (std::int64_t start = 0; start < size; start += 2 * half) {
      for (std::int64_t i = start; i < start + half; ++i) {
        const C a = row[i];
        const C b = row[i + half];
        row[i] = a + b;
        row[i + half] = a - b;
      }
    }
  }
  const C factor = C(1) / std::sqrt(static_cast<C>(size));
  for (std::int64_t i = 0; i < size; ++i) row[i] *= factor;
}

// Across 28 blocks of a row, each `size` long; without a factor, as ExecuTorch has it.
template <class C>
void transform_blocks(C* row, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) {
    std::array<C, kOddSize> column;
    for (std::int64_t j = 0; j < kOddSize; ++j) column[static_cast<std::size_t>(j)] = row[j * size + i];
    for (std::int64_t k = 0; k < kOddSize; ++k) {
      C sum = 0;
      for (std::int64_t j = 0; j < kOddSize; ++j) {
        const C value = column[static_cast<std::size_t>(j)];
        sum += (kNegative[static_cast<std::size_t>(k)] >> j & 1u) != 0 ? -value : value;
      }
      row[k * size + i] = sum;
    }
  }
}

Result<> fast_hadamard_transform(Call& call) {
  const Tensor mat = call.tensor(0);
  Tensor& out = call.out();
  if (mat.rank() == 0) return call.fail(ErrorCode::Mismatch, "mat has no rows");
  const std::size_t last = mat.rank() - 1;
  const std::int64_t length = mat.sizes[last];
  const std::int64_t blocks = length > 0 && length % kOddSize == 0 ? kOddSize : 1;
  const std::int64_t size = length / blocks;
  if (length != 0 && !std::has_single_bit(static_cast<std::uint64_t>(size))) {
    return call.fail(ErrorCode::Mismatch,
                     "rows of " + std::to_string(length) + " elements are neither 2^n long nor 28 times that");
  }
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, mat.sizes));
  return with_compute_type<kFloats>(call, mat.dtype, [&]<class C>() -> Result<> {
    if (out.numel() == 0) return {};
    const Lines<2> lines(mat.sizes, last, {mat.strides, out.strides});
    const Reader reader(mat.dtype, mat.dtype);
    const Writer writer(mat.dtype, out.dtype);
    call.parallel(lines.count(), length * 32, [&](std::int64_t begin, std::int64_t end) {
      std::vector<C> row(static_cast<std::size_t>(length));
      lines.each(begin, end, [&](const auto& offsets) {
        read_line(reader, mat, offsets[0], lines.step(0), length, row.data());
        for (std::int64_t block = 0; block < blocks; ++block) transform(row.data() + block * size, size);
        if (blocks > 1) transform_blocks(row.data(), size);
        write_line(writer, row.data(), out, offsets[1], lines.step(1), length);
      });
    });
    return {};
  });
}

constexpr Operator kRows[] = {
    {"llama::fast_hadamard_transform.out(Tensor mat, *, Tensor(a!) out) -> Tensor(a!)", fast_hadamard_transform},
};

}  // namespace

std::span<const Operator> hadamard_operators() { return kRows; }

}  // namespace ptetool::ops
