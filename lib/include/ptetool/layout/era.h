// Which ExecuTorch release may have written a file, from what its tables contain (format-facts, appendix B).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ptetool/format/ptd.h"
#include "ptetool/format/pte.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::layout {

struct Era {
  std::string text;                  // "v0.4–v0.7", "v1.0 or later", "any release"
  std::vector<std::string> reasons;  // what the bounds rest on: "v0.6 or later: named data"
};

// `graphs` are the program's XNNPACK delegates, as far as they could be read.
Era era_of(const pte::Program& program, std::span<const xnn::Graph* const> graphs);
Era era_of(const ptd::DataFile& data);

}  // namespace ptetool::layout
