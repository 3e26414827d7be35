// Naming and outlining the payloads of backends other than XNNPACK (format-facts 4): never fatal, never executed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ptetool/base/bytes.h"

namespace ptetool {

struct DelegateOutline {
  std::string format;  // "QNN context binary", "Vulkan graph", "nested ExecuTorch program", "unknown"
  // What the headers tell, in order: {"context_size", "1234"} …
  std::vector<std::pair<std::string, std::string>> facts;
  // Named-data keys that the payload names as far as the format is understood (Vulkan constants, AOTI, CoreML
  // reference).
  std::vector<std::string> named_keys;
};

DelegateOutline outline_delegate(std::string_view backend_id, ByteView payload);
// Does the release list of format-facts 4.1 know this backend id?
bool known_backend(std::string_view backend_id);

}  // namespace ptetool
