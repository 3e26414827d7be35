// Byte-pair encoding: a word begins as its characters, and neighbours merge in the order in which they were learned.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "llm/json_fields.h"
#include "llm/merge_table.h"
#include "llm/token_model.h"
#include "llm/tokenizer_sections.h"
#include "llm/vocabulary.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

// Tokens named after bytes ("<0x0A>"), which stand for characters without a token.
std::string byte_token(unsigned byte);
// The byte that such a token names.
std::optional<unsigned char> byte_of_token(std::string_view token);

// The ids of the 256 byte tokens, where they are there.
std::array<std::optional<std::uint32_t>, 256> find_byte_tokens(const Vocabulary& vocabulary);

// The section "model" of type BPE. `vocabulary` must outlive the model. Errors: Malformed (merges that name unknown
// tokens, …), Unsupported.
Result<std::unique_ptr<TokenModel>> read_bpe(Fields& fields, const StringList& merges, const Vocabulary& vocabulary);

}  // namespace ptetool::llm
