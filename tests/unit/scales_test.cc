// Scales that are no positive normal numbers are found wherever they are among many, at any alignment.
#include "ptetool/tensor/scales.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "ptetool/tensor/half.h"

namespace {

using namespace ptetool;

constexpr std::size_t kMost = 300;

template <class Bits>
std::vector<std::uint8_t> bytes_of(const std::vector<Bits>& numbers, std::size_t shift) {
  std::vector<std::uint8_t> bytes(shift + numbers.size() * sizeof(Bits));
  std::memcpy(bytes.data() + shift, numbers.data(), numbers.size() * sizeof(Bits));
  return bytes;
}

TEST_CASE("every bfloat16 number is judged as its value") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = to_float(BFloat16{static_cast<std::uint16_t>(bits)});
    const auto bytes = bytes_of(std::vector<std::uint16_t>{static_cast<std::uint16_t>(bits)}, 0);
    const bool fine = std::isnormal(value) && value > 0;
    if (first_abnormal_bfloat16(bytes, 1).has_value() == fine) FAIL("bits " << bits);
  }
}

TEST_CASE("floats are judged as their values") {
  using Limits = std::numeric_limits<float>;
  for (const float fine : {Limits::min(), 1.0f, Limits::max()}) {
    CHECK(!first_abnormal_float(bytes_of(std::vector{fine}, 0), 1));
  }
  for (const float bad : {0.0f, -0.0f, -1.0f, Limits::denorm_min(), Limits::infinity(), Limits::quiet_NaN()}) {
    CHECK(first_abnormal_float(bytes_of(std::vector{bad}, 0), 1) == 0u);
  }
}

TEST_CASE("the first of several is told, at any place, count and alignment") {
  for (std::size_t count = 1; count <= kMost; count += 13) {
    for (std::size_t place = 0; place < count; place += 7) {
      std::vector<std::uint16_t> narrow(count, 0x3f80);
      std::vector<float> wide(count, 1.0f);
      for (std::size_t i = place; i < count; i += 5) narrow[i] = 0, wide[i] = 0;
      const auto narrow_bytes = bytes_of(narrow, 1), wide_bytes = bytes_of(wide, 3);
      CHECK(first_abnormal_bfloat16(ByteView(narrow_bytes).subspan(1), count) == place);
      CHECK(first_abnormal_float(ByteView(wide_bytes).subspan(3), count) == place);
      CHECK(!first_abnormal_bfloat16(ByteView(narrow_bytes).subspan(1), place));
    }
  }
}

}  // namespace
