// Tokens are chosen as transformers would: which ones may be, with which probability, and how often that happens.
#include "ptetool/llm/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ptetool/base/file.h"
#include "ptetool/tensor/npz.h"

namespace {

using namespace ptetool;
using llm::Sampler;
using llm::SamplingOptions;
using llm::TokenId;

const OwnedTensor& array(const std::vector<NamedArray>& arrays, std::string_view name) {
  for (const NamedArray& each : arrays) {
    if (each.name == name) return each.array;
  }
  FAIL("no array " << name);
  return arrays.front().array;
}

template <class T>
std::span<const T> row_of(const OwnedTensor& all, std::size_t row) {
  const auto width = static_cast<std::size_t>(all.tensor.sizes[1]);
  return {all.tensor.as<T>() + row * width, width};
}

TEST_CASE("the tokens that may be drawn, and their probabilities, are those of transformers") {
  const auto file = File::open(PTETOOL_SOURCE_DIR "/testdata/llm/sampling.npz");
  REQUIRE(file);
  const auto arrays = read_npz((*file)->bytes(), "sampling.npz");
  REQUIRE(arrays);
  const auto& logits = array(*arrays, "logits");
  const auto rows = static_cast<std::size_t>(logits.tensor.sizes[0]);
  CHECK(rows == 108);
  for (std::size_t r = 0; r < rows; ++r) {
    CAPTURE(r);
    const auto numbers = row_of<double>(array(*arrays, "options"), r);
    Sampler sampler({.repetition_penalty = numbers[0],
                     .temperature = numbers[1],
                     .top_k = static_cast<std::uint64_t>(numbers[2]),
                     .top_p = numbers[3],
                     .min_p = numbers[4]});
    const auto expected = row_of<double>(array(*arrays, "probabilities"), r);
    std::vector<double> actual(expected.size());
    const auto history = row_of<std::int64_t>(array(*arrays, "history"), r);
    for (const auto& [token, share] : sampler.candidates(row_of<float>(logits, r), history)) {
      actual[static_cast<std::size_t>(token)] = share;
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK((actual[i] == 0) == (expected[i] == 0));
      CHECK(actual[i] == doctest::Approx(expected[i]).epsilon(2e-6));
    }
  }
}

TEST_CASE("tokens are drawn as often as they are probable, and the same ones for the same seed") {
  const float logits[] = {0, std::log(2.0f), std::log(5.0f)};
  Sampler sampler({.temperature = 1, .seed = 3});
  Sampler again({.temperature = 1, .seed = 3});
  std::vector<int> counts(3);
  for (int i = 0; i < 8000; ++i) {
    const TokenId token = sampler.choose(logits, {});
    CHECK(token == again.choose(logits, {}));
    ++counts[static_cast<std::size_t>(token)];
  }
  CHECK(counts[0] == doctest::Approx(1000).epsilon(0.1));
  CHECK(counts[1] == doctest::Approx(2000).epsilon(0.1));
  CHECK(counts[2] == doctest::Approx(5000).epsilon(0.1));
}

TEST_CASE("the first tokens of a seed are fixed for all time") {
  std::vector<float> logits(1000);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i % 7);
  Sampler sampler({.temperature = 0.8, .top_k = 40, .top_p = 0.95, .seed = 42});
  // SplitMix64 by its definition: 40 candidates 6, 13, … 279 of which the first 38 are kept; floor(coin * 38).
  std::uint64_t state = 42;
  for (int i = 0; i < 6; ++i) {
    state += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    const double coin = static_cast<double>(z >> 11) * 0x1p-53;
    CHECK(sampler.choose(logits, {}) == 6 + 7 * static_cast<TokenId>(coin * 38));
  }
}

TEST_CASE("the largest logit wins at temperature 0, the lowest id among equals, and NaN never") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const float some[] = {nan, 2, 5, 5, nan, 1};
  CHECK(Sampler({}).choose(some, {}) == 2);
  CHECK(Sampler({.temperature = 1, .top_k = 1}).choose(some, {}) == 2);
  const float endless[] = {1, infinity, infinity};
  CHECK(Sampler({.temperature = 1}).choose(endless, {}) == 1);
  const float nothing[] = {nan, nan};
  CHECK(Sampler({.temperature = 1}).choose(nothing, {}) == 0);
  const float closed[] = {-infinity, -infinity, -3};
  CHECK(Sampler({.temperature = 1}).choose(closed, {}) == 2);
}

TEST_CASE("a penalty takes a token's lead, once however often it was there") {
  const float logits[] = {4, 3, -1};
  const TokenId history[] = {0, 0, 2, 2, 77};
  CHECK(Sampler({.repetition_penalty = 1.5}).choose(logits, history) == 1);
  Sampler drawing({.repetition_penalty = 2, .temperature = 1});
  const auto from = drawing.candidates(logits, history);
  const double total = std::exp(2.0) + std::exp(3.0) + std::exp(-2.0);
  CHECK(from[0].second == doctest::Approx(std::exp(2.0) / total));
  CHECK(from[2].second == doctest::Approx(std::exp(-2.0) / total));
}

TEST_CASE("log-probabilities are those of a log-softmax") {
  const float logits[] = {1.5f, -0.5f, 80, 79};
  const double total = std::log(1 + std::exp(-1.0) + std::exp(-78.5) + std::exp(-80.5));
  CHECK(llm::log_probability(logits, 2) == doctest::Approx(-total));
  CHECK(llm::log_probability(logits, 0) == doctest::Approx(-78.5 - total));
}

TEST_CASE("sampling options that mean nothing are refused") {
  CHECK(llm::check_sampling({}));
  CHECK(!llm::check_sampling({.top_p = 1.5}));
  CHECK(!llm::check_sampling({.min_p = 2}));
  CHECK(!llm::check_sampling({.repetition_penalty = 0}));
}

}  // namespace
