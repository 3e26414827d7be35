// Fingerprints are XXH3's numbers, whatever vectors computed them and however the bytes came.
#include <xxhash.h>

#include <doctest/doctest.h>

#include <vector>

#include "ptetool/base/hash.h"

using namespace ptetool;

TEST_CASE("fingerprints of the empty string and of a text are XXH3's") {
  // xxhsum -H2 of nothing, and of "abc".
  CHECK(fingerprint({}) == Fingerprint{0x99aa06d3014798d8, 0x6001c324468d497f});
  CHECK(fingerprint(bytes_of(std::string_view("abc"))) == Fingerprint{0x06b05ab6733a6185, 0x78af5f94892f3950});
}

TEST_CASE("fingerprints of any length are those of the narrow loops, in blocks too") {
  std::vector<std::uint8_t> bytes(70'001);
  std::uint32_t random = 1;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>((random = random * 1664525 + 1013904223) >> 24);
  for (const std::size_t size : {1, 16, 17, 128, 129, 240, 241, 1023, 1024, 1025, 4096, 65'536, 70'000}) {
    CAPTURE(size);
    const ByteView part(bytes.data() + 1, size);
    const XXH128_hash_t plain = XXH3_128bits(part.data(), part.size());
    const Fingerprint expected{plain.high64, plain.low64};
    CHECK(fingerprint(part) == expected);
    for (const std::size_t block : {std::size_t{1}, std::size_t{97}, std::size_t{5000}}) {
      Fingerprinter printer;
      for (std::size_t at = 0; at < size; at += block) printer.add(part.subspan(at, std::min(block, size - at)));
      CHECK(printer.finish() == expected);
    }
  }
}
