// Two tables, made when this is compiled: bytes that Latin-1 shows are themselves, the 68 others are numbered from
// U+0100.
#include "llm/byte_level.h"

#include "llm/utf8.h"

namespace ptetool::llm {

namespace {

constexpr bool is_visible(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<char32_t, 256> make_characters() {
  std::array<char32_t, 256> characters{};
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) characters[byte] = is_visible(byte) ? byte : next++;
  return characters;
}

constexpr std::array<char32_t, 256> kCharacters = make_characters();

// By character; 68 bytes are invisible. -1: no byte.
constexpr std::array<std::int16_t, 256 + 68> make_bytes() {
  std::array<std::int16_t, 256 + 68> bytes{};
  for (auto& byte : bytes) byte = -1;
  for (unsigned byte = 0; byte < 256; ++byte) bytes[kCharacters[byte]] = static_cast<std::int16_t>(byte);
  return bytes;
}

constexpr std::array<std::int16_t, 256 + 68> kBytes = make_bytes();

}  // namespace

const std::array<char32_t, 256>& byte_characters() { return kCharacters; }

std::optional<std::uint8_t> byte_of_character(char32_t character) {
  if (character >= kBytes.size() || kBytes[character] < 0) return std::nullopt;
  return static_cast<std::uint8_t>(kBytes[character]);
}

void append_byte_level(std::string_view bytes, std::string& text) {
  for (const char byte : bytes) append_character(text, kCharacters[static_cast<unsigned char>(byte)]);
}

bool append_bytes(std::string_view text, std::string& bytes) {
  const std::size_t before = bytes.size();
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const auto byte = byte_of_character(character.value);
    if (!byte || !character.valid) {
      bytes.resize(before);
      return false;
    }
    bytes += static_cast<char>(*byte);
    at += character.length;
  }
  return true;
}

}  // namespace ptetool::llm
