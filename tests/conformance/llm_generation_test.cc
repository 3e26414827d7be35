// Generation: prompts in pieces and conversations that go on, the context's limit, and all that ends an answer.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/llm_files.h"
#include "llm/jinja_chat.h"
#include "ptetool/llm/generate.h"

namespace {

using namespace ptetool;
using namespace ptetool::llm_test;

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

}  // namespace
