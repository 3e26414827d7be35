// The small language models of testdata/llm, opened and run, and what is expected of them: PyTorch's logits,
// ExecuTorch's greedy tokens.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ptetool/link/artifact.h"
#include "ptetool/llm/generate.h"
#include "ptetool/llm/language_model.h"
#include "ptetool/tensor/npz.h"
#include "ptetool/xnnpack/backend.h"

namespace ptetool::llm_test {

using llm::LanguageModel;
using llm::TokenId;

inline constexpr TokenId kPrompt[] = {1, 17, 200, 3, 99, 42, 42, 7};
inline constexpr std::size_t kSteps = 33;

inline std::string path(const std::string& name) { return PTETOOL_SOURCE_DIR "/testdata/llm/" + name; }

inline std::shared_ptr<const Model> open_model(const std::string& program, const std::vector<std::string>& data = {}) {
  const auto artifact = open_program(path(program));
  REQUIRE(artifact);
  std::vector<std::shared_ptr<const ptd::DataFile>> files;
  for (const std::string& name : data) {
    auto file = open_data_file(path(name));
    REQUIRE(file);
    files.push_back(std::move(*file));
  }
  return std::make_shared<const Model>(link(artifact->program(), std::move(files)));
}

struct Case {
  const char* name;
  const char* program;
  std::vector<std::string> data;
  double rtol, atol;
};

inline const Case kCases[] = {
    {"fp32_base", "fp32/base.pte", {"fp32/foundation.ptd"}, 1e-4, 1e-5},
    {"fp32_lora0", "fp32/lora0.pte", {"fp32/foundation.ptd", "fp32/lora0.ptd"}, 1e-4, 1e-5},
    {"fp32_lora1", "fp32/lora1.pte", {"fp32/foundation.ptd", "fp32/lora1.ptd"}, 1e-4, 1e-5},
    {"q_lora0", "q/lora0.pte", {"q/foundation.ptd", "q/lora0.ptd"}, 1e-4, 1e-4},
    {"q_lora0", "q_fused/lora0.pte", {}, 1e-4, 1e-4},
};

struct Expected {
  std::vector<float> logits;  // [33, V]
  std::vector<TokenId> tokens;
};

inline Expected read_expected(const std::string& name) {
  const auto file = File::open(path("expected/" + name + ".npz"));
  REQUIRE(file);
  const auto arrays = read_npz((*file)->bytes(), name);
  REQUIRE(arrays);
  Expected expected;
  for (const NamedArray& each : *arrays) {
    const Tensor& tensor = each.array.tensor;
    const auto count = static_cast<std::size_t>(tensor.numel());
    if (each.name == "logits") expected.logits.assign(tensor.as<float>(), tensor.as<float>() + count);
    if (each.name == "tokens") expected.tokens.assign(tensor.as<TokenId>(), tensor.as<TokenId>() + count);
  }
  REQUIRE(expected.tokens.size() == kSteps);
  return expected;
}

// How far logits are beyond the tolerance at the worst place; not above 0 is right.
inline double excess(std::span<const float> actual, const float* expected, double rtol, double atol) {
  double worst = -1;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::fabs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    worst = std::max(worst, error - atol - rtol * std::fabs(static_cast<double>(expected[i])));
  }
  return worst;
}

inline std::unique_ptr<DelegateBackend> make_backend(const std::string& name) {
  if (name == "portable") return make_reference_backend();
  const auto operators = name == "xnnpack" ? UndelegatedOperators::All : UndelegatedOperators::WhereFaster;
  auto backend = make_xnnpack_backend(nullptr, {nullptr, false, operators});
  REQUIRE(backend);
  return std::move(*backend);
}

inline std::unique_ptr<LanguageModel> load(const std::shared_ptr<const Model>& model, DelegateBackend& backend,
                                           const std::string& method = "") {
  DelegateBackend* backends[] = {&backend};
  LoadOptions options;
  options.method = method;
  auto loaded = LanguageModel::load(model, options, backends);
  REQUIRE_MESSAGE(loaded, loaded.error().line());
  return std::move(*loaded);
}

inline std::vector<TokenId> greedy(LanguageModel& model) {
  llm::GenerationRequest request;
  request.max_new_tokens = kSteps;
  const auto generated = llm::generate(model, kPrompt, request);
  REQUIRE_MESSAGE(generated, generated.error().line());
  CHECK(generated->end == llm::GenerationEnd::Length);
  return generated->tokens;
}

}  // namespace ptetool::llm_test
