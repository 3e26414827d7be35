// The inputs of one call, as a run request gives them: which text is for which input, and what stands in where there is
// none.
#pragma once

#include <vector>

#include "ptetool/runtime/session.h"

namespace ptetool {

// Reads the texts and generates the rest. Errors name the input.
Result<std::vector<RunInput>> prepare_inputs(const Method& method, const Model& model,
                                             std::span<const std::string> texts, const RunRequest& request,
                                             SeededRandom& random);
// Values that are inputs already. Errors: Usage (another count than the method takes).
Result<std::vector<RunInput>> given_inputs(const Method& method, std::span<const HostValue> values);

}  // namespace ptetool
