// Values as text: Python's str() and repr(), and JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

// What {{ value }} writes. Errors: Limit.
Result<std::string> str(Budget& budget, const Value& value);
// Texts quoted, as inside of lists. Errors: Limit.
Result<std::string> repr(Budget& budget, const Value& value);
std::string quoted_text(std::string_view text);
// The shortest text that reads as this number.
std::string float_text(double number);

// json.dumps() as transformers' filter tojson calls it.
struct JsonStyle {
  bool ascii = false;                 // everything else as \uXXXX
  std::optional<std::string> indent;  // one level of it; nullopt: everything on one line
  std::string between = ", ", colon = ": ";
  bool sorted = false;
};
// Errors: Malformed (no JSON value), Limit.
Result<std::string> to_json(Budget& budget, const Value& value, const JsonStyle& style);

}  // namespace ptetool::llm::jinja
