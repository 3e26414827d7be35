// The four 8-bit floating-point types as storage: bits in memory, float in computation, round to nearest even on the
// way back.
//
// The rule: 1 sign bit, then exponent, then mantissa. Exponent 0 is subnormal: mantissa × 2^(1 - bias - mantissa bits);
// otherwise (1 + mantissa / 2^mantissa bits) × 2^(exponent - bias).
//
//   type             exponent  mantissa  bias  infinities   NaN                  negative zero
//   float8_e5m2         5         2       15   0x7c, 0xfc   exponent 31, m ≠ 0   yes
//   float8_e4m3fn       4         3        7   none         0x7f, 0xff           yes
//   float8_e5m2fnuz     5         2       16   none         0x80                 no
//   float8_e4m3fnuz     4         3        8   none         0x80                 no
#pragma once

#include <cstdint>
#include <optional>

#include "ptetool/base/dtype.h"

namespace ptetool {

// The value of `bits` in one of the four types of the table.
float float8_to_float(ScalarType type, std::uint8_t bits);
// The nearest value of the type; NaN stays NaN. nullopt for what the type cannot hold: infinity where it has none, and
// finite values that round beyond its largest one.
std::optional<std::uint8_t> to_float8(ScalarType type, float value);

}  // namespace ptetool
