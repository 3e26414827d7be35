// What export does not reach of distributions, histograms, segments, indefinite factors and gradients of images:
// moments of random numbers, and calls that must be refused before memory is touched.
#include <cmath>
#include <complex>

#include "ops_call.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;

// Mean and variance of 20,000 numbers drawn with the same parameters.
struct Moments {
  double mean = 0, variance = 0;
};
Moments moments(const char* name, std::initializer_list<float> parameters) {
  constexpr std::int64_t kCount = 20000;
  std::vector<float> numbers(kCount);
  OpCall call(name);
  std::vector<std::vector<float>> memory;
  memory.reserve(parameters.size());
  for (const float parameter : parameters) {
    memory.emplace_back(kCount, parameter);
    Tensor tensor = make_tensor(kFloat, Sizes{kCount});
    tensor.data = memory.back().data();
    call.add(tensor);
  }
  call.add(None{});
  call.out<float>(kFloat, Sizes{kCount});
  REQUIRE(call.run());
  Moments result;
  const auto drawn = call.elements<float>();
  for (const double x : drawn) result.mean += x / kCount;
  for (const double x : drawn) result.variance += (x - result.mean) * (x - result.mean) / kCount;
  return result;
}

TEST_CASE("random numbers have the moments of their distributions") {
  for (const float rate : {0.5f, 3.0f, 9.5f, 10.5f, 200.0f, 1e6f}) {
    const auto [mean, variance] = moments("aten::poisson.out", {rate});
    CHECK(std::fabs(mean - rate) < 5 * std::sqrt(rate / 20000));
    CHECK(variance == doctest::Approx(rate).epsilon(0.08));
  }
  for (const auto& [n, p] : {std::pair{5.0f, 0.5f}, {40.0f, 0.1f}, {100.0f, 0.3f}, {1000.0f, 0.9f}, {1e6f, 1e-6f}}) {
    const double expected = double{n} * p, spread = expected * (1 - p);
    const auto [mean, variance] = moments("aten::binomial.out", {n, p});
    CHECK(std::fabs(mean - expected) < 5 * std::sqrt(spread / 20000));
    CHECK(variance == doctest::Approx(spread).epsilon(0.08));
  }
  for (const float shape : {0.25f, 1.0f, 4.0f, 100.0f}) {
    const auto [mean, variance] = moments("aten::_standard_gamma.out", {shape});
    CHECK(std::fabs(mean - shape) < 5 * std::sqrt(shape / 20000));
    CHECK(variance == doctest::Approx(shape).epsilon(0.12));
  }
}

TEST_CASE("shares of a whole add up to it") {
  constexpr std::int64_t kRows = 20000;
  const double shapes[] = {0.5, 2, 5.5};
  std::vector<float> given;
  for (std::int64_t i = 0; i < 3 * kRows; ++i) given.push_back(static_cast<float>(shapes[i % 3]));
  Tensor tensor = make_tensor(kFloat, Sizes{kRows, 3});
  tensor.data = given.data();
  OpCall call("aten::_sample_dirichlet.out");
  call.add(tensor).add(None{}).out<float>(kFloat, Sizes{kRows, 3});
  REQUIRE(call.run());
  const auto drawn = call.elements<float>();
  double means[3] = {};
  for (std::size_t row = 0; row < drawn.size(); row += 3) {
    CHECK(drawn[row] + drawn[row + 1] + drawn[row + 2] == doctest::Approx(1).epsilon(1e-6));
    for (std::size_t i = 0; i < 3; ++i) means[i] += static_cast<double>(drawn[row + i]) / kRows;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const double mean = shapes[i] / 8, variance = mean * (1 - mean) / 9;
    CHECK(std::fabs(means[i] - mean) < 5 * std::sqrt(variance / kRows));
  }
}

TEST_CASE("certain outcomes of distributions") {
  OpCall poisson("aten::poisson.out");
  poisson.tensor<float>(kFloat, {2}, {0, 0}).add(None{}).out<float>(kFloat, {2});
  REQUIRE(poisson.run());
  CHECK(poisson.elements<float>() == std::vector<float>{0, 0});
  OpCall binomial("aten::binomial.out");
  binomial.tensor<float>(kFloat, {3}, {7, 7, 0}).tensor<float>(kFloat, {3}, {0, 1, 0.5f}).add(None{});
  binomial.out<float>(kFloat, {3});
  REQUIRE(binomial.run());
  CHECK(binomial.elements<float>() == std::vector<float>{0, 7, 0});
  OpCall negative("aten::poisson.out");
  negative.tensor<float>(kFloat, {1}, {-1}).add(None{}).out<float>(kFloat, {1});
  CHECK(message_of(negative.run()) == "aten::poisson.out: a rate is negative or not finite");
}

TEST_CASE("complex random numbers are random in both parts") {
  OpCall call("aten::randn.out");
  call.ints({4000}).out<std::complex<float>>(ScalarType::ComplexFloat, {4000});
  REQUIRE(call.run());
  double real = 0, imaginary = 0;
  for (const auto x : call.elements<std::complex<float>>()) {
    real += x.real() * x.real() / 4000;
    imaginary += x.imag() * x.imag() / 4000;
  }
  CHECK(real == doctest::Approx(0.5).epsilon(0.1));
  CHECK(imaginary == doctest::Approx(0.5).epsilon(0.1));
}

TEST_CASE("segments that are not within the data are refused") {
  const auto reduce = [](std::initializer_list<std::int64_t> lengths, bool offsets, bool unsafe) {
    OpCall call("aten::segment_reduce.out");
    call.tensor<float>(kFloat, {4}, {1, 2, 3, 4}).add(std::string_view("sum"));
    if (offsets) call.add(None{});
    const Sizes sizes = {static_cast<std::int64_t>(lengths.size())};
    if (!offsets) call.tensor<std::int64_t>(ScalarType::Long, sizes, lengths);
    call.add(None{});
    if (offsets) call.tensor<std::int64_t>(ScalarType::Long, sizes, lengths);
    if (!offsets) call.add(None{});
    call.add(std::int64_t{0}).add(unsafe).add(None{}).out<float>(kFloat, {2});
    return message_of(call.run());
  };
  CHECK(reduce({1, 3}, false, false) == "");
  CHECK(reduce({1, 2}, false, true) == "");
  CHECK(reduce({1, 2}, false, false) == "aten::segment_reduce.out: the lengths add up to 3 of 4");
  CHECK(reduce({2, 3}, false, true) == "aten::segment_reduce.out: a segment is not within the data");
  CHECK(reduce({-1, 5}, false, true) == "aten::segment_reduce.out: a segment is not within the data");
  CHECK(reduce({5, INT64_MAX}, false, true) == "aten::segment_reduce.out: a segment is not within the data");
  CHECK(reduce({0, 2, 4}, true, false) == "");
  CHECK(reduce({0, 5, 4}, true, false) == "aten::segment_reduce.out: a segment is not within the data");
  CHECK(reduce({-1, 2, 4}, true, false) == "aten::segment_reduce.out: a segment is not within the data");
}

TEST_CASE("pivots of indefinite factors are proved") {
  const auto solve = [](std::initializer_list<std::int32_t> pivots) {
    OpCall call("aten::linalg_ldl_solve.out");
    call.tensor<float>(kFloat, {2, 2}, {2, 0, 1, 4}).tensor<std::int32_t>(ScalarType::Int, {2}, pivots);
    call.tensor<float>(kFloat, {2, 1}, {1, 1}).add(false).out<float>(kFloat, {2, 1});
    return message_of(call.run());
  };
  CHECK(solve({1, 2}) == "");
  CHECK(solve({-2, -2}) == "");
  for (const auto& bad : {std::initializer_list<std::int32_t>{0, 1}, {1, 3}, {1, -2}, {-1, -2}, {1, INT32_MIN}}) {
    CHECK(solve(bad) == "aten::linalg_ldl_solve.out: the pivots are no pivots");
  }
}

TEST_CASE("histograms need bins and a finite range") {
  const auto histogram = [](std::int64_t bins, float last) {
    OpCall call("aten::histogram.bin_ct_out");
    call.tensor<float>(kFloat, {2}, {0, last}).add(bins).add(None{}).add(None{}).add(false);
    call.out<float>(kFloat, {3});
    call.args().pop_back();
    call.out<float>(kFloat, {4});
    return message_of(call.run());
  };
  CHECK(histogram(3, 1) == "");
  CHECK(histogram(0, 1) == "aten::histogram.bin_ct_out: 0 bins");
  CHECK(histogram(INT64_MAX, 1) == "aten::histogram.bin_ct_out: 9223372036854775807 bins");
  CHECK(histogram(3, INFINITY) == "aten::histogram.bin_ct_out: the range is not finite, or empty");
}

TEST_CASE("gradients of images are refused where their shape is another") {
  OpCall resize("aten::upsample_nearest1d_backward.grad_input");
  resize.tensor<float>(kFloat, {1, 1, 3}, {1, 2, 3})
      .ints({4})
      .ints({1, 1, 2})
      .add(None{})
      .out<float>(kFloat, {1, 1, 2});
  CHECK(message_of(resize.run()) ==
        "aten::upsample_nearest1d_backward.grad_input: grad_output of shape [1, 1, 3], expected is [1, 1, 4]");
  OpCall huge("aten::upsample_nearest1d_backward.grad_input");
  huge.tensor<float>(kFloat, {1, 1, 3}, {1, 2, 3}).ints({3}).ints({1, 1, INT64_MAX}).add(None{});
  huge.out<float>(kFloat, {1, 1, 2});
  CHECK_FALSE(huge.run());
  OpCall pad("aten::replication_pad1d_backward.grad_input");
  pad.tensor<float>(kFloat, {1, 3}, {1, 2, 3}).tensor<float>(kFloat, {1, 2}, {1, 2}).ints({1, 1});
  pad.out<float>(kFloat, {1, 2});
  CHECK(message_of(pad.run()) ==
        "aten::replication_pad1d_backward.grad_input: grad_output of shape [1, 3], expected is [1, 4]");
}

TEST_CASE("numbers beyond the range of a dtype are refused as bounds and padding") {
  const auto clamp = [](Value low, Value high) {
    OpCall call("aten::clamp.out");
    call.tensor<std::uint8_t>(ScalarType::Byte, {2}, {1, 200}).add(low).add(high);
    call.out<std::uint8_t>(ScalarType::Byte, {2});
    return std::pair{message_of(call.run()), call.elements<std::uint8_t>()};
  };
  CHECK(clamp(None{}, std::int64_t{300}).first == "aten::clamp.out: the number is beyond the range of uint8");
  // As PyTorch does: -1 is 255.
  CHECK(clamp(std::int64_t{-1}, None{}).second == std::vector<std::uint8_t>{255, 255});
  const auto pad = [](std::int64_t width) {
    OpCall call("aten::constant_pad_nd.out");
    call.tensor<std::uint8_t>(ScalarType::Byte, {2}, {1, 200}).ints({width, 0}).add(std::int64_t{300});
    call.out<std::uint8_t>(ScalarType::Byte, {2 + width});
    return message_of(call.run());
  };
  CHECK(pad(1) == "aten::constant_pad_nd.out: the number is beyond the range of uint8");
  CHECK(pad(0) == "");
}

TEST_CASE("the common divisor of the least number has PyTorch's sign") {
  OpCall call("aten::gcd.out");
  constexpr std::int64_t kLeast = INT64_MIN;
  call.tensor<std::int64_t>(ScalarType::Long, {5}, {kLeast, kLeast, kLeast, 7, 0});
  call.tensor<std::int64_t>(ScalarType::Long, {5}, {3, kLeast, -1, kLeast, kLeast});
  call.out<std::int64_t>(ScalarType::Long, {5});
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{1, kLeast, 1, -1, kLeast});
}

TEST_CASE("the edges of special functions are PyTorch's") {
  const auto of = [](const char* name, double x) {
    OpCall call(name);
    call.tensor<double>(ScalarType::Double, {1}, {x}).out<double>(ScalarType::Double, {1});
    REQUIRE(call.run());
    return call.elements<double>()[0];
  };
  for (const char* name : {"aten::special_bessel_j0.out", "aten::special_bessel_j1.out", "aten::special_bessel_y0.out",
                           "aten::special_bessel_y1.out", "aten::special_airy_ai.out"}) {
    CHECK(std::isnan(of(name, INFINITY)));
  }
  CHECK(of("aten::special_erfcx.out", -3e38) == INFINITY);
}

}  // namespace
