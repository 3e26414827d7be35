// What calls of operators may leave out.
#pragma once

#include "ptetool/ops/operator.h"

namespace ptetool {

// How many of the optional arguments, the last ones before the outs, a call with so many values leaves out.
std::size_t missing_arguments(const BoundOperator& op, std::size_t given);

}  // namespace ptetool
