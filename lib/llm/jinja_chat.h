// The chat template that a model comes with: its own words, in Jinja.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ptetool/llm/chat.h"

namespace ptetool::llm {

// `special`: the names and texts of special tokens, which templates call "bos_token" and so on. `file` is for errors.
// Errors: Malformed, Unsupported, Limit: it cannot be read.
Result<std::shared_ptr<const ChatTemplate>> read_jinja_chat(std::string_view source, std::string file,
                                                            std::vector<std::pair<std::string, std::string>> special);

}  // namespace ptetool::llm
