// The "normalizer" of a tokenizer.json: how text is rewritten before anything else.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// Rewrites valid UTF-8 into valid UTF-8. Threads may share it.
using Normalizer = std::function<Result<>(std::string&)>;

// `section` may be null: nothing changes. Errors: Malformed, Unsupported (names what is not supported), Limit.
Result<Normalizer> read_normalizer(const nlohmann::json& section, const std::string& path);

}  // namespace ptetool::llm
