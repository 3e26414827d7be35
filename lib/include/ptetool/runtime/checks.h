// Holding the outputs of a run against what was expected of them: files, another run, or the cases of a bundled
// program.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ptetool/base/report.h"
#include "ptetool/base/result.h"
#include "ptetool/compare/tensors.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"

namespace ptetool {

struct Judgement {
  bool agree = true;
  double max_error = 0;
  std::string difference;  // empty where the two agree
};

// Tensors of floating point agree within `tolerance` (their dtype's own where it is absent), with NaN and infinities in
// the same places; everything else when equal.
Judgement judge(const HostValue& actual, const HostValue& expected, std::optional<Tolerance> tolerance);

// One value that an output is held against, and how it is called.
struct Expected {
  std::string name;
  std::size_t output = 0;
  HostValue value;
};

// What `texts` (--expect) say: files and literals as for inputs, "INDEX=text" or in order; an archive of several arrays
// is spread over the outputs by the numbers in its names ("0", "arr_0"), or in order. Arrays keep the dtype and shape
// that they have, so that these can disagree. Errors: Usage (more than outputs), those of reading.
Result<std::vector<Expected>> read_expected(std::span<const std::string> texts, std::span<const HostValue> outputs);

// The outputs of another run as what is expected. Errors: Usage (another number of outputs).
Result<std::vector<Expected>> expect_outputs_of(const RunCall& other, std::string_view name,
                                                std::span<const HostValue> outputs);

// "tolerances": what judge() holds outputs of these dtypes to, a row per dtype of floating point.
report::Table tolerance_table(std::span<const ScalarType> dtypes, std::optional<Tolerance> tolerance);

struct Checks {
  report::Table table;       // "checks": a row per expected value
  report::Table tolerances;  // those that were applied
  bool agree = true;
};
Checks check_outputs(std::span<const HostValue> outputs, std::span<const Expected> expected,
                     std::optional<Tolerance> tolerance);

// The inputs of the first case that a bundle has for the method (empty: of its first suite that has one), and the name
// of that method; nullopt where there is none. Errors: Malformed.
struct BundledInputs {
  std::string method;
  std::vector<HostValue> values;
};
Result<std::optional<BundledInputs>> first_bundled_inputs(const Bundle& bundle, std::string_view method);

// Runs every case of every suite (of `request.load.method` alone, where one is named), each from a fresh state, and
// judges; a difference is told with whether ExecuTorch's runner, which allows 0.01 (relative and absolute), would
// let it pass.
struct BundleRun {
  report::Section section;
  bool agree = true;
  std::vector<Error> failures;  // cases that could not be run; also that there is none
  // Per method and delegate that was not executed as its backend does by rights: "method 'x': delegate 0 …".
  std::vector<std::string> fallbacks;
};
BundleRun run_bundle(const Bundle& bundle, const std::shared_ptr<const Model>& model, const RunRequest& request,
                     std::span<DelegateBackend* const> backends, std::optional<Tolerance> tolerance,
                     const verify::Progress& progress = {});

}  // namespace ptetool
