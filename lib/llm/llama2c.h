// The tokenizer.bin of llama2.c: a SentencePiece vocabulary as records of score, length and bytes.
#pragma once

#include <memory>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

bool looks_like_llama2c(ByteView bytes);
// Errors: Malformed, Limit.
Result<std::shared_ptr<const Tokenizer>> read_llama2c(ByteView bytes);

}  // namespace ptetool::llm
