// Operators on images called directly: layouts that the exporter does not write, and calls that must be refused.
#include <cmath>
#include <limits>

#include "ops_call.h"
#include "ptetool/base/threads.h"

using namespace ptetool;
using test::message_of;
using test::OpCall;

namespace {

using Floats = std::vector<float>;
using Longs = std::vector<std::int64_t>;
constexpr auto kFloat = ScalarType::Float;
const DimOrder kLast = {0, 2, 3, 1};

// A convolution of [1, 2, 2, 2] with a 1x1 kernel that adds and subtracts the channels, from memory order `in` to
// memory order `out`.
Floats mixed(DimOrder in, DimOrder out) {
  OpCall call("aten::convolution.out");
  const bool last = !in.empty();
  if (last)
    call.tensor<float>(kFloat, {1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40}, in);
  else
    call.tensor<float>(kFloat, {1, 2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40});
  call.tensor<float>(kFloat, {2, 2, 1, 1}, {1, 1, 1, -1}).tensor<float>(kFloat, {2}, {0, 100});
  call.ints({1, 1}).ints({0, 0}).ints({1, 1}).add(false).ints({0, 0}).add(std::int64_t{1});
  call.out<float>(kFloat, {1, 2, 2, 2}, out);
  REQUIRE_MESSAGE(call.run(), message_of(call.run()));
  return call.elements<float>();
}

// A convolution of ones, all shapes and numbers given.
std::string convolution_problem(const Sizes& input, const Sizes& weight, std::initializer_list<std::int64_t> stride,
                                std::initializer_list<std::int64_t> padding, bool transposed, std::int64_t groups,
                                std::initializer_list<std::int64_t> output_padding = {0}) {
  OpCall call("aten::convolution.out");
  const std::initializer_list<float> ones = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  call.tensor<float>(kFloat, input, ones).tensor<float>(kFloat, weight, ones).add(None{});
  call.ints(stride).ints(padding).ints({1}).add(transposed).ints(output_padding).add(groups);
  call.out<float>(kFloat, {1, 1, 1, 1});
  return message_of(call.run());
}

OpCall max_unpool(std::int64_t index) {
  OpCall call("aten::max_unpool2d.out");
  call.tensor<float>(kFloat, {1, 1, 1, 2}, {5, 7});
  call.tensor<std::int64_t>(ScalarType::Long, {1, 1, 1, 2}, {3, index}).ints({2, 2});
  call.out<float>(kFloat, {1, 1, 2, 2});
  return call;
}

Floats sampled(float x, float y, std::int64_t padding) {
  OpCall call("aten::grid_sampler_2d.out");
  call.tensor<float>(kFloat, {1, 1, 2, 2}, {1, 2, 3, 4}).tensor<float>(kFloat, {1, 1, 1, 2}, {x, y});
  call.add(std::int64_t{0}).add(padding).add(true).out<float>(kFloat, {1, 1, 1, 1});
  REQUIRE(call.run());
  return call.elements<float>();
}

}  // namespace

TEST_CASE("a convolution reads and writes both layouts, mixed too") {
  const Floats planes = {11, 22, 33, 44, 91, 82, 73, 64};
  const Floats pixels = {11, 91, 22, 82, 33, 73, 44, 64};
  CHECK(mixed({}, {}) == planes);
  CHECK(mixed({}, kLast) == pixels);
  CHECK(mixed(kLast, {}) == planes);
  CHECK(mixed(kLast, kLast) == pixels);
}

TEST_CASE("convolutions that do not fit are refused") {
  const std::string name = "aten::convolution.out: ";
  CHECK(convolution_problem({1, 2, 3, 3}, {1, 1, 3, 3}, {1}, {0}, false, 1) ==
        name + "an input of shape [1, 2, 3, 3] and a weight of shape [1, 1, 3, 3] in 1 group");
  CHECK(convolution_problem({1, 1, 3, 3}, {1, 1, 3, 3}, {1}, {0}, false, 0) ==
        name + "an input of shape [1, 1, 3, 3] and a weight of shape [1, 1, 3, 3] in 0 groups");
  CHECK(convolution_problem({1, 1, 2, 2}, {1, 1, 3, 3}, {1}, {0}, false, 1) ==
        name + "a kernel of shape [1, 1, 3, 3] does not fit an input of shape [1, 1, 2, 2]");
  CHECK(convolution_problem({1, 1, 3, 3}, {1, 1, 3, 3}, {0}, {0}, false, 1) ==
        name + "stride [0] has a number below 1");
  CHECK(convolution_problem({1, 1, 3, 3}, {1, 1, 3, 3}, {1}, {-1}, false, 1) ==
        name + "padding [-1] has a number below 0");
  CHECK(convolution_problem({1, 1, 3, 3}, {1, 1, 3, 3}, {1, 1, 1}, {0}, false, 1) ==
        name + "stride [1, 1, 1] for 2 spatial dimensions");
  CHECK(convolution_problem({1, 1, 3, 3}, {1, 1, 3, 3}, {1}, {0}, true, 1, {1}) ==
        name + "output_padding 1 is not below the stride or the dilation");
  CHECK(convolution_problem({1, 1, 1, 1}, {1, 1, 1, 1}, {1}, {std::int64_t{1} << 40}, false, 1) ==
        name + "padding of 1099511627776");
  // The result would be huge: the out says no before anything is allocated.
  CHECK(convolution_problem({1, 1, 1, 1}, {1, 1, 1, 1}, {1}, {std::int64_t{1} << 28}, false, 1)
            .starts_with(name + "the out does not fit the result"));
}

TEST_CASE("max_unpool puts values where indices say, never elsewhere") {
  auto call = max_unpool(0);
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{7, 0, 0, 5});
  CHECK(message_of(max_unpool(4).run()) == "aten::max_unpool2d.out: index 4 into a plane of 4 elements");
  CHECK(message_of(max_unpool(-1).run()) == "aten::max_unpool2d.out: index -1 into a plane of 4 elements");
}

TEST_CASE("a grid may lead anywhere") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(sampled(0, 0, 0) == Floats{2.5f});
  CHECK(sampled(-1, 1, 0) == Floats{3});
  for (const float far : {1e30f, infinity, -infinity, nan}) {
    CHECK(sampled(far, 0, 0) == Floats{0});
    CHECK(std::isfinite(sampled(far, far, 1)[0]));
    sampled(far, far, 2);
  }
}

TEST_CASE("pooling of one plane: windows at the edges, ties, wrong padding") {
  const auto pooled = [](std::initializer_list<std::int64_t> kernel, std::initializer_list<std::int64_t> padding) {
    OpCall call("aten::max_pool2d_with_indices.out");
    call.tensor<float>(kFloat, {1, 1, 2, 3}, {1, 3, 3, 3, 2, 0})
        .ints(kernel)
        .ints({})
        .ints(padding)
        .ints({1})
        .add(false);
    call.out<float>(kFloat, {1, 1, 1, 1}).args().pop_back();
    call.out<std::int64_t>(ScalarType::Long, {1, 1, 1, 1});
    const auto result = call.run();
    return result ? std::to_string(call.elements<std::int64_t>()[0]) : result.error().message;
  };
  CHECK(pooled({2, 3}, {0}) == "1");  // the first of equals
  CHECK(pooled({2, 3}, {1, 2}) == "aten::max_pool2d_with_indices.out: padding 2 is more than half of the kernel of 3");
  CHECK(pooled({3, 3}, {0}) == "aten::max_pool2d_with_indices.out: a kernel of 3 does not fit into a size of 2");
}

TEST_CASE("random samples outside their range do not lead outside the image") {
  for (const float sample : {-5.0f, 7.0f, std::numeric_limits<float>::quiet_NaN()}) {
    OpCall call("aten::fractional_max_pool2d.output");
    call.tensor<float>(kFloat, {1, 1, 4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    call.ints({2, 2}).ints({2, 2}).tensor<float>(kFloat, {1, 1, 2}, {sample, sample});
    call.out<float>(kFloat, {1, 1, 2, 2}).args().pop_back();
    call.out<std::int64_t>(ScalarType::Long, {1, 1, 2, 2});
    REQUIRE(call.run());
    for (const std::int64_t index : call.elements<std::int64_t>()) CHECK((index >= 0 && index < 16));
  }
}

TEST_CASE("padding that an image cannot give is refused") {
  const auto reflected = [](std::initializer_list<std::int64_t> padding) {
    OpCall call("aten::reflection_pad1d.out");
    call.tensor<float>(kFloat, {1, 3}, {1, 2, 3}).ints(padding).out<float>(kFloat, {1, 5});
    const auto result = call.run();
    return result ? call.elements<float>() : Floats{};
  };
  CHECK(reflected({2, 0}) == Floats{3, 2, 1, 2, 3});
  CHECK(reflected({3, -1}).empty());
  CHECK(reflected({-4, 6}).empty());
  CHECK(reflected({std::numeric_limits<std::int64_t>::min(), 2}).empty());

  OpCall crop("aten::constant_pad_nd.out");
  crop.tensor<float>(kFloat, {3}, {1, 2, 3}).ints({std::numeric_limits<std::int64_t>::min(), 2}).add(0.5);
  crop.out<float>(kFloat, {1});
  CHECK(message_of(crop.run()).starts_with("aten::constant_pad_nd.out: pad ["));
}

TEST_CASE("factors for resizing may be nonsense") {
  for (const double factor : {1e-300, 1e300, -3.0, std::numeric_limits<double>::quiet_NaN()}) {
    for (const char* name : {"aten::upsample_bilinear2d.out", "aten::_upsample_bicubic2d_aa.out"}) {
      OpCall call(name);
      call.tensor<std::uint8_t>(ScalarType::Byte, {1, 1, 2, 2}, {1, 2, 3, 4}).ints({3, 3}).add(false);
      call.add(factor).add(factor).out<std::uint8_t>(ScalarType::Byte, {1, 1, 3, 3});
      CHECK_MESSAGE(call.run(), message_of(call.run()));
    }
    OpCall nearest("aten::upsample_nearest2d.out");
    nearest.tensor<float>(kFloat, {1, 1, 2, 2}, {1, 2, 3, 4}).ints({3, 3}).add(factor).add(factor);
    nearest.out<float>(kFloat, {1, 1, 3, 3});
    CHECK(nearest.run());
  }
}
