// Random tensors: the right distribution, and nothing outside of it.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
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

// kMany times the same number, as self of an operator that takes its shape or its parameter from it.
struct Same {
  explicit Same(double x) : numbers(kMany, x), tensor(make_tensor(ScalarType::Double, Sizes{kMany}.span())) {
    tensor.data = numbers.data();
  }
  std::vector<double> numbers;
  Tensor tensor;
};

TEST_CASE("distributions of the shape of a tensor") {
  using Prepare = std::function<void(test::OpCall&)>;
  struct Distribution {
    const char* name;
    Prepare more;  // what follows self
    double mean, deviation, low, high;
  };
  const auto numbers = [](std::initializer_list<Value> values) {
    return [values = std::vector<Value>(values)](test::OpCall& call) {
      for (const Value& value : values) call.add(value);
    };
  };
  constexpr double kFar = std::numeric_limits<double>::infinity();
  const None none{};
  const std::int64_t low = -3, high = 5;
  const double e = std::exp(0.5 * 0.25 * 0.25);
  Same blank(0);
  const Distribution distributions[] = {
      {"aten::rand_like.out", numbers({none}), 0.5, std::sqrt(1.0 / 12), 0, 1},
      {"aten::rand_like.generator_out", numbers({none, none}), 0.5, std::sqrt(1.0 / 12), 0, 1},
      {"aten::randn_like.out", numbers({none}), 0, 1, -kFar, kFar},
      {"aten::randn_like.generator_out", numbers({none, none}), 0, 1, -kFar, kFar},
      {"aten::randint_like.out", numbers({high, none}), 2, std::sqrt(2.0), 0, 4},
      {"aten::randint_like.generator_out", numbers({high, none, none}), 2, std::sqrt(2.0), 0, 4},
      {"aten::randint_like.low_dtype_out", numbers({low, high, none}), 0.5, std::sqrt(63.0 / 12), -3, 4},
      {"aten::randint_like.low_generator_dtype_out", numbers({low, high, none, none}), 0.5, std::sqrt(63.0 / 12), -3,
       4},
      {"aten::uniform.out", numbers({-1.0, 3.0, none}), 1, 4 / std::sqrt(12.0), -1, 3},
      {"aten::log_normal.out", numbers({0.0, 0.25, none}), e, e * std::sqrt(std::expm1(0.0625)), 0, kFar},
      {"aten::exponential.out", numbers({2.0, none}), 0.5, 0.5, 0, kFar},
      {"aten::geometric.out", numbers({0.25, none}), 4, std::sqrt(12.0), 1, kFar},
  };
  for (const Distribution& each : distributions) {
    const auto found = moments(drawn<double>(each.name, ScalarType::Double, [&](test::OpCall& call) {
      call.add(blank.tensor);
      each.more(call);
    }));
    CHECK_MESSAGE(std::fabs(found.mean - each.mean) < 0.03 * each.deviation,
                  each.name << " has the mean " << found.mean);
    CHECK_MESSAGE(found.deviation == doctest::Approx(each.deviation).epsilon(0.05), each.name);
    CHECK_MESSAGE(found.low >= each.low, each.name);
    CHECK_MESSAGE(found.high <= each.high, each.name);
  }
}

TEST_CASE("normal takes means and deviations as numbers and as tensors") {
  Same mean(2), deviation(0.5);
  const auto check = [](const char* name, std::initializer_list<Value> arguments) {
    const auto found = moments(drawn<double>(name, ScalarType::Double, [&](test::OpCall& call) {
      for (const Value& each : arguments) call.add(each);
    }));
    CHECK_MESSAGE(found.mean == near(2), name);
    CHECK_MESSAGE(found.deviation == near(0.5), name);
  };
  check("aten::normal.Tensor_Tensor_out", {mean.tensor, deviation.tensor, None{}});
  check("aten::normal.Tensor_float_out", {mean.tensor, 0.5, None{}});
  check("aten::normal.float_Tensor_out", {2.0, deviation.tensor, None{}});
  const auto numbers =
      moments(drawn<double>("aten::normal.float_float_out", ScalarType::Double,
                            [](test::OpCall& call) { call.add(2.0).add(0.5).ints({kMany}).add(None{}); }));
  CHECK(numbers.mean == near(2));
  CHECK(numbers.deviation == near(0.5));
}

TEST_CASE("bernoulli takes its probabilities from self, or from another tensor") {
  Same often(0.75), blank(0);
  const auto own = moments(drawn<double>("aten::bernoulli.out", ScalarType::Double,
                                         [&](test::OpCall& call) { call.add(often.tensor).add(None{}); }));
  const auto other = moments(drawn<double>("aten::bernoulli.Tensor_out", ScalarType::Double, [&](test::OpCall& call) {
    call.add(blank.tensor).add(often.tensor).add(None{});
  }));
  for (const Moments& found : {own, other}) {
    CHECK(found.mean == near(0.75));
    CHECK(found.low == 0);
    CHECK(found.high == 1);
  }
}

TEST_CASE("cauchy has its quartiles one sigma from its median") {
  Same blank(0);
  auto numbers = drawn<double>("aten::cauchy.out", ScalarType::Double,
                               [&](test::OpCall& call) { call.add(blank.tensor).add(1.0).add(0.5).add(None{}); });
  std::ranges::sort(numbers);
  CHECK(numbers[kMany / 4] == doctest::Approx(0.5).epsilon(0.1));
  CHECK(numbers[kMany / 2] == doctest::Approx(1).epsilon(0.1));
  CHECK(numbers[kMany * 3 / 4] == doctest::Approx(1.5).epsilon(0.1));
}

TEST_CASE("the forms that name a generator draw the same distributions") {
  const auto shape = [](test::OpCall& call) { call.ints({kMany}).add(None{}); };
  CHECK(moments(drawn<double>("aten::rand.generator_out", ScalarType::Double, shape)).mean == near(0.5));
  CHECK(moments(drawn<double>("aten::randn.generator_out", ScalarType::Double, shape)).deviation == near(1));
  const std::int64_t low = -3, high = 5;
  for (const char* name : {"aten::randint.out", "aten::randint.generator_out", "aten::randint.low_generator_out"}) {
    const std::string_view form(name);
    const bool has_low = form.find("low") != form.npos;
    const auto found = moments(drawn<std::int64_t>(form, ScalarType::Long, [&](test::OpCall& call) {
      if (has_low) call.add(low);
      call.add(high).ints({kMany});
      if (form.find("generator") != form.npos) call.add(None{});
    }));
    CHECK_MESSAGE(found.low == (has_low ? -3 : 0), name);
    CHECK_MESSAGE(found.high == 4, name);
  }
  test::OpCall order("aten::randperm.generator_out");
  order.add(std::int64_t{100}).add(None{}).out<std::int64_t>(ScalarType::Long, {100});
  REQUIRE(order.run());
  const auto places = order.elements<std::int64_t>();
  CHECK(std::set<std::int64_t>(places.begin(), places.end()).size() == 100);
}

}  // namespace
