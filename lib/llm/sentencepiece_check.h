// A look at a SentencePiece model before the library of that name gets it: the library trusts what it reads.
#pragma once

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

// A message of protobuf with pieces and nothing unknown?
bool is_sentencepiece_model(ByteView bytes);

// Errors: Malformed (a piece that is no text, a score that is no number, a character map that leads outside of itself),
// Limit.
Result<> check_sentencepiece_model(ByteView bytes);

}  // namespace ptetool::llm
