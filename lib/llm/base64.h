// Base64, as tiktoken files and character maps are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ptetool::llm {

// The bytes; nullopt where the text is not base64 with its padding.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace ptetool::llm
