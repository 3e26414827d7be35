// Conversions between float and the narrow floating-point types.
#include "ptetool/tensor/half.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ptetool/tensor/float8.h"

namespace {

using namespace ptetool;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST_CASE("known float16 values") {
  CHECK(to_float(Half{0x3c00}) == 1.0f);
  CHECK(to_float(Half{0x7bff}) == 65504.0f);
  CHECK(to_float(Half{0x0001}) == 0x1p-24f);
  CHECK(to_float(Half{0x03ff}) == 0x3ffp-24f);
  CHECK(to_float(Half{0xfc00}) == -kInfinity);
  CHECK(std::signbit(to_float(Half{0x8000})));
  CHECK(std::isnan(to_float(Half{0x7c01})));
}

TEST_CASE("rounding to float16 is to nearest, ties to even") {
  CHECK(to_half(1.0f + 0x1p-11f).bits == 0x3c00);
  CHECK(to_half(1.0f + 0x3p-11f).bits == 0x3c02);
  CHECK(to_half(65519.0f).bits == 0x7bff);
  CHECK(to_half(65520.0f).bits == 0x7c00);
  CHECK(to_half(0x1p-25f).bits == 0);
  CHECK(to_half(0x1.000002p-25f).bits == 1);
  CHECK(to_half(-1e30f).bits == 0xfc00);
  CHECK(to_half(0x1.ff8p-15f).bits == 0x03ff);
  CHECK(to_half(0x1.ffcp-15f).bits == 0x0400);  // the tie goes to the smallest normal
}

TEST_CASE("every float16 and bfloat16 survives the way through float") {
  std::uint32_t wrong = 0;
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    const BFloat16 brain{static_cast<std::uint16_t>(bits)};
    const bool half_nan = (bits & 0x7fffu) > 0x7c00u;
    const bool brain_nan = (bits & 0x7fffu) > 0x7f80u;
    // A NaN becomes a quiet one.
    if (to_half(to_float(half)).bits != (half_nan ? bits | 0x200u : bits)) ++wrong;
    if (to_bfloat16(to_float(brain)).bits != (brain_nan ? bits | 0x40u : bits)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("rounding to bfloat16 is to nearest, ties to even") {
  CHECK(to_bfloat16(1.0f + 0x1p-8f).bits == 0x3f80);
  CHECK(to_bfloat16(1.0f + 0x3p-8f).bits == 0x3f82);
  CHECK(to_bfloat16(std::numeric_limits<float>::max()).bits == 0x7f80);
}

constexpr ScalarType kFloat8[] = {ScalarType::Float8E5M2, ScalarType::Float8E4M3FN, ScalarType::Float8E5M2FNUZ,
                                  ScalarType::Float8E4M3FNUZ};

TEST_CASE("known float8 values") {
  CHECK(float8_to_float(ScalarType::Float8E5M2, 0x7b) == 57344.0f);
  CHECK(float8_to_float(ScalarType::Float8E5M2, 0xfc) == -kInfinity);
  CHECK(std::isnan(float8_to_float(ScalarType::Float8E5M2, 0x7d)));
  CHECK(float8_to_float(ScalarType::Float8E4M3FN, 0x7e) == 448.0f);
  CHECK(float8_to_float(ScalarType::Float8E4M3FN, 0x01) == 0x1p-9f);
  CHECK(std::isnan(float8_to_float(ScalarType::Float8E4M3FN, 0xff)));
  CHECK(float8_to_float(ScalarType::Float8E5M2FNUZ, 0x7f) == 57344.0f);
  CHECK(float8_to_float(ScalarType::Float8E4M3FNUZ, 0x7f) == 240.0f);
  CHECK(std::isnan(float8_to_float(ScalarType::Float8E4M3FNUZ, 0x80)));
}

TEST_CASE("every float8 survives the way through float") {
  for (const ScalarType type : kFloat8) {
    for (unsigned bits = 0; bits < 256; ++bits) {
      const float value = float8_to_float(type, static_cast<std::uint8_t>(bits));
      const auto back = to_float8(type, value);
      REQUIRE(back);
      if (std::isnan(value)) {
        CHECK(std::isnan(float8_to_float(type, *back)));
      } else {
        CHECK(*back == bits);
      }
    }
  }
}

TEST_CASE("float8 rounds to nearest even and refuses what is too large") {
  CHECK(to_float8(ScalarType::Float8E4M3FN, 17.0f) == 0x58);  // between 16 and 18
  CHECK(to_float8(ScalarType::Float8E4M3FN, 19.0f) == 0x5a);  // between 18 and 20
  CHECK(to_float8(ScalarType::Float8E4M3FN, 464.0f) == 0x7e);
  CHECK_FALSE(to_float8(ScalarType::Float8E4M3FN, 465.0f));
  CHECK_FALSE(to_float8(ScalarType::Float8E4M3FN, kInfinity));
  CHECK(to_float8(ScalarType::Float8E5M2, -kInfinity) == 0xfc);
  CHECK_FALSE(to_float8(ScalarType::Float8E5M2, 61440.0f));
  CHECK(to_float8(ScalarType::Float8E4M3FNUZ, -0.0f) == 0x00);
  CHECK(to_float8(ScalarType::Float8E4M3FN, -0.0f) == 0x80);
}

}  // namespace
