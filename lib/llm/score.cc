// Windows as long as the context, each from an empty cache; the divergence is Kullback and Leibler's, from
// log-softmaxes with sums in double.
#include "ptetool/llm/score.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ops/simd/arrays.h"
#include "ptetool/base/text.h"
#include "ptetool/llm/sampler.h"

namespace ptetool::llm {

namespace {

// Rows that are kept while the other model computes its own.
constexpr std::size_t kBlock = 32;

// Calls `window` with pieces as long as the context.
template <class Function>
Result<> for_each_window(std::span<const TokenId> tokens, std::size_t length, Function&& window) {
  if (tokens.size() < 2) {
    return fail(ErrorCode::Usage, counted(tokens.size(), "token") + " given; the first prediction needs two");
  }
  for (std::size_t first = 0; first + 1 < tokens.size(); first += length) {
    PTETOOL_CHECK(window(first, tokens.subspan(first, std::min(length, tokens.size() - first))));
  }
  return {};
}

struct LogSoftmax {
  std::vector<float> weights;  // exp(logit - largest)
  double sum = 0;
  double shift = 0;  // log-probability = logit - shift

  explicit LogSoftmax(std::span<const float> logits) : weights(logits.size()) {
    const auto count = static_cast<std::int64_t>(logits.size());
    const float largest = ops::simd::largest(logits.data(), count);
    sum = ops::simd::shifted_exponential(logits.data(), largest, weights.data(), count);
    shift = static_cast<double>(largest) + std::log(sum);
  }
};

}  // namespace

double Perplexity::mean() const { return tokens == 0 ? 0 : negative_log_likelihood / static_cast<double>(tokens); }
double Perplexity::perplexity() const { return std::exp(mean()); }

Result<Perplexity> perplexity(LanguageModel& model, std::span<const TokenId> tokens,
                              const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Perplexity result;
  const auto start = std::chrono::steady_clock::now();
  const auto one_window = [&](std::size_t first, std::span<const TokenId> window) -> Result<> {
    PTETOOL_CHECK(model.reset());
    ++result.windows;
    return model.feed_each(
        window.first(window.size() - 1), [&](std::size_t i, std::span<const float> logits) -> Result<> {
          const TokenId next = window[i + 1];
          if (next < 0 || static_cast<std::size_t>(next) >= logits.size()) {
            return fail(ErrorCode::Usage, "token " + std::to_string(next) + " is outside the vocabulary of " +
                                              std::to_string(logits.size()));
          }
          result.negative_log_likelihood -= log_probability(logits, next);
          ++result.tokens;
          if (progress) progress(first + i + 2, tokens.size());
          return {};
        });
  };
  PTETOOL_CHECK(for_each_window(tokens, std::max<std::size_t>(model.context(), 2), one_window));
  result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Result<> LogitComparison::add(std::span<const float> one, std::span<const float> other) {
  if (one.size() != other.size()) {
    return fail(ErrorCode::Mismatch, "the vocabularies have different sizes: " + std::to_string(one.size()) + " and " +
                                         std::to_string(other.size()));
  }
  const bool same = most_probable(one) == most_probable(other);
  if (same) ++agree;
  if (!same && !first_different) first_different = rows;
  ++rows;
  const LogSoftmax a(one);
  const LogSoftmax b(other);
  double divergence = 0;
  double error = 0;
  double magnitude = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const double x = static_cast<double>(one[i]);
    const double y = static_cast<double>(other[i]);
    const double weight = static_cast<double>(a.weights[i]);
    if (weight > 0) divergence += weight * ((x - a.shift) - (y - b.shift));
    error = std::max(error, std::fabs(x - y));
    magnitude = std::max(magnitude, std::fabs(x));
  }
  divergence = std::max(divergence / a.sum, 0.0);  // rounding may leave less than nothing
  divergence_sum += divergence;
  divergence_max = std::max(divergence_max, divergence);
  max_error = std::max(max_error, error);
  if (!(error <= atol + rtol * magnitude)) ++beyond;
  return {};
}

Result<> compare_logits(LanguageModel& one, LanguageModel& other, std::span<const TokenId> tokens,
                        LogitComparison& comparison,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::vector<std::vector<float>> rows;
  const auto one_window = [&](std::size_t first, std::span<const TokenId> window) -> Result<> {
    PTETOOL_CHECK(one.reset());
    PTETOOL_CHECK(other.reset());
    for (std::size_t done = 0; done + 1 < window.size(); done += kBlock) {
      const auto block = window.subspan(done, std::min(kBlock, window.size() - 1 - done));
      rows.resize(block.size());
      PTETOOL_CHECK(one.feed_each(block, [&](std::size_t i, std::span<const float> logits) -> Result<> {
        rows[i].assign(logits.begin(), logits.end());
        return {};
      }));
      PTETOOL_CHECK(other.feed_each(
          block, [&](std::size_t i, std::span<const float> logits) { return comparison.add(rows[i], logits); }));
      if (progress) progress(first + done + block.size(), tokens.size());
    }
    return {};
  };
  const std::size_t context = std::min(one.context(), other.context());
  return for_each_window(tokens, std::max<std::size_t>(context, 2), one_window);
}

}  // namespace ptetool::llm
