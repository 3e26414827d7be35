// quantized_decomposed called directly: what it refuses, what old releases wrote, and layouts that exports do not have.
#include <limits>

#include "ops_call.h"

using namespace ptetool;
using namespace ptetool::test;

namespace {

constexpr auto kChar = ScalarType::Char;
constexpr auto kLong = ScalarType::Long;

OpCall quantize_to_chars(std::int64_t low, std::int64_t high) {
  OpCall call("quantized_decomposed::quantize_per_tensor.out");
  call.tensor<float>(kFloat, {4}, {-1e30f, 0.5f, 1.5f, std::numeric_limits<float>::quiet_NaN()});
  call.add(1.0).add(std::int64_t{3}).add(low).add(high).add(std::int64_t{1}).out<std::int8_t>(kChar, {4});
  return call;
}

}  // namespace

TEST_CASE("quantising clamps to the range, rounds ties to even and makes zero of NaN") {
  OpCall call = quantize_to_chars(-5, 7);
  REQUIRE(call.run());
  CHECK(call.elements<std::int8_t>() == std::vector<std::int8_t>{-5, 3, 5, 0});
  CHECK(message_of(quantize_to_chars(-129, 7).run()) ==
        "quantized_decomposed::quantize_per_tensor.out: the range from -129 to 7 is none of int8");
  CHECK(message_of(quantize_to_chars(0, 128).run()).find("is none of int8") != std::string::npos);
  CHECK(message_of(quantize_to_chars(3, 2).run()).find("is none of int8") != std::string::npos);
}

TEST_CASE("dequantising accepts the calls of the first release, which have no out_dtype") {
  OpCall call("quantized_decomposed::dequantize_per_tensor.out");
  call.tensor<std::int8_t>(kChar, {2}, {-3, 5}).add(0.5).add(std::int64_t{1}).add(std::int64_t{-128});
  call.add(std::int64_t{127}).add(std::int64_t{1}).out<float>(kFloat, {2});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{-2, 2});
}

TEST_CASE("runs of bytes and single bytes are dequantised alike, whatever lies between them") {
  const auto dequantized = [](std::int64_t axis, DimOrder order) {
    OpCall call("quantized_decomposed::dequantize_per_channel.out");
    std::initializer_list<std::int8_t> q = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    call.tensor<std::int8_t>(kChar, {2, 16}, q, order);
    call.tensor<float>(kFloat, {axis == 0 ? 2 : 16}, {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2});
    call.tensor<std::int64_t>(kLong, {axis == 0 ? 2 : 16}, {0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    call.add(axis).add(std::int64_t{-128}).add(std::int64_t{127}).add(std::int64_t{1}).add(None{});
    call.out<float>(kFloat, {2, 16});
    REQUIRE(call.run());
    return call.elements<float>();
  };
  CHECK(dequantized(0, {})[15] == 15);
  CHECK(dequantized(0, {})[16] == 12);
  CHECK(dequantized(1, {})[17] == 14);
  // [0, 1] lies third in memory.
  CHECK(dequantized(0, {1, 0})[1] == 2);
  CHECK(dequantized(0, {1, 0})[16] == (1 - 10) * 2);
}

TEST_CASE("parameters that do not fit the input are refused") {
  OpCall call("quantized_decomposed::quantize_per_channel.out");
  call.tensor<float>(kFloat, {2, 3}, {0, 0, 0, 0, 0, 0}).tensor<double>(ScalarType::Double, {3}, {1, 1, 1});
  call.tensor<std::int64_t>(kLong, {3}, {0, 0, 0}).add(std::int64_t{0}).add(std::int64_t{-128}).add(std::int64_t{127});
  call.add(std::int64_t{1}).out<std::int8_t>(kChar, {2, 3});
  CHECK(message_of(call.run()) ==
        "quantized_decomposed::quantize_per_channel.out: parameters of shape [3] for dimension 0 of an input of shape "
        "[2, 3]");
  call.values()[3] = std::int64_t{2};
  CHECK(message_of(call.run()).find("dimension 2 of a tensor of rank 2") != std::string::npos);
  call.values()[3] = std::int64_t{-1};
  CHECK(call.run());
}

TEST_CASE("nothing is chosen from nothing") {
  OpCall call("quantized_decomposed::choose_qparams.Tensor_out");
  call.tensor<float>(kFloat, {0}, {}).add(std::int64_t{-128}).add(std::int64_t{127}).add(0.0).add(std::int64_t{1});
  call.tensor<double>(ScalarType::Double, {1}, {0}).tensor<std::int64_t>(kLong, {1}, {0}).again(5);
  CHECK(message_of(call.run()).find("the input is empty") != std::string::npos);
}

TEST_CASE("packed embeddings refuse indices, groups and dtypes that do not fit") {
  OpCall call("quantized_decomposed::embedding_4bit.out");
  call.tensor<std::uint8_t>(ScalarType::Byte, {2, 2}, {0x80, 0x9f, 0, 0}).tensor<float>(kFloat, {2, 2}, {1, 2, 1, 1});
  call.add(None{}).add(std::int64_t{-8}).add(std::int64_t{7}).tensor<std::int64_t>(kLong, {1}, {0});
  call.out<float>(kFloat, {1, 4});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{0, -8, 2, 14});
  std::get<Tensor>(call.values()[5]).as<std::int64_t>()[0] = -1;
  CHECK(message_of(call.run()) == "quantized_decomposed::embedding_4bit.out: index -1 into a table of 2 rows");
  std::get<Tensor>(call.values()[1]).sizes = {2, 3};
  CHECK(message_of(call.run()).find("has scales of shape [2, 3]") != std::string::npos);
  std::get<Tensor>(call.values()[0]).dtype = kChar;
  CHECK(message_of(call.run()).find("does not compute in int8") != std::string::npos);
}

TEST_CASE("products with int8 have no zero points") {
  OpCall call("quantized_decomposed::mixed_mm.out");
  call.tensor<float>(kFloat, {1, 2}, {1, 2}).tensor<std::int8_t>(kChar, {2, 2}, {1, -1, 3, 5});
  call.tensor<float>(kFloat, {2}, {0.5f, 2}).add(None{}).out<float>(kFloat, {1, 2});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{12.5f, 19.5f});
  call.values()[3] = call.values()[2];
  CHECK(message_of(call.run()) == "quantized_decomposed::mixed_mm.out: computes without zero points only");
}
