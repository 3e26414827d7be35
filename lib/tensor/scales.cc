// Blocks of 64 bit patterns are held against a range without a branch; only in a block that fails one is looked for.
#include "ptetool/tensor/scales.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace ptetool {

namespace {

// A positive number is normal where its bits are in a range. A block at a time: compilers then take many at once.
template <class Bits>
std::optional<std::uint64_t> first_outside(ByteView bytes, std::uint64_t count, Bits least, Bits most) {
  constexpr std::uint64_t kBlock = 64;
  std::array<Bits, kBlock> block;
  const auto width = static_cast<Bits>(most - least);
  const auto outside = [&](Bits bits) { return static_cast<Bits>(bits - least) > width; };
  for (std::uint64_t first = 0; first < count; first += kBlock) {
    const std::uint64_t given = std::min(kBlock, count - first);
    if (given < kBlock) block.fill(least);
    std::memcpy(block.data(), bytes.data() + first * sizeof(Bits), static_cast<std::size_t>(given) * sizeof(Bits));
    Bits bad = 0;
    for (std::size_t i = 0; i < kBlock; ++i) bad = static_cast<Bits>(bad | static_cast<Bits>(outside(block[i])));
    if (bad == 0) continue;
    return first + static_cast<std::uint64_t>(std::ranges::find_if(block, outside) - block.begin());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> first_abnormal_float(ByteView bytes, std::uint64_t count) {
  return first_outside<std::uint32_t>(bytes, count, 0x00800000, 0x7f7fffff);
}

std::optional<std::uint64_t> first_abnormal_bfloat16(ByteView bytes, std::uint64_t count) {
  return first_outside<std::uint16_t>(bytes, count, 0x0080, 0x7f7f);
}

}  // namespace ptetool
