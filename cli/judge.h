// Holding an output of a run against what was expected of it.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ptetool/base/report.h"
#include "ptetool/base/result.h"
#include "ptetool/compare/tensors.h"
#include "ptetool/runtime/session.h"

namespace ptetool::cli {

struct Judgement {
  bool agree = true;
  double max_error = 0;
  std::string difference;  // empty where the two agree
};

// Tensors of floating point agree within `tolerance` (their dtype's own where it is absent), everything else when
// equal.
Judgement judge(const HostValue& actual, const HostValue& expected, std::optional<Tolerance> tolerance);

// The outputs of a run, in order, against .npy files: a table "checks" with a row per file. Errors: Usage (more files
// than outputs, an output that is no tensor), those of reading the files.
struct Checks {
  report::Table table;
  bool agree = true;
};
Result<Checks> check_outputs(std::span<const HostValue> outputs, std::span<const std::string> files,
                             std::optional<Tolerance> tolerance);

}  // namespace ptetool::cli
