// How well a model predicts a text, and how far two models that see the same tokens are apart.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ptetool/base/result.h"
#include "ptetool/llm/language_model.h"

namespace ptetool::llm {

struct Perplexity {
  std::size_t tokens = 0;              // predicted
  std::size_t windows = 0;             // that the text was cut into
  double negative_log_likelihood = 0;  // sum over the tokens, natural logarithm
  double milliseconds = 0;

  double mean() const;        // per token; 0 for none
  double perplexity() const;  // e to that
};

// Predicts every token but the first of each window; a window is as long as the context, and begins with an empty
// cache. `progress`: tokens done, of how many. Errors: Usage (fewer than two tokens), those of LanguageModel::feed.
Result<Perplexity> perplexity(LanguageModel& model, std::span<const TokenId> tokens,
                              const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

// Rows of logits of two models after the same tokens, compared one by one.
struct LogitComparison {
  // How far logits may be apart: atol + rtol times the largest magnitude of the row.
  double rtol = 0, atol = 0;

  std::size_t rows = 0;
  std::size_t agree = 0;                            // the most probable token is the same
  std::optional<std::size_t> first_different = {};  // row
  double divergence_sum = 0;                        // Kullback-Leibler divergence of the other from the one, in nats
  double divergence_max = 0;
  double max_error = 0;    // between logits
  std::size_t beyond = 0;  // rows with an error beyond the tolerance

  double mean_divergence() const { return rows == 0 ? 0 : divergence_sum / static_cast<double>(rows); }

  // Errors: Mismatch (vocabularies of different size).
  Result<> add(std::span<const float> one, std::span<const float> other);
};

// The tokens of a text through both, in windows as for perplexity().
Result<> compare_logits(LanguageModel& one, LanguageModel& other, std::span<const TokenId> tokens,
                        LogitComparison& comparison,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace ptetool::llm
