// Which token comes next: the choice from a row of logits, the same on every machine for the same seed (docs/llm.md).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"
#include "ptetool/tensor/random.h"

namespace ptetool::llm {

// In the order in which they apply; the defaults change nothing.
struct SamplingOptions {
  // Logits of tokens that are there already are divided by it where positive, else multiplied.
  double repetition_penalty = 1;
  // Logits are divided by it. 0: the largest logit wins, the lowest id among equals, and nothing below matters.
  double temperature = 0;
  std::uint64_t top_k = 0;  // only so many of the most probable; equal to the last of them: those of lower id; 0: all
  double top_p = 1;         // only the fewest of the most probable whose probabilities reach it together
  double min_p = 0;         // only those at least so probable, as a part of the most probable one
  std::uint64_t seed = 0;
};

// Errors: Usage, for values that mean nothing (top_p or min_p above 1, a penalty of 0).
Result<> check_sampling(const SamplingOptions& options);

class Sampler {
 public:
  explicit Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {}

  // The next token. `history`: what the repetition penalty is about. NaN counts as the smallest logit of all.
  TokenId choose(std::span<const float> logits, std::span<const TokenId> history);

  // What choose() draws from: tokens with their probabilities, in the order of their ids.
  using Candidate = std::pair<TokenId, double>;
  std::span<const Candidate> candidates(std::span<const float> logits, std::span<const TokenId> history);

 private:
  std::span<const float> penalised(std::span<const float> logits, std::span<const TokenId> history);

  SamplingOptions options_;
  SeededRandom random_;
  std::vector<float> penalised_;
  std::vector<Candidate> candidates_;
};

// The lowest id among the largest logits; NaN counts as the smallest.
TokenId most_probable(std::span<const float> logits);

// The natural logarithm of a token's probability, as the logits say it (temperature 1, nothing left out).
double log_probability(std::span<const float> logits, TokenId token);

}  // namespace ptetool::llm
