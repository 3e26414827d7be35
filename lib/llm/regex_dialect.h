// From other engines' regular expressions to PCRE2's.
#pragma once

#include <string>
#include <string_view>

#include "llm/regex.h"

namespace ptetool::llm {

// The same expression for PCRE2 (UTF and UCP; MULTILINE for Oniguruma). Errors: Unsupported (means something that PCRE2
// cannot say, or says otherwise). Syntax errors are left to PCRE2.
Result<std::string> translated_regex(std::string_view pattern, RegexDialect dialect);

}  // namespace ptetool::llm
