// {"String": " "} or {"Regex": " +"}: what Split and Replace look for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "llm/json_fields.h"
#include "llm/regex.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

struct Pattern {
  std::string string;  // where there is no regex
  std::optional<Regex> regex;
};

// The member "pattern". Errors: Malformed, Unsupported.
Result<Pattern> read_pattern(Fields& fields);

// The text with all matches replaced.
Result<std::string> replaced(std::string_view text, const Pattern& pattern, std::string_view content);

}  // namespace ptetool::llm
