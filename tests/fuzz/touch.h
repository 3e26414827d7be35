// Reads what a reader gave, so that sanitizers see every byte of it, and the compiler leaves none out.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ptetool/base/bytes.h"

namespace ptetool::fuzz {

inline volatile std::uint64_t sink = 0;

template <class Range>
void touch(const Range& items) {
  std::uint64_t sum = items.size();
  for (const auto item : items) sum += static_cast<std::uint64_t>(item != 0);
  sink = sink + sum;
}

// First and last prove the whole; long vectors shared by many tables would only cost time.
template <class Range>
void touch_ends(const Range& items) {
  if (!items.empty()) sink = sink + (items.front() != 0 ? 1u : 0u) + (items.back() != 0 ? 1u : 0u);
}

}  // namespace ptetool::fuzz
