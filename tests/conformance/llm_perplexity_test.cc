// Perplexity of texts and the comparison of two models, as they follow from the logits.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "conformance/llm_files.h"
#include "ptetool/llm/score.h"

namespace {

using namespace ptetool;
using namespace ptetool::llm_test;

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

}  // namespace
