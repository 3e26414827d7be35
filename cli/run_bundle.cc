#include "run_bundle.h"

#include <algorithm>

#include "judge.h"
#include "ptetool/base/text.h"

namespace ptetool::cli {

namespace {

using report::Absent;
using report::Cell;

// ExecuTorch's runner compares with these (format-facts 7.1: executor_runner).
constexpr Tolerance kRunnerTolerance{0.01, 0.01};

Result<std::vector<HostValue>> host_values(std::span<const bundled::Value> values) {
  std::vector<HostValue> result;
  for (const bundled::Value& value : values) {
    PTETOOL_ASSIGN(HostValue converted, host_value(value));
    result.push_back(std::move(converted));
  }
  return result;
}

// One case: a row per output. Errors: the case cannot be run.
Result<bool> run_case(const bundled::TestSuite& suite, std::size_t index, const std::shared_ptr<const Model>& model,
                      RunRequest request, std::span<DelegateBackend* const> backends, report::Table& table) {
  const bundled::TestCase& test = suite.test_cases[index];
  request.load.method = std::string(suite.method_name);
  PTETOOL_ASSIGN(request.values, host_values(test.inputs));
  PTETOOL_ASSIGN(const auto expected, host_values(test.expected_outputs));
  PTETOOL_ASSIGN(const RunResult result, run(model, request, backends));
  const auto& outputs = result.calls[0].outputs;
  bool agree = expected.size() <= outputs.size();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Judgement judgement = i < outputs.size() ? judge(outputs[i], expected[i], kRunnerTolerance)
                                                   : Judgement{false, 0, "the method has no such output"};
    agree = agree && judgement.agree;
    table.rows.push_back({std::string(suite.method_name), static_cast<std::uint64_t>(index),
                          static_cast<std::uint64_t>(i), judgement.agree, judgement.max_error,
                          judgement.difference.empty() ? Cell(Absent{}) : Cell(judgement.difference)});
  }
  return agree;
}

}  // namespace

int run_bundle(const Bundle& bundle, const std::shared_ptr<const Model>& model, const RunRequest& request,
               std::span<DelegateBackend* const> backends, report::Section& root, Console& console) {
  report::Section section;
  section.id = "models";
  section.listed = true;
  section.title = bundle.bundle.file->name();
  section.add("file", "file", bundle.bundle.file->name());
  report::Table table{"test_cases",
                      "test cases",
                      {{"method", "method"},
                       {"case", "case"},
                       {"output", "output"},
                       {"agrees", "agrees"},
                       {"max_abs_error", "max error"},
                       {"difference", "difference"}},
                      {},
                      0};
  int status = kExitFine;
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) {
    if (!request.load.method.empty() && request.load.method != suite.method_name) continue;
    for (std::size_t i = 0; i < suite.test_cases.size(); ++i) {
      const auto agree = run_case(suite, i, model, request, backends, table);
      if (!agree) console.error(agree.error());
      status = std::max(status, !agree ? kExitTrouble : *agree ? kExitFine : kExitNo);
    }
  }
  if (table.rows.empty() && status == kExitFine) {
    console.error(
        {.code = ErrorCode::Missing, .message = "has no test case to run", .file = bundle.bundle.file->name()});
    status = kExitTrouble;
  }
  section.tables.push_back(std::move(table));
  root.sections.push_back(std::move(section));
  return status;
}

}  // namespace ptetool::cli
