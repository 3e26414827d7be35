// Scales of quantised numbers: there are millions of them where every few weights have one.
#pragma once

#include <cstdint>
#include <optional>

#include "ptetool/base/bytes.h"

namespace ptetool {

// The first of `count` scales, little-endian at any alignment, that is no positive normal number; nullopt if all are.
// `bytes` holds all of them.
std::optional<std::uint64_t> first_abnormal_float(ByteView bytes, std::uint64_t count);
std::optional<std::uint64_t> first_abnormal_bfloat16(ByteView bytes, std::uint64_t count);

}  // namespace ptetool
