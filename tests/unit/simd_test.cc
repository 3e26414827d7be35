// The vector loops against the scalar functions they stand for, at every length around the width of a vector.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "ops/simd/arrays.h"
#include "ops/simd/transpose.h"
#include "ops/vector_math.h"
#include "ptetool/tensor/half.h"

namespace {

using namespace ptetool;
using namespace ptetool::ops;

TEST_CASE("every half becomes its float, and returns") {
  std::vector<std::uint16_t> bits(65536), back(65536);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  std::vector<float> numbers(65536);
  simd::half_to_float(bits.data(), numbers.data(), 65536);
  simd::float_to_half(numbers.data(), back.data(), 65536);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const float one = to_float(Half{bits[i]});
    wrong += std::bit_cast<std::uint32_t>(one) == std::bit_cast<std::uint32_t>(numbers[i]) ? 0 : 1;
    wrong += to_half(one).bits == back[i] ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("floats of all magnitudes are rounded as one by one") {
  std::vector<float> numbers;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 65521) {
    numbers.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  std::vector<std::uint16_t> half(numbers.size()), bfloat(numbers.size());
  simd::float_to_half(numbers.data(), half.data(), static_cast<std::int64_t>(numbers.size()));
  simd::float_to_bfloat16(numbers.data(), bfloat.data(), static_cast<std::int64_t>(numbers.size()));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    wrong += to_half(numbers[i]).bits == half[i] && to_bfloat16(numbers[i]).bits == bfloat[i] ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("functions, sums and maxima of every length") {
  for (const std::int64_t count : {0, 1, 3, 8, 15, 16, 31, 33, 64, 100, 1025, 3000}) {
    std::vector<float> x(static_cast<std::size_t>(count)), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i) * 0.7f) * 20.0f;
    double sum = 0, sizes = 0, squares = 0;
    float top = -std::numeric_limits<float>::infinity();
    for (const float each : x) {
      sum += static_cast<double>(each);
      sizes += std::fabs(static_cast<double>(each));
      squares += static_cast<double>((each - 1.5f) * (each - 1.5f));
      top = std::max(top, each);
    }
    CHECK(std::fabs(simd::sum(x.data(), count) - sum) <= 1e-6 * sizes);
    CHECK(simd::squared_distances(x.data(), 1.5f, count) == doctest::Approx(squares).epsilon(1e-6));
    CHECK(simd::largest(x.data(), count) == top);
    simd::exponential(x.data(), y.data(), count);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) wrong += y[i] == vector_exp(x[i]) ? 0 : 1;
    CHECK(wrong == 0);
    if (count > 0) {
      x[x.size() / 2] = std::numeric_limits<float>::quiet_NaN();
      CHECK(std::isnan(simd::largest(x.data(), count)));
    }
  }
}

TEST_CASE("transpose turns every element, edges included, and writes nothing else") {
  for (const auto& [rows, columns] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 1}, {4, 4}, {3, 9}, {9, 3}, {5, 130}, {64, 64}, {66, 71}}) {
    const std::int64_t from_step = columns + 3, to_step = rows + 2;
    std::vector<std::uint32_t> from(static_cast<std::size_t>(rows * from_step));
    std::vector<std::uint32_t> to(static_cast<std::size_t>(columns * to_step), 0xffffffffu), wanted = to;
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint32_t>(i * 2654435761u);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t column = 0; column < columns; ++column) {
        wanted[static_cast<std::size_t>(column * to_step + row)] =
            from[static_cast<std::size_t>(row * from_step + column)];
      }
    }
    ops::simd::transpose(from.data(), from_step, rows, columns, to.data(), to_step);
    CHECK(to == wanted);
  }
}

}  // namespace
