// Kernels called directly: what bundled programs cannot show, because the exporter never writes it or PyTorch refuses
// it.
#include <cmath>
#include <limits>

#include "ops_call.h"

using namespace ptetool;
using namespace ptetool::test;

TEST_CASE("add.Scalar_out takes numbers of every kind") {
  const auto added = [](Value number, Value alpha) {
    OpCall call("aten::add.Scalar_out");
    call.tensor<float>(kFloat, {2}, {1, 2}).add(number).add(alpha).out<float>(kFloat, {2});
    REQUIRE(call.run());
    return call.elements<float>();
  };
  CHECK(added(std::int64_t{3}, std::int64_t{2}) == Floats{7, 8});
  CHECK(added(0.5, std::int64_t{1}) == Floats{1.5f, 2.5f});
  CHECK(added(true, -1.0) == Floats{0, 1});
}

TEST_CASE("integers wrap in the out's width") {
  OpCall call("aten::mul.out");
  call.tensor<std::int8_t>(ScalarType::Char, {3}, {100, -128, 7})
      .tensor<std::int8_t>(ScalarType::Char, {3}, {3, -1, 2});
  call.out<std::int8_t>(ScalarType::Char, {3});
  REQUIRE(call.run());
  CHECK(call.elements<std::int8_t>() == std::vector<std::int8_t>{44, -128, 14});

  OpCall wide("aten::add.out");
  wide.tensor<std::int64_t>(ScalarType::Long, {1}, {std::numeric_limits<std::int64_t>::max()});
  wide.tensor<std::int64_t>(ScalarType::Long, {1}, {1}).add(std::int64_t{1}).out<std::int64_t>(ScalarType::Long, {1});
  REQUIRE(wide.run());
  CHECK(wide.elements<std::int64_t>()[0] == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("integer division by zero is an error, the least integer by -1 wraps") {
  OpCall call("aten::div.out_mode");
  call.tensor<std::int64_t>(ScalarType::Long, {2}, {std::numeric_limits<std::int64_t>::min(), 7});
  call.tensor<std::int64_t>(ScalarType::Long, {2}, {-1, 2}).add(std::string_view("floor"));
  call.out<std::int64_t>(ScalarType::Long, {2});
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>()[0] == std::numeric_limits<std::int64_t>::min());
  std::get<Tensor>(call.values()[1]).as<std::int64_t>()[1] = 0;
  CHECK(message_of(call.run()) == "aten::div.out_mode: an integer is divided by zero");
  call.values()[2] = std::string_view("up");
  CHECK(message_of(call.run()) == "aten::div.out_mode: rounding_mode is neither 'floor' nor 'trunc'");
}

TEST_CASE("an out may be an input, but not change its shape then") {
  OpCall call("aten::add.out");
  call.tensor<float>(kFloat, {2}, {1, 2}).again(0).add(std::int64_t{1}).again(0).again(0);
  REQUIRE(call.run());
  CHECK(std::get<Tensor>(call.values()[0]).as<float>()[1] == 4);

  OpCall grows("aten::add.out");
  grows.tensor<float>(kFloat, {1, 2}, {1, 2, 0, 0}).tensor<float>(kFloat, {2, 2}, {1, 2, 3, 4}).add(std::int64_t{1});
  grows.again(0).again(0);
  auto& self = std::get<Tensor>(grows.values()[0]);
  self.dynamism = Dynamism::Bound;
  self.capacity = 4;
  CHECK(message_of(grows.run()).find("while it is an input as well") != std::string::npos);
}

TEST_CASE("outs that cannot take the result are refused before anything is written") {
  OpCall shape("aten::add.out");
  shape.tensor<float>(kFloat, {2}, {1, 2}).tensor<float>(kFloat, {3}, {1, 2, 3}).add(std::int64_t{1});
  shape.out<float>(kFloat, {3});
  CHECK(message_of(shape.run()) == "aten::add.out: shapes [2] and [3] cannot be broadcast together");

  OpCall memory("aten::neg.out");
  memory.tensor<float>(kFloat, {2}, {1, 2}).out<float>(kFloat, {2});
  std::get<Tensor>(memory.values()[1]).data = nullptr;
  CHECK(message_of(memory.run()) == "aten::neg.out: the out has no memory");

  OpCall dtype("aten::neg.out");
  dtype.tensor<std::uint8_t>(ScalarType::Bool, {1}, {1}).out<std::uint8_t>(ScalarType::Bool, {1});
  CHECK(message_of(dtype.run()) == "aten::neg.out: does not compute in bool");
}

TEST_CASE("operands of different dim orders meet at their coordinates") {
  const DimOrder last = {0, 2, 3, 1};
  OpCall call("aten::sub.out");
  call.tensor<float>(kFloat, {1, 2, 1, 2}, {0, 1, 2, 3}).tensor<float>(kFloat, {1, 2, 1, 2}, {10, 30, 20, 40}, last);
  call.add(std::int64_t{1}).out<float>(kFloat, {1, 2, 1, 2}, last);
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{-10, -28, -19, -37});
}

TEST_CASE("complex numbers are added, multiplied and measured") {
  OpCall call("aten::mul.out");
  call.tensor<float>(ScalarType::ComplexFloat, {1}, {1, 2}).tensor<float>(ScalarType::ComplexFloat, {1}, {3, -1});
  call.tensor<float>(ScalarType::ComplexFloat, {1}, {0, 0}).again(2);
  REQUIRE(call.run());
  CHECK(std::get<Tensor>(call.values()[2]).as<float>()[0] == 5);
  CHECK(std::get<Tensor>(call.values()[2]).as<float>()[1] == 5);

  OpCall magnitude("aten::abs.out");
  magnitude.tensor<float>(ScalarType::ComplexFloat, {1}, {3, 4}).out<float>(kFloat, {1});
  REQUIRE(magnitude.run());
  CHECK(magnitude.elements<float>() == Floats{5});
}

TEST_CASE("mm computes any strides and dtypes, and refuses shapes") {
  OpCall call("aten::mm.out");
  call.tensor<std::int32_t>(ScalarType::Int, {2, 2}, {1, 3, 2, 4}, {1, 0});
  call.tensor<std::int32_t>(ScalarType::Int, {2, 2}, {1, 0, 0, 1}).out<std::int32_t>(ScalarType::Int, {2, 2});
  REQUIRE(call.run());
  CHECK(call.elements<std::int32_t>() == std::vector<std::int32_t>{1, 2, 3, 4});
  std::get<Tensor>(call.values()[1]).sizes = {1, 4};
  CHECK(message_of(call.run()) == "aten::mm.out: shapes [2, 2] and [1, 4] cannot be multiplied");
}

TEST_CASE("float sums do not lose small numbers beside large ones") {
  OpCall call("aten::sum.IntList_out");
  call.tensor<float>(kFloat, {4}, {1e8f, 1, 1, -1e8f}).add(None{}).add(false).add(None{}).out<float>(kFloat, {});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{2});
}

TEST_CASE("embedding refuses indices outside the table") {
  OpCall call("aten::embedding.out");
  call.tensor<float>(kFloat, {2, 1}, {5, 6}).tensor<std::int64_t>(ScalarType::Long, {2}, {1, 0}).add(std::int64_t{-1});
  call.add(false).add(false).out<float>(kFloat, {2, 1});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{6, 5});
  std::get<Tensor>(call.values()[1]).as<std::int64_t>()[0] = 2;
  CHECK(message_of(call.run()) == "aten::embedding.out: index 2 into a table of 2 rows");
  std::get<Tensor>(call.values()[1]).as<std::int64_t>()[0] = -1;
  CHECK(!call.run());
}

TEST_CASE("copy_ writes into its target and returns it") {
  OpCall call("aten::copy_");
  call.tensor<float>(kFloat, {2, 2}, {0, 0, 0, 0}).tensor<std::int32_t>(ScalarType::Int, {2}, {3, 4}).add(false);
  call.add(None{});
  REQUIRE(call.run());
  const auto& self = std::get<Tensor>(call.result());
  CHECK(Floats(self.as<float>(), self.as<float>() + 4) == Floats{3, 4, 3, 4});
}

TEST_CASE("slices clamp their bounds") {
  OpCall call("aten::slice_copy.Tensor_out");
  call.tensor<float>(kFloat, {4}, {1, 2, 3, 4}).add(std::int64_t{0});
  call.add(std::numeric_limits<std::int64_t>::min()).add(std::numeric_limits<std::int64_t>::max());
  call.add(std::numeric_limits<std::int64_t>::max()).out<float>(kFloat, {1});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{1});
  call.values()[4] = std::int64_t{0};
  CHECK(message_of(call.run()) == "aten::slice_copy.Tensor_out: step 0 is not positive");
}

TEST_CASE("memory need not be aligned") {
  OpCall call("aten::neg.out");
  call.tensor<std::uint8_t>(ScalarType::Byte, {8}, {0, 0, 0, 0x80, 0x3f, 0, 0, 0}).out<float>(kFloat, {1});
  auto& self = std::get<Tensor>(call.values()[0]);
  Tensor shifted = make_tensor(kFloat, Sizes{1});
  shifted.data = self.as<std::uint8_t>() + 1;
  call.values()[0] = shifted;
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{-1});
}
