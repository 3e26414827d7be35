// The loop that makes text: feeds a prompt, then chooses and feeds one token after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/llm/language_model.h"
#include "ptetool/llm/sampler.h"

namespace ptetool::llm {

// A token as it is made, with the text that may be shown because of it: none without a tokenizer, in the middle of a
// character, or where a stop text may have begun. The last piece has no token, only what is left of the text.
struct GeneratedPiece {
  std::optional<TokenId> token;
  std::string_view text;
};

struct GenerationRequest {
  std::optional<std::uint64_t> max_new_tokens;  // nullopt: as many as the context holds
  SamplingOptions sampling;
  std::vector<TokenId> eos;              // tokens that end the answer
  std::vector<std::string> stop;         // texts that end it; needs a tokenizer
  bool log_probabilities = false;        // of the tokens chosen
  const Tokenizer* tokenizer = nullptr;  // null: ids only
  // Called for each token, and once more where text is left; false ends the answer. May be empty.
  std::function<bool(const GeneratedPiece&)> show = {};
  // Sees what is fed, and the logits that come out, before a token is chosen; not part of the times. May be empty.
  std::function<Result<>(std::span<const TokenId> fed, std::span<const float> logits)> observe = {};
};

enum class GenerationEnd { Eos, Stop, Length, Context, Interrupted };
// "an end token", "a stop text", "--max-new-tokens" …
const char* describe(GenerationEnd end);

struct Generation {
  std::vector<TokenId> tokens;  // an end token included
  std::vector<double> log_probabilities;
  std::string text;               // up to a stop text or end token
  std::size_t prompt_tokens = 0;  // of the whole prompt
  std::size_t fed_tokens = 0;     // of them, those that were not in the cache already
  GenerationEnd end = GenerationEnd::Length;
  double prefill_ms = 0;         // until the logits after the prompt were there
  double first_token_ms = 0;     // until the first token was chosen
  std::vector<double> steps_ms;  // feeding and choosing each further token

  // 0 where nothing was measured.
  double prefill_tokens_per_s() const;
  double decode_tokens_per_s() const;
};

// Continues `prompt`, the whole sequence from its beginning. What the model has of it already is not fed again: a
// conversation goes on where it was. Errors: Limit (the prompt leaves no place for an answer: how many tokens were
// given and how many fit), Usage, and those of LanguageModel::feed and of the tokenizer.
Result<Generation> generate(LanguageModel& model, std::span<const TokenId> prompt, const GenerationRequest& request);

}  // namespace ptetool::llm
