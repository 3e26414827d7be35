// Strings are found as they are, expressions by RegexSearch; both replace what they match in one pass.
#include "llm/pattern.h"

#include <vector>

namespace ptetool::llm {

Result<Pattern> read_pattern(Fields& fields) {
  const auto* section = fields.part("pattern");
  if (section == nullptr) return fields.malformed("has no pattern");
  Pattern pattern;
  if (section->is_string()) {
    pattern.string = section->get<std::string>();
    return pattern;
  }
  Fields inside(*section, fields.path_of("pattern"));
  const std::string expression = inside.text("Regex", "");
  pattern.string = inside.text("String", "");
  PTETOOL_CHECK(inside.finish());
  if (expression.empty() == pattern.string.empty())
    return fields.malformed("the pattern is neither a String nor a Regex");
  if (!expression.empty()) {
    auto regex = Regex::compile(expression);
    if (!regex) {
      return fail(regex.error().code, "", fields.path_of("pattern"), regex.error().message);
    }
    pattern.regex = std::move(*regex);
  }
  return pattern;
}

Result<std::string> replaced(std::string_view text, const Pattern& pattern, std::string_view content) {
  std::string result;
  std::size_t at = 0;
  const auto replace = [&](std::size_t begin, std::size_t end) {
    result += text.substr(at, begin - at);
    result += content;
    at = end;
  };
  if (pattern.regex) {
    std::vector<Range> matches;
    PTETOOL_CHECK(RegexSearch(*pattern.regex).find_all(text, matches));
    for (const Range& match : matches) replace(match.begin, match.end);
  } else if (!pattern.string.empty()) {
    for (std::size_t found = text.find(pattern.string); found != std::string_view::npos;
         found = text.find(pattern.string, at)) {
      replace(found, found + pattern.string.size());
    }
  }
  result += text.substr(at);
  return result;
}

}  // namespace ptetool::llm
