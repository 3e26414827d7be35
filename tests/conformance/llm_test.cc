// Language models: logits of prompt and steps as PyTorch computes them, the greedy tokens of ExecuTorch's own runtime,
// on every backend, and the same whatever pieces the prompt is fed in. The files: testdata/llm/export_llm.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ptetool/link/artifact.h"
#include "ptetool/llm/generate.h"
#include "ptetool/tensor/npz.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;
using llm::LanguageModel;
using llm::TokenId;

constexpr TokenId kPrompt[] = {1, 17, 200, 3, 99, 42, 42, 7};
constexpr std::size_t kSteps = 33;

std::string path(const std::string& name) { return PTETOOL_SOURCE_DIR "/testdata/llm/" + name; }

std::shared_ptr<const Model> open_model(const std::string& program, const std::vector<std::string>& data = {}) {
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

const Case kCases[] = {
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

Expected read_expected(const std::string& name) {
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

std::unique_ptr<DelegateBackend> make_backend(const std::string& name) {
  if (name == "portable") return make_reference_backend();
  const auto operators = name == "xnnpack" ? UndelegatedOperators::All : UndelegatedOperators::WhereFaster;
  auto backend = make_xnnpack_backend(nullptr, {nullptr, false, operators});
  REQUIRE(backend);
  return std::move(*backend);
}

std::unique_ptr<LanguageModel> load(const std::shared_ptr<const Model>& model, DelegateBackend& backend,
                                    const std::string& method = "") {
  DelegateBackend* backends[] = {&backend};
  LoadOptions options;
  options.method = method;
  auto loaded = LanguageModel::load(model, options, backends);
  REQUIRE_MESSAGE(loaded, loaded.error().line());
  return std::move(*loaded);
}

std::vector<TokenId> greedy(LanguageModel& model) {
  llm::GenerationRequest request;
  request.max_new_tokens = kSteps;
  const auto generated = llm::generate(model, kPrompt, request);
  REQUIRE_MESSAGE(generated, generated.error().line());
  CHECK(generated->end == llm::GenerationEnd::Length);
  return generated->tokens;
}

// How far logits are beyond the tolerance at the worst place; not above 0 is right.
double excess(std::span<const float> actual, const float* expected, double rtol, double atol) {
  double worst = -1;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::fabs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    worst = std::max(worst, error - atol - rtol * std::fabs(static_cast<double>(expected[i])));
  }
  return worst;
}

TEST_CASE("logits are PyTorch's and greedy tokens ExecuTorch's, on every backend") {
  for (const Case& each : kCases) {
    const Expected expected = read_expected(each.name);
    const auto opened = open_model(each.program, each.data);
    for (const char* name : {"portable", "xnnpack", "auto"}) {
      CAPTURE(each.name);
      CAPTURE(name);
      const auto backend = make_backend(name);
      const auto model = load(opened, *backend);
      CHECK(greedy(*model) == expected.tokens);
      model->reset();
      auto logits = model->feed(kPrompt);
      for (std::size_t step = 0; step < kSteps; ++step) {
        CAPTURE(step);
        REQUIRE(logits);
        CHECK(excess(*logits, expected.logits.data() + step * model->vocab_size(), each.rtol, each.atol) <= 0);
        logits = model->feed(std::span(expected.tokens).subspan(step, 1));
      }
    }
  }
}

TEST_CASE("a prompt may be fed in any pieces, taken back and fed again") {
  const Expected expected = read_expected("fp32_base");
  const auto backend = make_backend("auto");
  const auto model = load(open_model("fp32/base.pte", {"fp32/foundation.ptd"}), *backend);
  for (const std::size_t piece : {1u, 3u, 7u}) {
    model->reset();
    for (std::size_t i = 0; i < std::size(kPrompt); i += piece) {
      REQUIRE(model->feed(std::span(kPrompt).subspan(i, std::min(piece, std::size(kPrompt) - i))));
    }
    CHECK(greedy(*model) == expected.tokens);
  }
  // What is in the cache is not fed again, and another prompt forgets it.
  llm::GenerationRequest request;
  request.max_new_tokens = 2;
  std::vector<TokenId> longer(std::begin(kPrompt), std::end(kPrompt));
  longer.insert(longer.end(), expected.tokens.begin(), expected.tokens.begin() + 4);
  const auto again = llm::generate(*model, longer, request);
  REQUIRE(again);
  CHECK(again->fed_tokens == 1);
  CHECK(again->prompt_tokens == longer.size());
  CHECK(again->tokens == std::vector(expected.tokens.begin() + 4, expected.tokens.begin() + 6));
  const TokenId other[] = {1, 17, 5};
  const auto fresh = llm::generate(*model, other, request);
  REQUIRE(fresh);
  CHECK(fresh->fed_tokens == 1);
  model->reset();
  const auto alone = llm::generate(*model, other, request);
  REQUIRE(alone);
  CHECK(alone->fed_tokens == 3);
  CHECK(alone->tokens == fresh->tokens);
}

TEST_CASE("the context is a limit that says what fits") {
  const auto backend = make_backend("auto");
  const auto model = load(open_model("fp32/base.pte", {"fp32/foundation.ptd"}), *backend);
  CHECK(model->context() == 128);
  CHECK(model->chunk() == 127);
  CHECK(model->facts().eos_ids == std::vector<TokenId>{2});
  CHECK(model->facts().bos_id == 1);
  const std::vector<TokenId> tokens(150, 5);
  llm::GenerationRequest request;
  const auto generated = llm::generate(*model, tokens, request);
  REQUIRE(!generated);
  CHECK(generated.error().code == ErrorCode::Limit);
  CHECK(generated.error().message ==
        "the prompt has 150 tokens, 127 fit: the context has 128 positions, and the answer needs one");
  REQUIRE(model->feed(std::span(tokens).first(124)));
  const auto fed = model->feed(std::span(tokens).first(5));
  REQUIRE(!fed);
  CHECK(fed.error().message == "5 tokens given, 4 fit: the context has 128 positions, 124 of them are taken");
  CHECK(model->tokens().size() == 124);
  CHECK(model->feed(std::span(tokens).first(4)));
  // The whole context as a prompt, where nothing is to follow; and all that fits where no number is given.
  request.max_new_tokens = 0;
  CHECK(llm::generate(*model, std::span(tokens).first(128), request));
  request.max_new_tokens.reset();
  const auto full = llm::generate(*model, std::span(tokens).first(124), request);
  REQUIRE(full);
  CHECK(full->tokens.size() == 4);
  CHECK(full->end == llm::GenerationEnd::Context);
  const TokenId outside[] = {512};
  CHECK(model->feed(outside).error().message == "token 512 is outside the vocabulary of 512");
}

TEST_CASE("an answer ends at an end token, and when its listener has heard enough") {
  const Expected expected = read_expected("fp32_base");
  const auto backend = make_backend("auto");
  const auto model = load(open_model("fp32/base.pte", {"fp32/foundation.ptd"}), *backend);
  llm::GenerationRequest request;
  request.eos = {expected.tokens[5]};
  const auto ended = llm::generate(*model, kPrompt, request);
  REQUIRE(ended);
  CHECK(ended->end == llm::GenerationEnd::Eos);
  const auto first = std::ranges::find(expected.tokens, expected.tokens[5]) - expected.tokens.begin();
  CHECK(ended->tokens.size() == static_cast<std::size_t>(first) + 1);
  request.eos.clear();
  std::size_t heard = 0;
  request.show = [&](const llm::GeneratedPiece&) { return ++heard < 3; };
  const auto interrupted = llm::generate(*model, kPrompt, request);
  REQUIRE(interrupted);
  CHECK(interrupted->end == llm::GenerationEnd::Interrupted);
  CHECK(interrupted->tokens.size() == 3);
}

TEST_CASE("what is no language model is refused with the reason") {
  const auto artifact = open_program(PTETOOL_SOURCE_DIR "/testdata/execution/stateful.pte");
  REQUIRE(artifact);
  const auto model = std::make_shared<const Model>(link(artifact->program(), {}));
  const auto backend = make_backend("portable");
  DelegateBackend* backends[] = {backend.get()};
  const auto loaded = LanguageModel::load(model, {}, backends);
  REQUIRE(!loaded);
  CHECK(loaded.error().code == ErrorCode::Usage);
  CHECK(loaded.error().message.find("is none of a language model: ") != std::string::npos);
}

}  // namespace
