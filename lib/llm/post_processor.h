// The "post_processor" of a tokenizer.json: the special tokens around every text.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// What stands before and behind a text.
struct Surroundings {
  std::vector<std::uint32_t> before;
  std::vector<std::uint32_t> behind;
};

// `exists` tells whether an id has a token. `section` may be null. Errors: Malformed, Unsupported.
Result<Surroundings> read_post_processor(const nlohmann::json& section, const std::string& path,
                                         const std::function<bool(std::uint64_t)>& exists);

}  // namespace ptetool::llm
