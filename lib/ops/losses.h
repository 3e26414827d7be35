// The argument `reduction` of losses: what becomes of the loss of each sample.
#pragma once

#include <cstdint>

namespace ptetool::ops {

inline constexpr std::int64_t kNone = 0, kMean = 1, kSum = 2;

}  // namespace ptetool::ops
