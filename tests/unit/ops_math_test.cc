// Mathematical kernels called directly: what the exporter never writes.
#include <cmath>
#include <limits>

#include "ops_call.h"

using namespace ptetool;
using namespace ptetool::test;

TEST_CASE("allclose compares relative to the second tensor") {
  const auto close = [](float a, float b, bool equal_nan) {
    OpCall call("aten::allclose.out");
    call.tensor<float>(kFloat, {2}, {1, a}).tensor<float>(kFloat, {2}, {1, b}).add(0.1).add(0.0).add(equal_nan);
    call.add(false).out<std::uint8_t>(ScalarType::Bool, {1});
    REQUIRE(call.run());
    return call.elements<std::uint8_t>()[0] == 1;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(close(10, 11, false));
  CHECK_FALSE(close(10, 12, false));
  CHECK_FALSE(close(1, INFINITY, false));
  CHECK(close(INFINITY, INFINITY, false));
  CHECK_FALSE(close(nan, nan, false));
  CHECK(close(nan, nan, true));
}

void check_batch_norm(std::string_view name, bool constants) {
  OpCall call(name);
  call.tensor<float>(kFloat, {2, 1}, {1, 3}).add(None{}).add(None{});
  call.tensor<float>(kFloat, {1}, {0}).tensor<float>(kFloat, {1}, {1}).add(true).add(0.5).add(0.0);
  call.tensor<float>(kFloat, {2, 1}, {0, 0}).tensor<float>(kFloat, {1}, {0}).tensor<float>(kFloat, {1}, {0});
  call.again(8);
  for (const std::size_t running : {3, 4}) std::get<Tensor>(call.values()[running]).read_only = constants;
  REQUIRE_MESSAGE(call.run(), message_of(call.run()));
  const auto* out = std::get<Tensor>(call.values()[8]).as<float>();
  CHECK(out[0] == -1);
  CHECK(out[1] == 1);
  CHECK(std::get<Tensor>(call.values()[3]).as<float>()[0] == (constants ? 0 : 1));
  CHECK(std::get<Tensor>(call.values()[4]).as<float>()[0] == (constants ? 1 : 1.5f));
  CHECK(std::get<Tensor>(call.values()[9]).as<float>()[0] == 2);
  CHECK(std::get<Tensor>(call.values()[10]).as<float>()[0] == 1);
}

TEST_CASE("batch normalisation in training uses the batch, and moves the running statistics") {
  check_batch_norm("aten::_native_batch_norm_legit.out", false);
  check_batch_norm("aten::native_batch_norm.out", false);
}

TEST_CASE("batch normalisation of the older form leaves running statistics alone that are constants") {
  check_batch_norm("aten::native_batch_norm.out", true);
}

TEST_CASE("dropout drops about p of the elements, and scales the others") {
  OpCall call("aten::native_dropout.out");
  call.tensor<float>(kFloat, {8, 2}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).add(0.5).add(true);
  call.tensor<float>(kFloat, {8, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  call.out<std::uint8_t>(ScalarType::Bool, {8, 2});
  REQUIRE(call.run());
  const auto* out = std::get<Tensor>(call.values()[3]).as<float>();
  const auto mask = call.elements<std::uint8_t>();
  for (std::size_t i = 0; i < mask.size(); ++i) CHECK(out[i] == (mask[i] != 0 ? 2.0f : 0.0f));
  call.values()[1] = 1.5;
  CHECK(message_of(call.run()) == "aten::native_dropout.out: p is no probability");
}

TEST_CASE("what kernels of lines and groups refuse") {
  OpCall norm("aten::native_layer_norm.out");
  norm.tensor<float>(kFloat, {2, 2}, {1, 2, 3, 4}).ints({3}).add(None{}).add(None{}).add(1e-5);
  norm.out<float>(kFloat, {2, 2}).out<float>(kFloat, {2, 1}).out<float>(kFloat, {2, 1});
  norm.args().erase(norm.args().end() - 2);
  norm.args().erase(norm.args().end() - 3);
  CHECK_FALSE(norm.run());

  OpCall empty("aten::amax.out");
  empty.tensor<float>(kFloat, {0}, {}).ints({}).add(false).out<float>(kFloat, {});
  CHECK(message_of(empty.run()) == "aten::amax.out: there is no extreme of no elements");

  OpCall rest("aten::remainder.Scalar_out");
  rest.tensor<std::int64_t>(ScalarType::Long, {1}, {std::numeric_limits<std::int64_t>::min()}).add(std::int64_t{-1});
  rest.out<std::int64_t>(ScalarType::Long, {1});
  REQUIRE(rest.run());
  CHECK(rest.elements<std::int64_t>()[0] == 0);
  rest.values()[1] = std::int64_t{0};
  CHECK(message_of(rest.run()) == "aten::remainder.Scalar_out: an integer is divided by zero");
}
