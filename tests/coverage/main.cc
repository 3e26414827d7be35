// docs/operators.md: every operator that programs may call, the dtypes and the number of PyTorch's own answers that it
// is tested with. Fails where the page is not what table and tests say.
//
//   ptetool_coverage            checks
//   ptetool_coverage --rebase   writes the page
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ptetool/base/text.h"
#include "ptetool/link/artifact.h"
#include "ptetool/ops/operator.h"

namespace {

using namespace ptetool;
namespace fs = std::filesystem;

const std::string kSource = PTETOOL_SOURCE_DIR;
const std::string kPage = kSource + "/docs/operators.md";
const std::string kPreface = kSource + "/docs/operators_preface.md";

struct Tested {
  std::size_t cases = 0;
  std::set<std::string> dtypes;
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The dtype that a call computes with: that of the first tensor among what it names, lists opened.
const pte::Tensor* first_tensor(const pte::ExecutionPlan& plan, std::span<const std::int32_t> args) {
  for (const std::int32_t arg : args) {
    const auto& value = plan.values[static_cast<std::size_t>(arg)];
    if (const auto* tensor = value.tensor()) return tensor;
    if (const auto* list = std::get_if<pte::TensorList>(&value.content); list && !list->items.empty()) {
      if (const auto* found = first_tensor(plan, list->items)) return found;
    }
  }
  return nullptr;
}

void count_calls(const Bundle& bundle, std::map<std::string, Tested>& tested) {
  for (const auto& suite : bundle.bundle.test_suites) {
    const auto* plan = bundle.program->find_method(suite.method_name);
    if (!plan) continue;
    std::set<std::string> called;
    for (const auto& chain : plan->chains) {
      for (const auto& instruction : chain.instructions) {
        const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
        if (!call) continue;
        const std::string name = plan->operators[static_cast<std::size_t>(call->op_index)].full_name();
        called.insert(name);
        if (const auto* tensor = first_tensor(*plan, call->args)) {
          tested[name].dtypes.insert(std::string(dtype_name(tensor->scalar_type)));
        }
      }
    }
    for (const std::string& name : called) tested[name].cases += suite.test_cases.size();
  }
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const bool rebase = argc > 1 && std::string(argv[1]) == "--rebase";
  std::map<std::string, Tested> tested;
  std::vector<fs::path> bundles;
  std::string unit_tests;
  for (const auto& entry : fs::recursive_directory_iterator(kSource + "/testdata")) {
    if (entry.path().extension() == ".bpte") bundles.push_back(entry.path());
  }
  std::ranges::sort(bundles);
  for (const auto& path : bundles) {
    const auto artifact = open_artifact(path.string());
    const auto* bundle = artifact ? std::get_if<std::shared_ptr<const Bundle>>(&artifact->content) : nullptr;
    if (!bundle) {
      std::printf("%s: is no bundled program\n", path.c_str());
      return 1;
    }
    count_calls(**bundle, tested);
  }
  for (const auto& entry : fs::directory_iterator(kSource + "/tests/unit")) unit_tests += text_of(entry.path());

  int failures = 0;
  std::size_t kernels = 0, cases = 0;
  std::string rows, missing, untested;
  for (const BoundOperator& op : all_operators()) {
    const std::string name(op.schema.name);
    if (!op.row->kernel) {
      missing += "- `" + name + "`\n";
      continue;
    }
    ++kernels;
    const Tested& own = tested[name];
    cases += own.cases;
    const bool unit = unit_tests.find("\"" + name + "\"") != std::string::npos;
    if (own.cases == 0 && !unit) {
      untested += "- `" + name + "`\n";
    }
    rows += "| `" + name + "` | " + joined(own.dtypes) + " | " + (own.cases ? std::to_string(own.cases) : "-") + " | " +
            (unit ? "yes" : "-") + " |\n";
  }
  std::string page = text_of(kPreface);
  page += "\n## The operators\n\n" + std::to_string(kernels) +
          " operators have a kernel. The dtype is that of the first tensor "
          "argument.\n\n| operator | dtypes tested | cases | unit tests |\n|---|---|---|---|\n" +
          rows;
  if (!untested.empty()) {
    page +=
        "\n## With a kernel, without a test of their own\n\nMost are variants that share a tested operator's "
        "kernel.\n\n" +
        untested;
  }
  if (!missing.empty())
    page += "\n## Known, without a kernel\n\nExecuTorch's own kernel stops the process.\n\n" + missing;
  if (rebase) {
    std::ofstream(kPage, std::ios::binary) << page;
  } else if (text_of(kPage) != page) {
    std::printf("docs/operators.md is not what table and tests say; write it with: ptetool_coverage --rebase\n");
    ++failures;
  }
  std::printf("%zu operators with a kernel, %zu bundles, %d failures\n", kernels, bundles.size(), failures);
  return failures == 0 ? 0 : 1;
}
