// SentencePiece models (tokenizer.model of Llama 2, Gemma, T5, …), read and applied by the library of that name.
#pragma once

#include <memory>

#include "llm/companions.h"
#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

bool looks_like_sentencepiece(ByteView bytes);
// Errors: Malformed, Unsupported, Limit.
Result<std::shared_ptr<const Tokenizer>> read_sentencepiece(ByteView bytes, const Companions& companions);

}  // namespace ptetool::llm
