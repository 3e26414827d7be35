// Language models: logits of prompt and steps as PyTorch computes them, the greedy tokens of ExecuTorch's own runtime,
// on every backend, and the same whatever pieces the prompt is fed in. The files: testdata/llm/export_llm.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/llm_files.h"
#include "llm/jinja_chat.h"
#include "ptetool/llm/generate.h"
#include "ptetool/llm/score.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;
using namespace ptetool::llm_test;
using llm::LanguageModel;

std::vector<TokenId> tokens_of(const std::string& name) {
  const auto file = File::open(path(name));
  REQUIRE(file);
  const auto arrays = read_npz((*file)->bytes(), name);
  REQUIRE(arrays);
  const Tensor& tensor = arrays->front().array.tensor;
  return {tensor.as<TokenId>(), tensor.as<TokenId>() + tensor.numel()};
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

TEST_CASE("a prompt may be fed in any pieces, taken back and fed again") {
  const Expected expected = read_expected("fp32_base");
  const auto backend = make_backend("auto");
  const auto model = load(open_model("fp32/base.pte", {"fp32/foundation.ptd"}), *backend);
  for (const std::size_t piece : {1u, 3u, 7u}) {
    REQUIRE(model->reset());
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
  REQUIRE(model->reset());
  const auto alone = llm::generate(*model, other, request);
  REQUIRE(alone);
  CHECK(alone->fed_tokens == 3);
  CHECK(alone->tokens == fresh->tokens);
}

TEST_CASE("a conversation that is written down otherwise than before goes on from what is the same") {
  const auto tokenizer = llm::open_tokenizer(path("tokenizer.json"));
  REQUIRE(tokenizer);
  // As templates do that leave out what the assistant thought before.
  const auto chat = llm::read_jinja_chat(
      "{% for m in messages %}<|im_start|>{{ m.role }}\n"
      "{{ m.content if m.role == 'user' or loop.index < messages | length - 1 else m.content[1:] }}<|im_end|>\n"
      "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
      "here", {});
  REQUIRE(chat);
  const auto backend = make_backend("auto");
  const auto model = open_model("fp32/base.pte", {"fp32/foundation.ptd"});
  const auto going_on = load(model, *backend);
  llm::GenerationRequest request;
  request.max_new_tokens = 9;
  request.tokenizer = tokenizer->get();
  std::vector<llm::ChatMessage> messages;
  std::size_t fed = 0, given = 0;
  for (const char* words : {"Hello", "What is it?", "And then"}) {
    messages.push_back({"user", words});
    const auto text = (*chat)->render(messages, true);
    REQUIRE_MESSAGE(text, text.error().line());
    const auto prompt = (*tokenizer)->encode(*text, {.parse_special = true, .add_special = false});
    REQUIRE(prompt);
    const auto answer = llm::generate(*going_on, *prompt, request);
    REQUIRE(answer);
    const auto alone = llm::generate(*load(model, *backend), *prompt, request);
    REQUIRE(alone);
    CHECK(answer->tokens == alone->tokens);
    fed += answer->fed_tokens;
    given += answer->prompt_tokens;
    messages.push_back({"assistant", answer->text});
  }
  CHECK(fed < given);
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

TEST_CASE("an answer is text where there is a tokenizer, and ends before a stop text") {
  const auto tokenizer = llm::open_tokenizer(path("tokenizer.json"));
  REQUIRE(tokenizer);
  const auto backend = make_backend("auto");
  const auto model = load(open_model("q_fused/lora0.pte"), *backend);
  const auto prompt = (*tokenizer)->encode("Alice was");
  REQUIRE(prompt);
  llm::GenerationRequest request;
  request.max_new_tokens = 40;
  request.sampling.temperature = 2;
  request.tokenizer = tokenizer->get();
  std::string heard;
  request.show = [&](const llm::GeneratedPiece& piece) {
    heard += piece.text;
    return true;
  };
  const auto generated = llm::generate(*model, *prompt, request);
  REQUIRE(generated);
  CHECK(heard == generated->text);
  CHECK((*tokenizer)->decode(generated->tokens).value() == generated->text);
  // The fifth word, or what begins like one, as a stop text.
  const std::string stop = generated->text.substr(generated->text.size() / 2, 5);
  request.stop = {stop};
  heard.clear();
  const auto stopped = llm::generate(*model, *prompt, request);
  REQUIRE(stopped);
  CHECK(stopped->end == llm::GenerationEnd::Stop);
  CHECK(stopped->text == generated->text.substr(0, generated->text.find(stop)));
  CHECK(heard == stopped->text);
  request.tokenizer = nullptr;
  CHECK(llm::generate(*model, *prompt, request).error().code == ErrorCode::Usage);
}

TEST_CASE("perplexity and comparison follow from the logits") {
  const Expected expected = read_expected("fp32_base");
  const auto backend = make_backend("auto");
  const auto opened = open_model("fp32/base.pte", {"fp32/foundation.ptd"});
  const auto model = load(opened, *backend);
  // The greedy answer after the prompt: each of its tokens is the first choice.
  std::vector<TokenId> text(std::begin(kPrompt), std::end(kPrompt));
  const auto alone = llm::perplexity(*model, text);
  text.push_back(expected.tokens[0]);
  const auto longer = llm::perplexity(*model, text);
  REQUIRE(alone);
  REQUIRE(longer);
  CHECK(longer->tokens == std::size(kPrompt));
  CHECK(longer->windows == 1);
  const auto row = std::span(expected.logits).first(model->vocab_size());
  CHECK(longer->negative_log_likelihood - alone->negative_log_likelihood ==
        doctest::Approx(-llm::log_probability(row, expected.tokens[0])).epsilon(1e-4));
  CHECK(longer->perplexity() == doctest::Approx(std::exp(longer->negative_log_likelihood / 8)));
  // Longer than the context: windows that begin anew.
  std::vector<TokenId> twice(model->context(), 5);
  twice.insert(twice.end(), text.begin(), text.end());
  const auto windows = llm::perplexity(*model, twice);
  REQUIRE(windows);
  CHECK(windows->windows == 2);
  CHECK(windows->tokens == twice.size() - 2);
  CHECK(!llm::perplexity(*model, std::span(text).first(1)));

  const auto other_backend = make_backend("portable");
  const auto other = load(opened, *other_backend);
  llm::LogitComparison same{.atol = 1e-4};
  REQUIRE(llm::compare_logits(*model, *other, twice, same));
  CHECK(same.rows == twice.size() - 2);
  CHECK(same.agree == same.rows);
  CHECK(same.beyond == 0);
  const auto adapted = load(open_model("fp32/lora0.pte", {"fp32/foundation.ptd", "fp32/lora0.ptd"}), *backend);
  llm::LogitComparison apart{.atol = 1e-4};
  REQUIRE(llm::compare_logits(*model, *adapted, text, apart));
  CHECK(apart.rows == text.size() - 1);
  CHECK(apart.beyond == apart.rows);
  CHECK(apart.mean_divergence() > 0.01);
  CHECK(apart.divergence_max >= apart.mean_divergence());
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
