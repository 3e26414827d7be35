// Texts as Python sees them: sequences of characters, not of bytes. All texts here are valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ptetool::llm::jinja {

// str.isspace() of one character.
bool is_space(char32_t character);

std::size_t character_count(std::string_view text);
// The end of the character that begins at `at` < text.size().
std::size_t character_end(std::string_view text, std::size_t at);
// The bytes before the character number `index`; text.size() where there are fewer.
std::size_t character_offset(std::string_view text, std::size_t index);

enum class Side { Left, Right, Both };
// Without white space, or without any of `characters`, at the ends.
std::string_view stripped(std::string_view text, Side side, std::optional<std::string_view> characters = std::nullopt);

// str.splitlines() without the ends of lines.
std::vector<std::string_view> lines_of(std::string_view text);
// str.split() and str.rsplit(): at runs of white space without `separator`, which is not empty; at most `most` times.
std::vector<std::string_view> split(std::string_view text, std::optional<std::string_view> separator,
                                    std::size_t most = SIZE_MAX);
std::vector<std::string_view> split_from_right(std::string_view text, std::optional<std::string_view> separator,
                                               std::size_t most = SIZE_MAX);

// str.capitalize(), str.title().
std::string capitalized(std::string_view text);
std::string title_cased(std::string_view text);

// str.replace(): the first `most` occurrences.
std::string replaced(std::string_view text, std::string_view old, std::string_view with, std::size_t most = SIZE_MAX);

}  // namespace ptetool::llm::jinja
