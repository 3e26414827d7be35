// Operators that no program of the release at hand calls, but those of earlier or later ones: names of today's kernels,
// and what takes the place of the exporter's answer is the formula.
#include <array>
#include <cmath>
#include <complex>
#include <random>

#include "ops_call.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;

std::vector<float> numbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> result(count);
  for (float& each : result) each = static_cast<float>(random()) / 2147483648.0f - 1;
  return result;
}
Tensor over(std::vector<float>& memory, const Sizes& sizes) {
  Tensor tensor = make_tensor(kFloat, sizes);
  tensor.data = memory.data();
  return tensor;
}

TEST_CASE("copies between host and device, and those of fallbacks, are copies") {
  for (const char* name : {"et_copy::_h2d_copy.out", "et_copy::_d2h_copy.out", "llama::fallback.out", "aten::lift.out",
                           "aten::lift_fresh_copy.out"}) {
    OpCall call(name);
    call.tensor<float>(kFloat, {2, 3}, {1, -0.0f, 3, INFINITY, 5, -6}).out<float>(kFloat, {2, 3});
    REQUIRE_MESSAGE(call.run(), name);
    CHECK(call.elements<float>() == std::vector<float>{1, -0.0f, 3, INFINITY, 5, -6});
    CHECK(std::signbit(call.elements<float>()[1]));
  }
}

TEST_CASE("conjugates and zeros under the names that exporters replace") {
  using Number = std::complex<float>;
  OpCall conjugate("aten::conj_physical.out");
  conjugate.tensor<Number>(ScalarType::ComplexFloat, {2}, {{1, 2}, {-3, -4}})
      .out<Number>(ScalarType::ComplexFloat, {2});
  REQUIRE(conjugate.run());
  CHECK(conjugate.elements<Number>() == std::vector<Number>{{1, -2}, {-3, 4}});
  OpCall zeros("aten::_efficientzerotensor.out");
  zeros.ints({2, 1}).tensor<float>(kFloat, {2, 1}, {5, 6}).again(zeros.values().size() - 1);
  REQUIRE(zeros.run());
  const auto& out = std::get<Tensor>(zeros.result());
  CHECK((out.as<float>()[0] == 0 && out.as<float>()[1] == 0));
}

TEST_CASE("a mask scales what it keeps") {
  OpCall call("aten::_masked_scale.out");
  call.tensor<float>(kFloat, {5}, {1, 2, -3, 4, NAN}).tensor<std::uint8_t>(ScalarType::Byte, {5}, {1, 0, 1, 0, 1});
  call.add(2.5).out<float>(kFloat, {5});
  REQUIRE(call.run());
  const auto got = call.elements<float>();
  CHECK(got[0] == 2.5f);
  CHECK(got[1] == 0.0f);
  CHECK(got[2] == -7.5f);
  CHECK(got[3] == 0.0f);
  CHECK(std::isnan(got[4]));
}

TEST_CASE("attention with heads before positions") {
  constexpr std::int64_t kHeads = 2, kQueries = 3, kKeys = 4, kSize = 5;
  auto query = numbers(kHeads * kQueries * kSize, 1);
  auto key = numbers(kHeads * kKeys * kSize, 2), value = numbers(kHeads * kKeys * kSize, 3);
  for (const bool causal : {false, true}) {
    OpCall call("llama::sdpa.out");
    call.add(over(query, {1, kHeads, kQueries, kSize})).add(over(key, {1, kHeads, kKeys, kSize}));
    call.add(over(value, {1, kHeads, kKeys, kSize})).add(None{}).add(0.0).add(causal).add(0.75);
    call.out<float>(kFloat, {1, kHeads, kQueries, kSize});
    REQUIRE(call.run());
    const auto got = call.elements<float>();
    for (std::int64_t row = 0; row < kHeads * kQueries; ++row) {
      const std::int64_t head = row / kQueries, keys = causal ? row % kQueries + 1 : kKeys;
      const auto at = [](const std::vector<float>& from, std::int64_t r, std::int64_t i) {
        return static_cast<double>(from[static_cast<std::size_t>(r * kSize + i)]);
      };
      std::array<double, kSize> wanted{};
      double total = 0;
      for (std::int64_t k = 0; k < keys; ++k) {
        double score = 0;
        for (std::int64_t i = 0; i < kSize; ++i) score += at(query, row, i) * at(key, head * kKeys + k, i);
        const double weight = std::exp(score * 0.75);
        total += weight;
        for (std::int64_t i = 0; i < kSize; ++i) {
          wanted[static_cast<std::size_t>(i)] += weight * at(value, head * kKeys + k, i);
        }
      }
      for (std::int64_t i = 0; i < kSize; ++i) {
        CHECK(at(got, row, i) == doctest::Approx(wanted[static_cast<std::size_t>(i)] / total).epsilon(1e-5));
      }
    }
  }
}

// The gated delta rule, whose name lost a word after the release 1.4.
TEST_CASE("a rule computes the same under both its names") {
  constexpr std::int64_t kHeads = 2, kTokens = 3, kKeys = 4, kValues = 5;
  auto query = numbers(kHeads * kTokens * kKeys, 1), key = numbers(kHeads * kTokens * kKeys, 2);
  auto value = numbers(kHeads * kTokens * kValues, 3), beta = numbers(kHeads * kTokens, 5);
  auto decay = numbers(kHeads * kTokens * kKeys, 4), state = numbers(kHeads * kKeys * kValues, 6);
  const auto run = [&](const char* name) {
    std::vector<float> out(kHeads * kTokens * kValues), final_state(state.size());
    OpCall call(name);
    call.add(over(query, {1, kHeads, kTokens, kKeys})).add(over(key, {1, kHeads, kTokens, kKeys}));
    call.add(over(value, {1, kHeads, kTokens, kValues})).add(over(decay, {1, kHeads, kTokens, kKeys}));
    call.add(over(beta, {1, kHeads, kTokens})).add(over(state, {1, kHeads, kKeys, kValues}));
    call.add(over(out, {1, kHeads, kTokens, kValues})).add(over(final_state, {1, kHeads, kKeys, kValues})).again(6);
    const auto done = call.run();
    REQUIRE_MESSAGE(done, test::message_of(done));
    out.insert(out.end(), final_state.begin(), final_state.end());
    return out;
  };
  CHECK(run("llama::gated_delta_rule.out") == run("llama::channelwise_gated_delta_rule.out"));
}

}  // namespace
