// Chat templates that are written down here, by the name of their family.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ptetool/llm/chat.h"

namespace ptetool::llm {

// All names, for messages.
std::vector<std::string_view> chat_family_names();

// The family whose words a Jinja template uses; empty where none is recognised.
std::string_view recognized_chat_family(std::string_view jinja);

}  // namespace ptetool::llm
