// WordPiece (BERT) and WordLevel: words looked up, whole or by their longest beginnings.
#pragma once

#include <memory>

#include "llm/json_fields.h"
#include "llm/token_model.h"
#include "llm/vocabulary.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

// The sections "model" of these types. `vocabulary` must outlive the model. Errors: Malformed.
Result<std::unique_ptr<TokenModel>> read_word_piece(Fields& fields, const Vocabulary& vocabulary);
Result<std::unique_ptr<TokenModel>> read_word_level(Fields& fields, const Vocabulary& vocabulary);

}  // namespace ptetool::llm
