// --shape: the sizes that dynamic inputs are to have.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ptetool/runtime/method.h"

namespace ptetool {

// "NAME=1,3,64,64", "INDEX=…", or the sizes alone where there is one tensor: `expected` gets them, and is dynamic no
// more. Errors: Usage; Mismatch, where the program does not allow them.
Result<> use_shapes(std::vector<InputExpectation>& expected, const Method& method, std::span<const std::string> shapes);

}  // namespace ptetool
