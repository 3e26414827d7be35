// Sorting values by keys, as Python's sorted() does.
#pragma once

#include <utility>
#include <vector>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

struct Keyed {
  Value key, item;
};

// Stable; with `reverse`, too. Errors: Malformed (keys without order), Limit.
Result<std::vector<Value>> sorted(Budget& budget, std::vector<Keyed> items, bool reverse);

}  // namespace ptetool::llm::jinja
