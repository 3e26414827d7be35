// GPT-2's way to write bytes as visible characters: a token is text, whatever bytes it stands for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ptetool::llm {

// The character of each byte: itself if it is visible in Latin-1, else one from U+0100 on.
const std::array<char32_t, 256>& byte_characters();
// The byte that the character stands for.
std::optional<std::uint8_t> byte_of_character(char32_t character);

// Appends the bytes, written as characters.
void append_byte_level(std::string_view bytes, std::string& text);
// Appends the bytes that the characters stand for; false (and nothing is appended) where a character stands for none.
bool append_bytes(std::string_view text, std::string& bytes);

}  // namespace ptetool::llm
