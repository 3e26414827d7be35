// The vocabularies that are published as tiktoken files: how they cut text into words, and their special tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ptetool::llm {

struct TiktokenFamily {
  std::string_view name;
  std::string_view pattern;
  std::vector<std::pair<std::string, std::uint32_t>> special;
  std::string_view bos;  // empty: there is none
  std::vector<std::string_view> eos;
};

// By the number of ranks: 50256 GPT-2, 100256 cl100k (GPT-4), 151643 Qwen, 199998 o200k (GPT-4o); all else is taken for
// Llama 3 (128000), whose 256 special tokens follow the ranks, as ExecuTorch's loader does.
TiktokenFamily tiktoken_family(std::uint32_t ranks);

}  // namespace ptetool::llm
