// tiktoken's files: a line per token, base64 and rank. They name neither the expression that cuts text into words nor
// the special tokens; both follow from the number of tokens.
#pragma once

#include <memory>
#include <string_view>

#include "llm/companions.h"
#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

bool looks_like_tiktoken(std::string_view text);
// Errors: Malformed, Limit.
Result<std::shared_ptr<const Tokenizer>> read_tiktoken(std::string_view text, const Companions& companions);

}  // namespace ptetool::llm
