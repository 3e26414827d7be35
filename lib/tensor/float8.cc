// The float8 types of format-facts 1.5, decoded by the parameters of their formats.
#include "ptetool/tensor/float8.h"

#include <cmath>
#include <limits>

namespace ptetool {

namespace {

struct Float8Format {
  ScalarType type;
  int mantissa_bits;
  int bias;
  unsigned largest;  // bits of the largest finite value
  unsigned nan;
  bool infinities;
  bool negative_zero;
};

constexpr Float8Format kFormats[] = {
    {ScalarType::Float8E5M2, 2, 15, 0x7b, 0x7f, true, true},
    {ScalarType::Float8E4M3FN, 3, 7, 0x7e, 0x7f, false, true},
    {ScalarType::Float8E5M2FNUZ, 2, 16, 0x7f, 0x80, false, false},
    {ScalarType::Float8E4M3FNUZ, 3, 8, 0x7f, 0x80, false, false},
};

const Float8Format& format_of(ScalarType type) {
  for (const Float8Format& format : kFormats) {
    if (format.type == type) return format;
  }
  return kFormats[0];
}

// The value of a finite pattern without its sign.
float magnitude_of(const Float8Format& format, unsigned bits) {
  const unsigned exponent = bits >> format.mantissa_bits;
  const unsigned mantissa = bits & ((1u << format.mantissa_bits) - 1);
  const unsigned significand = exponent == 0 ? mantissa : mantissa | 1u << format.mantissa_bits;
  const int scale = (exponent == 0 ? 1 : static_cast<int>(exponent)) - format.bias - format.mantissa_bits;
  return std::ldexp(static_cast<float>(significand), scale);
}

}  // namespace

float float8_to_float(ScalarType type, std::uint8_t bits) {
  const Float8Format& format = format_of(type);
  const unsigned magnitude = bits & 0x7fu;
  const bool negative = (bits & 0x80u) != 0;
  if (!format.negative_zero && bits == format.nan) return std::numeric_limits<float>::quiet_NaN();
  if (magnitude > format.largest) {
    const bool infinite = format.infinities && magnitude == format.largest + 1;
    if (!infinite) return std::numeric_limits<float>::quiet_NaN();
    return negative ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
  }
  const float value = magnitude_of(format, magnitude);
  return negative ? -value : value;
}

std::optional<std::uint8_t> to_float8(ScalarType type, float value) {
  const Float8Format& format = format_of(type);
  const unsigned sign = std::signbit(value) ? 0x80u : 0u;
  if (std::isnan(value)) return static_cast<std::uint8_t>(format.nan);
  if (std::isinf(value)) {
    if (!format.infinities) return std::nullopt;
    return static_cast<std::uint8_t>(sign | (format.largest + 1));
  }
  const float wanted = std::fabs(value);
  // Patterns grow with their values: find the last one that is not above `wanted`.
  unsigned below = 0;
  for (unsigned step = 64; step != 0; step /= 2) {
    if (below + step <= format.largest && magnitude_of(format, below + step) <= wanted) below += step;
  }
  // A step beyond the largest value would have the spacing of the step before it.
  const float low = magnitude_of(format, below);
  const bool at_end = below == format.largest;
  const float high = at_end ? 2 * low - magnitude_of(format, below - 1) : magnitude_of(format, below + 1);
  const float to_low = wanted - low;
  const float to_high = high - wanted;
  const bool up = to_high < to_low || (to_high == to_low && (below & 1u) != 0);
  if (up && at_end) return std::nullopt;
  const unsigned nearest = below + (up ? 1 : 0);
  if (nearest == 0 && !format.negative_zero) return std::uint8_t{0};
  return static_cast<std::uint8_t>(sign | nearest);
}

}  // namespace ptetool
