// Unigram: of all ways to cut a text into tokens, the one with the highest sum of scores (Viterbi).
#pragma once

#include <memory>

#include "llm/json_fields.h"
#include "llm/token_model.h"
#include "llm/tokenizer_sections.h"
#include "llm/vocabulary.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

// The section "model" of type Unigram. `vocabulary` must outlive the model. Errors: Malformed, Unsupported, Limit.
Result<std::unique_ptr<TokenModel>> read_unigram(Fields& fields, const std::vector<double>& scores,
                                                 const Vocabulary& vocabulary);

}  // namespace ptetool::llm
