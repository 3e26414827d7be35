// A template as tokens: text between tags, and what is inside of tags. White space is taken away here, as '-' and the
// settings trim_blocks and lstrip_blocks ask for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm::jinja {

enum class TokenKind { Text, PrintBegin, PrintEnd, TagBegin, TagEnd, Name, String, Whole, Real, Operator, End };

struct Token {
  TokenKind kind;
  int line;
  std::string text = {};  // a string's without quotes and escapes
  std::int64_t whole = 0;
  double real = 0;
};

// Errors: Malformed, with the line as path.
Result<std::vector<Token>> tokenize(std::string_view source);

// The path of an error in a line of a template.
std::string line_path(int line);

// What is inside of a tag, from `at` on; `closing` is "}}" or "%}". Gives the position behind the tag's end and the
// white space that goes with it. `at` is a part of `source` in the line `line`, which is counted on.
Result<std::size_t> tokenize_tag(std::string_view source, std::size_t at, std::string_view closing, int& line,
                                 std::vector<Token>& tokens);
// Behind the white space that begins at `at`.
std::size_t skip_space(std::string_view source, std::size_t at);

}  // namespace ptetool::llm::jinja
