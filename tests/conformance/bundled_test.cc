// Runs every test case of every bundled program under testdata/ on both backends and holds the outputs against
// PyTorch's.
//
// Outputs of quantised models may differ by one quantum where a tie is rounded the other way. How much that is, the
// export writes beside the bundle: <name>.tolerances has lines "method output-index atol"; whatever is not named there
// is held to the tolerance of its dtype.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "ptetool/compare/tensors.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;

std::vector<std::string> bundles() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PTETOOL_SOURCE_DIR "/testdata")) {
    if (entry.path().extension() == ".bpte") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

using Tolerances = std::map<std::pair<std::string, std::size_t>, double>;

Tolerances tolerances_of(const std::string& bundle) {
  Tolerances tolerances;
  std::ifstream file(std::filesystem::path(bundle).replace_extension(".tolerances"));
  std::string method;
  std::size_t output = 0;
  double atol = 0;
  while (file >> method >> output >> atol) tolerances[{method, output}] = atol;
  return tolerances;
}

// Empty when the output is what is expected, else what is wrong with it.
std::string judge(const HostValue& actual, const HostValue& expected, double atol) {
  const auto* tensor = std::get_if<OwnedTensor>(&expected);
  if (!tensor) return literal_text(actual) == literal_text(expected) ? "" : "value " + literal_text(actual);
  const auto* given = std::get_if<OwnedTensor>(&actual);
  if (!given) return "is no tensor";
  Tolerance tolerance = default_tolerance(tensor->tensor.dtype);
  tolerance.atol = std::max(tolerance.atol, atol);
  const auto comparison = compare_tensors(given->tensor, tensor->tensor, tolerance);
  return difference_text(given->tensor, tensor->tensor, comparison);
}

void run_bundle(const std::string& path, DelegateBackend& backend, const std::shared_ptr<const ThreadPool>& threads,
                std::size_t& cases) {
  const auto artifact = open_artifact(path);
  REQUIRE_MESSAGE(artifact, path);
  const auto& bundle = *std::get<std::shared_ptr<const Bundle>>(artifact->content);
  const auto model = std::make_shared<const Model>(link(bundle.program, {}));
  const Tolerances tolerances = tolerances_of(path);
  DelegateBackend* backends[] = {&backend};
  for (const auto& suite : bundle.bundle.test_suites) {
    for (std::size_t c = 0; c < suite.test_cases.size(); ++c) {
      ++cases;
      const std::string name = path + " " + std::string(suite.method_name) + " case " + std::to_string(c);
      RunRequest request;
      request.load.method = std::string(suite.method_name);
      request.load.threads = threads;
      request.values.emplace();
      for (const auto& input : suite.test_cases[c].inputs) {
        auto value = host_value(input);
        REQUIRE_MESSAGE(value, name);
        request.values->push_back(std::move(*value));
      }
      const auto result = run(model, request, backends);
      if (!result) {
        FAIL_CHECK(name << ": " << result.error().line()
                        << (result.error().others.empty() ? "" : "; " + result.error().others.front().line()));
        continue;
      }
      const auto& expected = suite.test_cases[c].expected_outputs;
      REQUIRE_MESSAGE(result->calls[0].outputs.size() >= expected.size(), name);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto wanted = host_value(expected[i]);
        REQUIRE_MESSAGE(wanted, name);
        const auto atol = tolerances.find({std::string(suite.method_name), i});
        const std::string wrong =
            judge(result->calls[0].outputs[i], *wanted, atol == tolerances.end() ? 0 : atol->second);
        CHECK_MESSAGE(wrong.empty(), name << " output " << i << ": " << wrong);
      }
    }
  }
}

TEST_CASE("bundled programs give PyTorch's outputs on the portable backend") {
  const auto backend = make_reference_backend();
  std::size_t cases = 0;
  for (const auto& path : bundles()) run_bundle(path, *backend, nullptr, cases);
  CHECK(cases > 0);
}

TEST_CASE("bundled programs give PyTorch's outputs on XNNPACK") {
  const auto threads = std::make_shared<const ThreadPool>(2u);
  auto backend = make_xnnpack_backend(threads, {nullptr, false, UndelegatedOperators::All});
  REQUIRE(backend);
  std::size_t cases = 0;
  for (const auto& path : bundles()) run_bundle(path, **backend, threads, cases);
  CHECK(cases > 0);
}

}  // namespace
