// Content identity: SHA-256 where a key or a signature says so, a fast 128-bit fingerprint where only we compare.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"

namespace ptetool {

using Sha256 = std::array<std::uint8_t, 32>;

Result<Sha256> sha256(ByteView bytes);
// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256& digest);
// The digest that 64 hexadecimal digits (lower case, as the exporter writes) spell.
std::optional<Sha256> parse_sha256(std::string_view hex);

struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Fingerprint&) const = default;
};

// XXH3 with 128 bits: equal bytes have equal fingerprints; not meant against an adversary.
Fingerprint fingerprint(ByteView bytes);

// The same of bytes that come in blocks.
class Fingerprinter {
 public:
  Fingerprinter();
  ~Fingerprinter();
  Fingerprinter(const Fingerprinter&) = delete;
  Fingerprinter& operator=(const Fingerprinter&) = delete;

  void add(ByteView block);
  Fingerprint finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ptetool
