// Sums the code counts of every DHT segment (ITU-T T.81, B.2.4.2), wherever its marker stands.
#include "tensor/jpeg_tables.h"

#include <cstddef>

namespace ptetool {

namespace {

constexpr std::uint8_t kMarker = 0xff;
constexpr std::uint8_t kHuffmanTables = 0xc4;
constexpr std::size_t kLengths = 16;  // of codes: a table begins with how many codes each length has
constexpr std::size_t kMostCodes = 256;

// The segment at `at`, as decoders read it: its length, then tables until the length is used up. Beyond the end of the
// file decoders read zeros.
bool segment_fits(ByteView bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? std::size_t{bytes[i]} : std::size_t{0}; };
  std::size_t left = byte(at) * 256 + byte(at + 1);
  if (left < 2) return true;
  left -= 2;
  at += 2;
  while (left > 0 && at < bytes.size()) {
    std::size_t codes = 0;
    for (std::size_t i = 1; i <= kLengths; ++i) codes += byte(at + i);
    if (codes > kMostCodes) return false;
    const std::size_t size = 1 + kLengths + codes;
    if (size >= left) return true;
    left -= size;
    at += size;
  }
  return true;
}

}  // namespace

bool huffman_tables_fit(ByteView bytes) {
  // In compressed data the first byte of a marker is followed by a zero, so that these two are a segment wherever they
  // stand; decoders find it after damaged segments as well.
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] == kMarker && bytes[i + 1] == kHuffmanTables && !segment_fits(bytes, i + 2)) return false;
  }
  return true;
}

}  // namespace ptetool
