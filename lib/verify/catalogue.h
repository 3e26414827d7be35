// All rules in the order in which they run.
#pragma once

#include <vector>

#include "verify/rule.h"

namespace ptetool::verify {

const std::vector<const Rule*>& all_rules();

}  // namespace ptetool::verify
