// The versions of ptetool and XNNPACK, the identifiers of the formats, and the CPU features that decide on kernels.
#include "version.h"

#include "ptetool/base/cpu.h"
#include "ptetool/version.h"

namespace ptetool::cli {

std::string version_text() {
  std::string text = "ptetool " + std::string(kVersion) + "\n";
  text += "XNNPACK   " + std::string(kXnnpackVersion) + "\n";
  text +=
      "formats   ET12 (program), FT01 (data file, v0.6 and since), BP08 (bundled program), ED00 (ETDump), XN00 and "
      "XN01 (XNNPACK)\n";
  text += "CPU       " + cpu_features() + "\n";
  return text;
}

}  // namespace ptetool::cli
