// What filters and methods of texts have in common, within the bounds of a template.
#pragma once

#include <string>
#include <string_view>

#include "llm/jinja/builtin.h"

namespace ptetool::llm::jinja {

// str.replace(); a negative `most` is no bound.
Result<Value> replaced_text(Budget& budget, std::string_view text, std::string_view old, std::string_view with,
                            std::int64_t most);

enum class Padding { Left, Right, Both };
// str.rjust(), str.ljust(), str.center(); `fill` is one character.
Result<Value> padded_text(Budget& budget, std::string_view text, std::int64_t width, Padding side,
                          std::string_view fill);

// The value that a function is about, which has to be a text. Errors: Malformed.
Result<const std::string*> self_as_text(const Call& call);

}  // namespace ptetool::llm::jinja
