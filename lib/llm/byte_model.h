// Tokens that are bytes, merged where two neighbours make a third: tiktoken and llama2.c, whose files have no merges
// but only say how much each token is wanted.
#pragma once

#include <cstdint>
#include <vector>

#include "llm/merge_table.h"
#include "llm/vocabulary.h"

namespace ptetool::llm {

// All pairs of tokens that make a token when put together; `rank` says how early each is made (equal ranks from left to
// right). Tokens for which `rank` is kNotMade are never made.
inline constexpr std::uint32_t kNotMade = 0xFFFFFFFF;
MergeTable merges_of(const Vocabulary& vocabulary, const std::vector<std::uint32_t>& ranks);

}  // namespace ptetool::llm
