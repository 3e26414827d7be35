// Every xnn_status in words.
#include "xnnpack/status.h"

namespace ptetool::xnn {

Result<> accepted(xnn_status status, const std::string& what) {
  if (status == xnn_status_success) return {};
  return fail(ErrorCode::Unsupported, "XNNPACK refuses " + what + ": " + status_text(status));
}

std::string status_text(xnn_status status) {
  switch (status) {
    case xnn_status_success: return "success";
    case xnn_status_uninitialized: return "it is not initialised";
    case xnn_status_invalid_parameter: return "it calls a parameter invalid";
    case xnn_status_invalid_state: return "it is in an invalid state";
    case xnn_status_unsupported_parameter: return "it does not support a parameter";
    case xnn_status_unsupported_hardware: return "it has no kernels for this CPU";
    case xnn_status_out_of_memory: return "it is out of memory";
    default: return "status " + std::to_string(static_cast<int>(status));
  }
}

}  // namespace ptetool::xnn
