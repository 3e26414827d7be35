// A bundled program checks itself: its test inputs are run and the outputs held against those it expects.
#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/runtime/checks.h"

namespace ptetool {

namespace {

using report::Absent;
using report::Cell;

// ExecuTorch's runner compares with these (format-facts 7.1: executor_runner), whatever the dtype.
constexpr Tolerance kRunnerTolerance{0.01, 0.01};

Result<std::vector<HostValue>> host_values(std::span<const bundled::Value> values) {
  std::vector<HostValue> result;
  for (const bundled::Value& value : values) {
    PTETOOL_ASSIGN(HostValue converted, host_value(value));
    result.push_back(std::move(converted));
  }
  return result;
}

// What came of all cases of one method.
struct SuiteSum {
  std::uint64_t outputs = 0;
  std::uint64_t agreeing_cases = 0;
  double max_error = 0;
};

class BundleRunner {
 public:
  BundleRunner(const std::shared_ptr<const Model>& model, std::span<DelegateBackend* const> backends,
               std::optional<Tolerance> tolerance)
      : model_(model), backends_(backends), tolerance_(tolerance) {}

  template <class Progress>
  void suite(const bundled::TestSuite& suite, const RunRequest& request, Progress&& progress) {
    SuiteSum sum;
    for (std::size_t i = 0; i < suite.test_cases.size(); ++i) {
      const auto agree = test_case(suite, i, request, sum);
      if (!agree) result_.failures.push_back(agree.error());
      if (agree && *agree) ++sum.agreeing_cases;
      if (agree && !*agree) result_.agree = false;
      progress(++cases_);
    }
    suites_.rows.push_back({std::string(suite.method_name), static_cast<std::uint64_t>(suite.test_cases.size()),
                            sum.agreeing_cases, sum.outputs, sum.max_error});
  }

  std::uint64_t cases() const { return cases_; }

  BundleRun take(const std::string& file) {
    report::Section& section = result_.section;
    section.id = "models";
    section.listed = true;
    section.title = escaped(file);
    section.add("file", "", file);
    section.tables = {std::move(suites_), tolerance_table(dtypes_, tolerance_), std::move(outputs_),
                      std::move(differences_)};
    return std::move(result_);
  }

 private:
  Result<bool> test_case(const bundled::TestSuite& suite, std::size_t index, RunRequest request, SuiteSum& sum) {
    const bundled::TestCase& test = suite.test_cases[index];
    request.load.method = std::string(suite.method_name);
    PTETOOL_ASSIGN(request.values, host_values(test.inputs));
    PTETOOL_ASSIGN(const auto expected, host_values(test.expected_outputs));
    PTETOOL_ASSIGN(const RunResult run_result, run(model_, request, backends_));
    for (const Method::Fallback& each : run_result.fallbacks) {
      const std::string text = "method " + quoted(suite.method_name) + ": " + fallback_text(each);
      auto& known = result_.fallbacks;
      if (std::ranges::find(known, text) == known.end()) known.push_back(text);
    }
    const auto& outputs = run_result.calls[0].outputs;
    bool agree = true;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Judgement judgement = i < outputs.size() ? judge(outputs[i], expected[i], tolerance_)
                                                     : Judgement{false, 0, "the method has no such output"};
      agree = agree && judgement.agree;
      if (const auto* tensor = std::get_if<OwnedTensor>(&expected[i])) dtypes_.push_back(tensor->tensor.dtype);
      ++sum.outputs;
      sum.max_error = std::max(sum.max_error, judgement.max_error);
      const std::vector<Cell> place = {std::string(suite.method_name), static_cast<std::uint64_t>(index),
                                       static_cast<std::uint64_t>(i)};
      const Cell difference = judgement.difference.empty() ? Cell(Absent{}) : Cell(judgement.difference);
      auto& row = outputs_.rows.emplace_back(place);
      row.insert(row.end(), {judgement.agree, judgement.max_error, difference});
      if (judgement.agree) continue;
      auto& bad = differences_.rows.emplace_back(place);
      bad.push_back(difference);
      bad.push_back(judgement.max_error);
      bad.push_back(i < outputs.size() && judge(outputs[i], expected[i], kRunnerTolerance).agree);
    }
    return agree;
  }

  std::shared_ptr<const Model> model_;
  std::span<DelegateBackend* const> backends_;
  std::optional<Tolerance> tolerance_;
  std::vector<ScalarType> dtypes_;
  std::uint64_t cases_ = 0;
  BundleRun result_;
  report::Table suites_{"methods",
                        "test cases",
                        {{"method", "method"},
                         {"cases", "cases"},
                         {"agree", "agree"},
                         {"outputs", "outputs compared"},
                         {"max_abs_error", "max error"}},
                        {},
                        0};
  report::Table outputs_{"test_cases",
                         "outputs",
                         {{"method", "method", true},
                          {"case", "case", true},
                          {"output", "output", true},
                          {"agrees", "agrees", true},
                          {"max_abs_error", "max error", true},
                          {"difference", "difference", true}},
                         {},
                         0};
  report::Table differences_{"differences",
                             "differences",
                             {{"method", "method"},
                              {"case", "case"},
                              {"output", "output"},
                              {"difference", "difference"},
                              {"max_abs_error", "max error"},
                              {"within_runner", "within ExecuTorch's 0.01"}},
                             {},
                             0};
};

}  // namespace

Result<std::optional<BundledInputs>> first_bundled_inputs(const Bundle& bundle, std::string_view method) {
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) {
    if ((!method.empty() && method != suite.method_name) || suite.test_cases.empty()) continue;
    PTETOOL_ASSIGN(auto values, host_values(suite.test_cases.front().inputs));
    return BundledInputs{std::string(suite.method_name), std::move(values)};
  }
  return std::nullopt;
}

BundleRun run_bundle(const Bundle& bundle, const std::shared_ptr<const Model>& model, const RunRequest& request,
                     std::span<DelegateBackend* const> backends, std::optional<Tolerance> tolerance,
                     const verify::Progress& progress) {
  BundleRunner runner(model, backends, tolerance);
  const std::string& file = bundle.bundle.file->name();
  std::uint64_t total = 0;
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) total += suite.test_cases.size();
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) {
    if (!request.load.method.empty() && request.load.method != suite.method_name) continue;
    runner.suite(suite, request, [&](std::uint64_t done) {
      if (progress) progress(done, total);
    });
  }
  const bool none = runner.cases() == 0;
  BundleRun result = runner.take(file);
  if (none) {
    result.failures.push_back({.code = ErrorCode::Missing, .message = "has no test case to run", .file = file});
  }
  return result;
}

}  // namespace ptetool
