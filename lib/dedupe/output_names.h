// What the files of a plan are called, below the folder that they are written to.
#pragma once

#include <string>
#include <vector>

#include "ptetool/dedupe/dedupe.h"

namespace ptetool::dedupe {

struct OutputNames {
  std::vector<std::string> programs;  // one for each of Set::programs
  std::vector<std::string> data;      // one for each of Set::data; none where all is inlined
};

// The names of the inputs; where two have one name, all keep the folders that they do not have in common. Errors: Usage
// (a file that is given twice, a name that the manifest or the shared data file is to have, a data name that is a
// path).
Result<OutputNames> output_names(const Set& set, const Options& options);

}  // namespace ptetool::dedupe
