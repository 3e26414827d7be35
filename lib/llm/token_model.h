// What turns a word into tokens: the "model" of a tokenizer.json.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// Immutable; threads may share it.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  virtual std::string kind() const = 0;
  // Appends the tokens of the word, which is valid UTF-8 and not empty.
  virtual Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids) const = 0;
};

}  // namespace ptetool::llm
