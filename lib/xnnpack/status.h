// What XNNPACK answers.
#pragma once

#include <xnnpack.h>

#include <string>

#include "ptetool/base/result.h"

namespace ptetool::xnn {

// XNNPACK's status in words.
std::string status_text(xnn_status status);

// Success, or Unsupported: "XNNPACK refuses <what>".
Result<> accepted(xnn_status status, const std::string& what);

}  // namespace ptetool::xnn
