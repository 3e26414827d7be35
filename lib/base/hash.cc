// SHA-256, of OpenSSL.
#include "ptetool/base/hash.h"

#include <openssl/evp.h>

namespace ptetool {

Result<Sha256> sha256(ByteView bytes) {
  // EVP_sha256() stands for an implementation that OpenSSL would look for at every use, which takes longer than to hash
  // a key.
  static const EVP_MD* const implementation = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 digest{};
  unsigned length = 0;
  if (!implementation || EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, implementation, nullptr) != 1 ||
      length != digest.size()) {
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
