// A tokenizer of any kind from its bytes.
#pragma once

#include <memory>

#include "llm/companions.h"
#include "ptetool/base/bytes.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

// The kind is told by the content. Errors: WrongKind, Malformed, Unsupported, Limit; the file is not named.
Result<std::shared_ptr<const Tokenizer>> read_tokenizer(ByteView bytes, const Companions& companions);

}  // namespace ptetool::llm
