// Rows of logits are compared by first choice, Kullback-Leibler divergence and error.
#include "ptetool/llm/score.h"

#include <doctest/doctest.h>

#include <cmath>

namespace {

using namespace ptetool;

TEST_CASE("two rows are as far apart as the definitions say") {
  llm::LogitComparison comparison{.rtol = 0.1, .atol = 0.2};
  const float one[] = {std::log(0.5f), std::log(0.25f), std::log(0.25f)};
  const float shifted[] = {one[0] + 3, one[1] + 3, one[2] + 3};  // the same probabilities
  REQUIRE(comparison.add(one, one));
  REQUIRE(comparison.add(one, shifted));
  CHECK(comparison.divergence_max == doctest::Approx(0).epsilon(1e-6));
  CHECK(comparison.max_error == doctest::Approx(3));
  CHECK(comparison.beyond == 1);
  CHECK(!comparison.first_different);
  const float other[] = {std::log(0.25f), std::log(0.5f), std::log(0.25f)};
  REQUIRE(comparison.add(one, other));
  const double divergence = 0.5 * std::log(2.0) - 0.25 * std::log(2.0);
  CHECK(comparison.divergence_max == doctest::Approx(divergence));
  CHECK(comparison.mean_divergence() == doctest::Approx(divergence / 3));
  CHECK(comparison.rows == 3);
  CHECK(comparison.agree == 2);
  CHECK(comparison.first_different == 2);
  const float near[] = {one[0] + 0.3f, one[1], one[2]};  // 0.2 + 0.1 * 1.386 are allowed
  REQUIRE(comparison.add(one, near));
  CHECK(comparison.beyond == 2);
  const float short_row[] = {1, 2};
  CHECK(comparison.add(one, short_row).error().code == ErrorCode::Mismatch);
}

}  // namespace
