// Random tensors: the right distribution, and nothing outside of it.
#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "ops_call.h"

namespace {

using namespace ptetool;

constexpr std::int64_t kMany = 20000;

// The elements of an operator's out of kMany elements, after the arguments that `prepare` adds.
template <class T, class F>
std::vector<T> drawn(std::string_view name, ScalarType dtype, const F& prepare) {
  test::OpCall call(name);
  prepare(call);
  call.out<T>(dtype, {kMany});
  REQUIRE_MESSAGE(call.run(), name);
  return call.elements<T>();
}

struct Moments {
  double mean = 0, deviation = 0, low = 0, high = 0;
};
template <class T>
Moments moments(const std::vector<T>& numbers) {
  Moments result;
  for (const T x : numbers) result.mean += static_cast<double>(x);
  result.mean /= static_cast<double>(numbers.size());
  for (const T x : numbers)
    result.deviation += (static_cast<double>(x) - result.mean) * (static_cast<double>(x) - result.mean);
  result.deviation = std::sqrt(result.deviation / static_cast<double>(numbers.size()));
  result.low = static_cast<double>(*std::ranges::min_element(numbers));
  result.high = static_cast<double>(*std::ranges::max_element(numbers));
  return result;
}

const auto kShape = [](test::OpCall& call) { call.ints({kMany}); };
const auto near = [](double x) { return doctest::Approx(x).epsilon(0.03); };

TEST_CASE("rand is uniform on [0, 1), randn normal") {
  const auto uniform = moments(drawn<float>("aten::rand.out", ScalarType::Float, kShape));
  CHECK(uniform.mean == near(0.5));
  CHECK(uniform.deviation == near(std::sqrt(1.0 / 12)));
  CHECK(uniform.low >= 0);
  CHECK(uniform.high < 1);
  const auto normal = moments(drawn<double>("aten::randn.out", ScalarType::Double, kShape));
  CHECK(std::fabs(normal.mean) < 0.03);
  CHECK(normal.deviation == near(1));
  CHECK(normal.high > 3);
}

TEST_CASE("every call draws other numbers") {
  CHECK(drawn<float>("aten::rand.out", ScalarType::Float, kShape) !=
        drawn<float>("aten::rand.out", ScalarType::Float, kShape));
}

TEST_CASE("randint stays in its range and reaches its ends") {
  const auto numbers = drawn<std::int64_t>("aten::randint.low_out", ScalarType::Long, [](test::OpCall& call) {
    call.add(std::int64_t{-3}).add(std::int64_t{5}).ints({kMany});
  });
  const auto found = moments(numbers);
  CHECK(found.low == -3);
  CHECK(found.high == 4);
  CHECK(found.mean == near(0.5));
}

TEST_CASE("randperm is a permutation") {
  test::OpCall call("aten::randperm.out");
  call.add(std::int64_t{100}).out<std::int64_t>(ScalarType::Long, {100});
  REQUIRE(call.run());
  const auto order = call.elements<std::int64_t>();
  CHECK(std::set<std::int64_t>(order.begin(), order.end()).size() == 100);
  CHECK(!std::ranges::is_sorted(order));
}

TEST_CASE("multinomial draws in proportion, without replacement each once") {
  test::OpCall call("aten::multinomial.out");
  call.tensor<float>(ScalarType::Float, {4}, {1, 0, 2, 1}).add(kMany).add(true).add(None{});
  call.out<std::int64_t>(ScalarType::Long, {kMany});
  REQUIRE(call.run());
  const auto drawn = call.elements<std::int64_t>();
  CHECK(std::ranges::count(drawn, 1) == 0);
  CHECK(static_cast<double>(std::ranges::count(drawn, 2)) == near(kMany / 2));

  test::OpCall once("aten::multinomial.out");
  once.tensor<float>(ScalarType::Float, {4}, {1, 0, 2, 1}).add(std::int64_t{3}).add(false).add(None{});
  once.out<std::int64_t>(ScalarType::Long, {3});
  REQUIRE(once.run());
  auto all = once.elements<std::int64_t>();
  std::ranges::sort(all);
  CHECK(all == std::vector<std::int64_t>{0, 2, 3});

  test::OpCall many("aten::multinomial.out");
  many.tensor<float>(ScalarType::Float, {4}, {1, 0, 2, 1}).add(std::int64_t{4}).add(false).add(None{});
  many.out<std::int64_t>(ScalarType::Long, {4});
  CHECK(test::message_of(many.run()).find("too few weights") != std::string::npos);
}

}  // namespace
