// The words of one text that were encoded already: text repeats its words, and merging is the costly part.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "llm/token_model.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

class WordCache {
 public:
  explicit WordCache(const TokenModel& model) : model_(model) {}
  Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Span {
    std::uint32_t begin;
    std::uint32_t count;
  };

  const TokenModel& model_;
  std::unordered_map<std::string, Span, Hash, std::equal_to<>> spans_;
  std::vector<std::uint32_t> known_;
};

}  // namespace ptetool::llm
