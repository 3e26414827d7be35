// The "decoder" of a tokenizer.json: how the texts of tokens become text again.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// Rewrites the texts of the tokens; what remains is put together. Threads may share it.
using TokenDecoder = std::function<Result<>(std::vector<std::string>&)>;

// `section` may be null: the tokens are words with spaces between them. Errors: Malformed, Unsupported, Limit.
Result<TokenDecoder> read_token_decoder(const nlohmann::json& section, const std::string& path);

}  // namespace ptetool::llm
