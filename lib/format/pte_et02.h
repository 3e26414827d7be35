// Programs of the pre-release identifier ET02, brought into today's model as far as the two have the same things.
#pragma once

#include "ptetool/format/pte.h"

namespace ptetool::pte {

inline constexpr std::string_view kPreReleaseIdentifier = "ET02";

// `program.file` is set. Fills the rest. Errors: Malformed.
Result<> read_et02(Program& program);

}  // namespace ptetool::pte
