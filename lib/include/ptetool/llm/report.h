// What a generation says of itself.
#pragma once

#include "ptetool/base/report.h"
#include "ptetool/llm/generate.h"
#include "ptetool/llm/score.h"

namespace ptetool::llm {

// A section "generation": counts, speeds, ids, and a table "tokens" with each token and its log-probability.
report::Section generation_section(const Generation& generation);

// A section "perplexity".
report::Section perplexity_section(const Perplexity& perplexity);

// A section "against": how far the other model, called `name`, is apart.
report::Section comparison_section(const LogitComparison& comparison, const std::string& name);

}  // namespace ptetool::llm
