// Text as Unicode characters: reading and writing UTF-8, what a character is (after Unicode's tables, by utf8proc), and
// the normal forms.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// U+FFFD, which stands for bytes that are no UTF-8.
inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  char32_t value;
  std::size_t length;  // bytes; at least 1
  bool valid;          // false: value is U+FFFD for the longest beginning of a character there, as Unicode advises
};

// The character at `at` < text.size().
Character character_at(std::string_view text, std::size_t at);
// The beginning of the last character; text is not empty and valid.
std::size_t last_character(std::string_view text);
void append_character(std::string& text, char32_t character);

bool is_valid_utf8(std::string_view text);
// Every invalid part replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);
// How many bytes at the end may become a character when more bytes follow: 0 to 3.
std::size_t unfinished_tail(std::string_view text);

bool is_white_space(char32_t character);
// What regular expressions call \w: letters, marks, decimal digits, connectors, joiners.
bool is_word_character(char32_t character);
bool is_letter(char32_t character);
// Any kind of number: ¾ and Ⅳ, too.
bool is_numeric(char32_t character);
bool is_punctuation(char32_t character);
bool is_mark(char32_t character);
bool is_nonspacing_mark(char32_t character);
// Control and format characters, surrogates, private use; not what is unassigned.
bool is_other(char32_t character);

std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };
// `text` is valid UTF-8. Errors: Limit (thousands of marks on one letter, which would take forever to order).
Result<std::string> normal_form(std::string_view text, NormalForm form);

// The end of the user-perceived character (extended grapheme cluster) that begins at `at`.
std::size_t grapheme_end(std::string_view text, std::size_t at);

}  // namespace ptetool::llm
