// ptetool run --interactive: a conversation with one of several language models, line by line.
#pragma once

#include "speakers.h"

namespace ptetool::cli {

// Until the input ends or /exit. The caches of the models keep what was said, so that a turn feeds only what is new.
Result<int> converse(const Speakers& speakers);

}  // namespace ptetool::cli
