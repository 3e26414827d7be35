// The "pre_tokenizer" of a tokenizer.json: how text is cut into words before the model sees it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "llm/pieces.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

// Cuts the pieces further, or rewrites them. Threads may share it.
using PreTokenizer = std::function<Result<>(Pieces&)>;

// `section` may be null: nothing is cut. Errors: Malformed, Unsupported (names what is not supported), Limit.
Result<PreTokenizer> read_pre_tokenizer(const nlohmann::json& section, const std::string& path);

}  // namespace ptetool::llm
