// SentencePiece's way with spaces, as tokenizer.json writes it: a visible mark (U+2581) in their place, and one before
// the text. Pre-tokenizer and decoder share the settings.
#pragma once

#include <string>

#include "llm/json_fields.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

struct Metaspace {
  enum class Prepend { Always, First, Never };
  std::string mark;
  Prepend prepend = Prepend::Always;
  bool split = true;
};

// Old files say add_prefix_space, new ones prepend_scheme. Errors: Malformed.
Result<Metaspace> read_metaspace(Fields& fields);

}  // namespace ptetool::llm
