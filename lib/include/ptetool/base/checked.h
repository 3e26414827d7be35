// Arithmetic on numbers that come from files: every sum and product says whether it fits.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

namespace ptetool {

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b) {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Smallest multiple of `alignment` (> 0) that is >= value.
[[nodiscard]] constexpr std::optional<std::uint64_t> checked_align_up(std::uint64_t value, std::uint64_t alignment) {
  const std::uint64_t rest = value % alignment;
  return rest == 0 ? std::optional(value) : checked_add(value, alignment - rest);
}

// Is [offset, offset + size) inside [0, limit)?
[[nodiscard]] constexpr bool range_within(std::uint64_t offset, std::uint64_t size, std::uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

// Number of elements of a tensor of these sizes; nullopt if a size is negative or the product overflows int64. A zero
// does not excuse an overflow before or behind it (format-facts 5.2): every partial product fits, so that strides do,
// too.
template <class Int>
[[nodiscard]] constexpr std::optional<std::int64_t> checked_numel(std::span<const Int> sizes) {
  std::int64_t product = 1;
  bool empty = false;
  for (const Int size : sizes) {
    if (size < 0) return std::nullopt;
    empty = empty || size == 0;
    const auto next = checked_mul(product, size == 0 ? std::int64_t{1} : static_cast<std::int64_t>(size));
    if (!next) return std::nullopt;
    product = *next;
  }
  return empty ? 0 : product;
}

}  // namespace ptetool
