// From a template's text to its statements.
#pragma once

#include <string_view>

#include "llm/jinja/syntax.h"

namespace ptetool::llm::jinja {

// Errors: Malformed, Unsupported (a tag for templates of several files), Limit (nested too deeply); the path is the
// line.
Result<Block> parse(std::string_view source);

}  // namespace ptetool::llm::jinja
