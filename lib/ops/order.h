// The order of numbers that sorting operators share: NaN is larger than every number, 0 and -0 are equal.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "ops/pointwise.h"

namespace ptetool::ops {

// A number as an unsigned integer of the same order: equal for 0 and -0, largest for NaN.
template <class C>
std::uint64_t order_of_number(C value) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  if constexpr (std::is_same_v<C, std::int64_t>) {
    return static_cast<std::uint64_t>(value) ^ kSign;
  } else {
    if (is_nan(value)) return ~std::uint64_t{0};
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(value) + 0.0);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  }
}

}  // namespace ptetool::ops
