// What --version tells.
#pragma once

#include <string>

namespace ptetool::cli {

std::string version_text();

}  // namespace ptetool::cli
