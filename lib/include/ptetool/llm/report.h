// What a generation says of itself.
#pragma once

#include "ptetool/base/report.h"
#include "ptetool/llm/generate.h"

namespace ptetool::llm {

// A section "generation": counts, speeds, ids, and a table "tokens" with each token and its log-probability.
report::Section generation_section(const Generation& generation);

}  // namespace ptetool::llm
