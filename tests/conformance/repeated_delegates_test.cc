// Delegates that stay loaded and are executed again and again, by turns and for other sizes, with one workspace that
// grows: what XNNPACK is asked to run from a list (cmake/xnnpack/operator_list.c) gives what it gave operator by
// operator.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/opened_bundle.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;

using Bytes = std::vector<std::vector<std::uint8_t>>;  // of each tensor

struct LoadedSuite {
  std::string name;
  std::unique_ptr<Method> method;
  std::vector<std::vector<HostValue>> cases;  // inputs
  std::vector<Bytes> first;                   // outputs, the first time
};

// Of the case's inputs.
Bytes outputs_of(LoadedSuite& suite, std::size_t index) {
  for (std::size_t i = 0; i < suite.cases[index].size(); ++i) {
    REQUIRE_MESSAGE(suite.method->set_input(i, suite.cases[index][i]), suite.name);
  }
  REQUIRE_MESSAGE(suite.method->execute(), suite.name);
  Bytes result;
  for (std::size_t i = 0; i < suite.method->outputs().size(); ++i) {
    const auto* tensor = std::get_if<Tensor>(&suite.method->output(i));
    if (tensor) result.emplace_back(tensor->bytes().begin(), tensor->bytes().end());
  }
  return result;
}

void check_all(LoadedSuite& suite) {
  for (std::size_t c = 0; c < suite.cases.size(); ++c) {
    CHECK_MESSAGE(outputs_of(suite, c) == suite.first[c], suite.name << " case " << c);
    CHECK_MESSAGE(outputs_of(suite, c) == suite.first[c], suite.name << " case " << c << " once more");
    CHECK_MESSAGE(outputs_of(suite, c) == suite.first[c], suite.name << " case " << c << " for the third time");
  }
}

TEST_CASE("delegates executed again give the same, from lists of operators and without") {
  const auto threads = std::make_shared<const ThreadPool>(2u);
  auto backend = make_xnnpack_backend(threads, {nullptr, false, UndelegatedOperators::All});
  REQUIRE(backend);
  DelegateBackend* backends[] = {backend->get()};
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PTETOOL_SOURCE_DIR "/testdata/xnnpack")) {
    if (entry.path().extension() == ".bpte") names.push_back("xnnpack/" + entry.path().filename().string());
  }
  REQUIRE(!names.empty());
  std::ranges::sort(names);
  std::vector<LoadedSuite> suites;
  for (const std::string& name : names) {
    const Opened opened = open_bundle(name);
    for (const auto& given : opened.bundle->bundle.test_suites) {
      LoadedSuite suite{name + " " + std::string(given.method_name), nullptr, {}, {}};
      LoadOptions options;
      options.method = std::string(given.method_name);
      options.threads = threads;
      auto method = Method::load(opened.model, options, backends);
      REQUIRE_MESSAGE(method, suite.name);
      suite.method = std::move(*method);
      for (const auto& test_case : given.test_cases) {
        auto& inputs = suite.cases.emplace_back();
        for (const auto& input : test_case.inputs) {
          auto value = host_value(input);
          REQUIRE_MESSAGE(value, suite.name);
          inputs.push_back(std::move(*value));
        }
        suite.first.push_back(outputs_of(suite, suite.cases.size() - 1));
      }
      check_all(suite);
      suites.push_back(std::move(suite));
    }
  }
  for (LoadedSuite& suite : suites) check_all(suite);
}

}  // namespace
