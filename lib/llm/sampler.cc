// Penalty, top-k, temperature, top-p, min-p: each leaves fewer candidates, which are sorted no further than the next
// one needs.
#include "ptetool/llm/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/simd/arrays.h"

namespace ptetool::llm {

namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

double number(float logit) { return std::isnan(logit) ? kNothing : static_cast<double>(logit); }

using Candidate = Sampler::Candidate;

bool more_probable(const Candidate& a, const Candidate& b) {
  return a.second != b.second ? a.second > b.second : a.first < b.first;
}

double sum_of(std::span<const Candidate> candidates) {
  double sum = 0;
  for (const Candidate& each : candidates) sum += each.second;
  return sum;
}

// The shortest prefix of the most probable that reaches `share` of the total. Sorts no more than needs to be: those
// that are less probable than (1 - share) / (n - 1) of the total cannot be in it (all of them together are too little).
void keep_share(std::vector<Candidate>& candidates, double share) {
  if (share >= 1 || candidates.size() < 2) return;
  const double total = sum_of(candidates);
  const double least = (1 - share) * total / static_cast<double>(candidates.size() - 1);
  const auto best = *std::ranges::min_element(candidates, more_probable);
  std::erase_if(candidates, [&](const Candidate& each) { return each.second < least && each.first != best.first; });
  std::ranges::sort(candidates, more_probable);
  double so_far = 0;
  std::size_t kept = 0;
  while (kept < candidates.size() && (kept == 0 || so_far < share * total)) so_far += candidates[kept++].second;
  candidates.resize(kept);
}

}  // namespace

Result<> check_sampling(const SamplingOptions& options) {
  const auto refuse = [](const char* what) { return fail(ErrorCode::Usage, what); };
  if (options.top_p > 1) return refuse("top-p is a part of 1, from 0 to 1");
  if (options.min_p > 1) return refuse("min-p is a part of 1, from 0 to 1");
  if (!(options.repetition_penalty > 0)) return refuse("a repetition penalty must be more than 0 (1 changes nothing)");
  return {};
}

TokenId most_probable(std::span<const float> logits) {
  const float largest = ops::simd::largest(logits.data(), static_cast<std::int64_t>(logits.size()));
  if (!std::isnan(largest)) return static_cast<TokenId>(std::ranges::find(logits, largest) - logits.begin());
  std::size_t best = 0;
  for (std::size_t i = 1; i < logits.size(); ++i) {
    if (number(logits[i]) > number(logits[best])) best = i;
  }
  return static_cast<TokenId>(best);
}

double log_probability(std::span<const float> logits, TokenId token) {
  const auto count = static_cast<std::int64_t>(logits.size());
  const float largest = ops::simd::largest(logits.data(), count);
  std::vector<float> scratch(logits.size());
  const double sum = ops::simd::shifted_exponential(logits.data(), largest, scratch.data(), count);
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - static_cast<double>(largest) - std::log(sum);
}

std::span<const float> Sampler::penalised(std::span<const float> logits, std::span<const TokenId> history) {
  if (options_.repetition_penalty == 1 || history.empty()) return logits;
  penalised_.assign(logits.begin(), logits.end());
  for (const TokenId id : history) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= logits.size()) continue;
    // From the original logit: a token that was there twice is not penalised twice.
    const double logit = static_cast<double>(logits[index]);
    penalised_[index] =
        static_cast<float>(logit > 0 ? logit / options_.repetition_penalty : logit * options_.repetition_penalty);
  }
  return penalised_;
}

std::span<const Candidate> Sampler::candidates(std::span<const float> given, std::span<const TokenId> history) {
  const auto logits = penalised(given, history);
  candidates_.clear();
  const auto best = static_cast<std::size_t>(most_probable(logits));
  if (options_.temperature == 0 || !std::isfinite(number(logits[best]))) {
    candidates_.emplace_back(static_cast<TokenId>(best), 1.0);
    return candidates_;
  }
  for (std::size_t i = 0; i < logits.size(); ++i) {
    candidates_.emplace_back(static_cast<TokenId>(i), number(logits[i]) - number(logits[best]));
  }
  if (options_.top_k != 0 && options_.top_k < candidates_.size()) {
    const auto kept = static_cast<std::ptrdiff_t>(options_.top_k);
    std::ranges::nth_element(candidates_, candidates_.begin() + kept, more_probable);
    candidates_.resize(options_.top_k);
  }
  // Probabilities, but for their sum; the most probable one has 1.
  for (Candidate& each : candidates_) each.second = std::exp(each.second / options_.temperature);
  keep_share(candidates_, options_.top_p);
  if (options_.min_p > 0) {
    std::erase_if(candidates_, [&](const Candidate& each) { return each.second < options_.min_p; });
  }
  std::ranges::sort(candidates_, {}, &Candidate::first);
  const double total = sum_of(candidates_);
  for (Candidate& each : candidates_) each.second /= total;
  return candidates_;
}

TokenId Sampler::choose(std::span<const float> logits, std::span<const TokenId> history) {
  const auto from = candidates(logits, history);
  if (from.size() == 1) return from.front().first;
  const double coin = random_.uniform();
  double so_far = 0;
  for (const Candidate& each : from) {
    so_far += each.second;
    if (coin < so_far) return each.first;
  }
  return from.back().first;
}

}  // namespace ptetool::llm
