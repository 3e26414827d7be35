// Small words for messages: escaping, sizes, lists. Everything that shows text from a file goes through escaped().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ptetool {

// The text with control characters, backslashes and invalid UTF-8 written as \n, \\, \x1b; at most `limit` bytes of the
// source are shown, then "…".
std::string escaped(std::string_view text, std::size_t limit = 256);
// 'name' with the inside escaped.
std::string quoted(std::string_view text);
// Exact matches, so that argument-dependent lookup does not find std::quoted for them.
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }
// "1.5 KiB", "17 B", "2.3 GiB".
std::string human_bytes(std::uint64_t size);
// "1 value", "3 values".
std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural = {});
// "a, b, c and 14 more", showing at most `most`; the names are quoted and escaped.
std::string name_list(std::span<const std::string> names, std::size_t most = 3);
// "[1, 3, 224, 224]".
template <class Int>
std::string shape_text(std::span<const Int> sizes) {
  std::string text = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(sizes[i]);
  }
  return text + "]";
}
// "0x1c".
std::string hex(std::uint64_t value);
// "execution_plan[3]" and the like.
std::string indexed(std::string_view name, std::uint64_t index);

}  // namespace ptetool
