// Hugging Face's tokenizer.json.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "llm/companions.h"
#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

// `text` is the file's. Errors: Malformed, Unsupported, Limit; their paths are in the document.
Result<std::shared_ptr<const Tokenizer>> read_tokenizer_json(std::string_view text, const Companions& companions);

}  // namespace ptetool::llm
