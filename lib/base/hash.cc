// SHA-256, of OpenSSL: the functions that its version 3 would rather see replaced by EVP's. Those read a configuration
// and load a provider first, which takes a tenth of the time that a small model loads in.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ptetool/base/hash.h"

#include <openssl/sha.h>

#include <algorithm>

namespace ptetool {

namespace {

// The processor does not see far enough ahead where a block of 64 bytes takes a hundred cycles: what comes from memory
// is asked for in time, which makes it 1.6 times as fast.
bool add(SHA256_CTX& context, ByteView bytes) {
  constexpr std::size_t kStep = 1024, kLine = 64;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kStep, bytes.size()))) {
    const ByteView later = bytes.subspan(std::min(2 * kStep, bytes.size()));
    for (std::size_t i = 0; i < std::min(kStep, later.size()); i += kLine) __builtin_prefetch(later.data() + i);
    if (SHA256_Update(&context, bytes.data(), std::min(kStep, bytes.size())) != 1) return false;
  }
  return true;
}

}  // namespace

Result<Sha256> sha256(ByteView bytes) {
  Sha256 digest{};
  SHA256_CTX context;
  if (SHA256_Init(&context) != 1 || !add(context, bytes) || SHA256_Final(digest.data(), &context) != 1) {
    return fail(ErrorCode::Internal, "the SHA-256 implementation of this machine failed");
  }
  return digest;
}

std::string to_hex(const Sha256& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<Sha256> parse_sha256(std::string_view hex) {
  Sha256 digest{};
  if (hex.size() != digest.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    unsigned value = 0;
    if (c >= '0' && c <= '9') {
      value = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<unsigned>(c - 'a') + 10;
    } else {
      return std::nullopt;
    }
    digest[i / 2] = static_cast<std::uint8_t>((digest[i / 2] << 4) | value);
  }
  return digest;
}

}  // namespace ptetool
