// Language models: logits of prompt and steps as PyTorch computes them, the greedy tokens of ExecuTorch's own runtime,
// on every backend, and the same whatever pieces the prompt is fed in. The files: testdata/llm/export_llm.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/llm_files.h"
#include "ptetool/llm/generate.h"
#include "ptetool/tensor/npz.h"

namespace {

using namespace ptetool;
using namespace ptetool::llm_test;

std::vector<TokenId> tokens_of(const std::string& name) {
  const auto file = File::open(path(name));
  REQUIRE(file);
  const auto arrays = read_npz((*file)->bytes(), name);
  REQUIRE(arrays);
  const Tensor& tensor = arrays->front().array.tensor;
  return {tensor.as<TokenId>(), tensor.as<TokenId>() + tensor.numel()};
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
      REQUIRE(model->reset());
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

// Kernels take up to 16 rows at once: what the last rows of a prompt get must not depend on how many are missing.
TEST_CASE("a quantised prompt of any length gives the same logits on every backend") {
  constexpr TokenId kLongest = 50;
  const auto opened = open_model("q/lora0.pte", {"q/foundation.ptd", "q/lora0.ptd"});
  const auto reference = make_backend("portable");
  const auto judge = load(opened, *reference);
  const auto backend = make_backend("auto");
  const auto model = load(opened, *backend);
  std::vector<TokenId> prompt;
  for (TokenId i = 0; i < kLongest; ++i) {
    prompt.push_back((i * 37 + 5) % 400);
    CAPTURE(prompt.size());
    REQUIRE(judge->reset());
    REQUIRE(model->reset());
    const auto expected = judge->feed(prompt);
    REQUIRE(expected);
    const std::vector<float> logits(expected->begin(), expected->end());
    const auto actual = model->feed(prompt);
    REQUIRE(actual);
    // A value on the edge of a quantum may go either way.
    CHECK(excess(*actual, logits.data(), 0.01, 0.02) <= 0);
  }
}

TEST_CASE("the other layouts that exporters write give the same tokens") {
  const TokenId prompt[] = {1, 17, 20, 3, 9, 12, 12, 7};
  const std::vector<TokenId> expected = tokens_of("layouts/expected.npz");
  REQUIRE(expected.size() == 25);
  struct Layout {
    const char* name;
    bool cached, tells_all;
    std::size_t context, chunk;
  };
  const Layout layouts[] = {{"all_rows", false, true, 16, 16}, {"fixed_rows", false, true, 16, 16},
                            {"one_row", true, false, 48, 16},  {"positions", true, true, 48, 16},
                            {"single", true, true, 48, 1},     {"half", true, false, 48, 16},
                            {"bfloat16", true, false, 48, 16}, {"pair", true, true, 48, 8}};
  for (const Layout& layout : layouts) {
    for (const char* name : {"portable", "auto"}) {
      CAPTURE(layout.name);
      CAPTURE(name);
      const auto backend = make_backend(name);
      const auto model = load(open_model("layouts/" + std::string(layout.name) + ".pte"), *backend);
      CHECK(model->has_cache() == layout.cached);
      CHECK(model->tells_all() == layout.tells_all);
      CHECK(model->context() == layout.context);
      CHECK(model->chunk() == layout.chunk);
      // The prompt, and the prompt with more and more of the answer: chunks that are full, and those that are not.
      std::vector<TokenId> all(std::begin(prompt), std::end(prompt));
      for (std::size_t known = 0; known < 6; ++known) {
        REQUIRE(model->reset());
        llm::GenerationRequest request;
        request.max_new_tokens = expected.size() - known;
        const auto generated = llm::generate(*model, all, request);
        REQUIRE_MESSAGE(generated, generated.error().line());
        const std::size_t room = layout.context - all.size();
        CHECK(generated->tokens.size() == std::min(room, expected.size() - known));
        CHECK(std::ranges::equal(generated->tokens, std::span(expected).subspan(known, generated->tokens.size())));
        all.push_back(expected[known]);
      }
      // What is told after each token is what is told after the last one.
      REQUIRE(model->reset());
      std::vector<TokenId> told;
      const auto fed = model->feed_each(all, [&](std::size_t index, std::span<const float> logits) -> Result<> {
        CHECK(index == told.size());
        told.push_back(llm::most_probable(logits));
        return {};
      });
      REQUIRE(fed);
      CHECK(std::ranges::equal(std::span(told).subspan(std::size(prompt) - 1), std::span(expected).first(7)));
    }
  }
}

TEST_CASE("a program that counts positions by itself goes on, and is not taken back") {
  const auto backend = make_backend("auto");
  const auto model = load(open_model("layouts/counting.pte"), *backend);
  const TokenId prompt[] = {1, 17, 20, 3, 9, 12, 12, 7};
  llm::GenerationRequest request;
  request.max_new_tokens = 5;
  const auto expected = tokens_of("layouts/expected.npz");
  const auto generated = llm::generate(*model, prompt, request);
  REQUIRE(generated);
  CHECK(generated->tokens == std::vector(expected.begin(), expected.begin() + 5));
  CHECK(model->has_cache());
  CHECK(model->rewind(model->tokens().size()));
  CHECK(model->reset().error().code == ErrorCode::Unsupported);
  CHECK(llm::generate(*model, prompt, request).error().code == ErrorCode::Unsupported);
}

TEST_CASE("methods that do not share their cache are no pair") {
  const auto backend = make_backend("auto");
  DelegateBackend* backends[] = {backend.get()};
  const auto loaded = LanguageModel::load(open_model("layouts/apart.pte"), {}, backends);
  REQUIRE(!loaded);
  CHECK(loaded.error().code == ErrorCode::Mismatch);
  CHECK(loaded.error().message.find("shares no state with method 'prefill'") != std::string::npos);
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
