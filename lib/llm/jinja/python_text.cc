// str's strip, split, splitlines, title, capitalize and replace, over characters of UTF-8.
#include "llm/jinja/python_text.h"

#include <algorithm>

#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

bool has_case(std::string_view character) {
  return lower_case(character) != character || upper_case(character) != character;
}

bool is_among(std::string_view character, std::optional<std::string_view> characters) {
  if (!characters) return is_space(character_at(character, 0).value);
  return characters->find(character) != std::string_view::npos;
}

bool ends_line(char32_t c) {
  return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

}  // namespace

bool is_space(char32_t character) { return is_white_space(character) || (character >= 0x1c && character <= 0x1f); }

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::size_t character_end(std::string_view text, std::size_t at) { return at + character_at(text, at).length; }

std::size_t character_offset(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at = character_end(text, at);
  return at;
}

std::string_view stripped(std::string_view text, Side side, std::optional<std::string_view> characters) {
  while (side != Side::Right && !text.empty()) {
    const std::size_t end = character_end(text, 0);
    if (!is_among(text.substr(0, end), characters)) break;
    text.remove_prefix(end);
  }
  while (side != Side::Left && !text.empty()) {
    const std::size_t last = last_character(text);
    if (!is_among(text.substr(last), characters)) break;
    text = text.substr(0, last);
  }
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = character_end(text, at);
    if (!ends_line(character_at(text, at).value)) {
      at = end;
      continue;
    }
    lines.push_back(text.substr(begin, at - begin));
    if (text[at] == '\r' && end < text.size() && text[end] == '\n') ++end;
    begin = at = end;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

std::vector<std::string_view> split(std::string_view text, std::optional<std::string_view> separator,
                                    std::size_t most) {
  std::vector<std::string_view> parts;
  if (separator) {
    for (std::size_t found = 0; parts.size() < most && (found = text.find(*separator)) != std::string_view::npos;) {
      parts.push_back(text.substr(0, found));
      text.remove_prefix(found + separator->size());
    }
    parts.push_back(text);
    return parts;
  }
  for (text = stripped(text, Side::Left); !text.empty(); text = stripped(text, Side::Left)) {
    if (parts.size() == most) {
      parts.push_back(text);
      break;
    }
    std::size_t end = 0;
    while (end < text.size() && !is_space(character_at(text, end).value)) end = character_end(text, end);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

std::vector<std::string_view> split_from_right(std::string_view text, std::optional<std::string_view> separator,
                                               std::size_t most) {
  std::vector<std::string_view> parts;
  if (separator) {
    for (std::size_t found = 0; parts.size() < most && (found = text.rfind(*separator)) != std::string_view::npos;) {
      parts.push_back(text.substr(found + separator->size()));
      text = text.substr(0, found);
    }
    parts.push_back(text);
  } else {
    for (text = stripped(text, Side::Right); !text.empty(); text = stripped(text, Side::Right)) {
      if (parts.size() == most) {
        parts.push_back(text);
        break;
      }
      std::size_t begin = text.size();
      while (begin > 0) {
        const std::size_t last = last_character(text.substr(0, begin));
        if (is_space(character_at(text, last).value)) break;
        begin = last;
      }
      parts.push_back(text.substr(begin));
      text = text.substr(0, begin);
    }
  }
  std::ranges::reverse(parts);
  return parts;
}

std::string capitalized(std::string_view text) {
  if (text.empty()) return {};
  const std::size_t end = character_end(text, 0);
  return upper_case(text.substr(0, end)) + lower_case(text.substr(end));
}

std::string title_cased(std::string_view text) {
  std::string result;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = character_end(text, at);
    const std::string_view character = text.substr(at, end - at);
    result += inside ? lower_case(character) : upper_case(character);
    inside = has_case(character);
    at = end;
  }
  return result;
}

std::string replaced(std::string_view text, std::string_view old, std::string_view with, std::size_t most) {
  std::string result;
  std::size_t at = 0;
  for (; most > 0; --most) {
    if (old.empty()) {
      // Before every character, and at the end.
      result += with;
      if (at == text.size()) break;
      const std::size_t end = character_end(text, at);
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    const std::size_t found = text.find(old, at);
    if (found == std::string_view::npos) break;
    result += text.substr(at, found - at);
    result += with;
    at = found + old.size();
  }
  if (at < text.size()) result += text.substr(at);
  return result;
}

}  // namespace ptetool::llm::jinja
