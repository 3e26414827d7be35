// Windows, repetitions and order with arguments that no exporter writes.
#include <cmath>
#include <limits>

#include "ops_call.h"

namespace {

using namespace ptetool;
using test::message_of;
using test::OpCall;
using enum ScalarType;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

OpCall strided(std::initializer_list<std::int64_t> sizes, std::initializer_list<std::int64_t> strides,
               std::int64_t offset, const Sizes& out) {
  OpCall call("aten::as_strided_copy.out");
  call.tensor<float>(Float, {2, 3}, {1, 2, 3, 4, 5, 6}).ints(sizes).ints(strides).add(offset).out<float>(Float, out);
  return call;
}

TEST_CASE("as_strided_copy stays within the tensor") {
  CHECK_FALSE(strided({2}, {5}, 1, {2}).run());
  CHECK_FALSE(strided({2}, {1}, -1, {2}).run());
  CHECK_FALSE(strided({2}, {-1}, 3, {2}).run());
  CHECK_FALSE(strided({3}, {kMost}, 0, {3}).run());
  CHECK_FALSE(strided({2, 2}, {kMost, kMost}, 0, {2, 2}).run());
  CHECK_FALSE(strided({1}, {1}, 6, {1}).run());
  CHECK_FALSE(strided({2}, {0}, kMost, {2}).run());
  CHECK(message_of(strided({2}, {1, 1}, 0, {2}).run()) == "aten::as_strided_copy.out: 2 strides for 1 dimension");
  auto call = strided({2, 2}, {0, 5}, 0, {2, 2});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{1, 6, 1, 6});
  REQUIRE(strided({0}, {kMost}, kLeast, {0}).run());
}

TEST_CASE("diagonals far outside are empty") {
  const auto diagonal = [](std::int64_t offset, std::int64_t dim2, const Sizes& out) {
    OpCall call("aten::diagonal_copy.out");
    call.tensor<float>(Float, {2, 3}, {1, 2, 3, 4, 5, 6}).add(offset).add(std::int64_t{0}).add(dim2);
    call.out<float>(Float, out);
    return call;
  };
  CHECK(diagonal(kMost, 1, {0}).run());
  CHECK(diagonal(kLeast, 1, {0}).run());
  CHECK(message_of(diagonal(0, -2, {2}).run()) == "aten::diagonal_copy.out: a diagonal needs two different dimensions");
  auto call = diagonal(-1, 1, {1});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{4});
}

TEST_CASE("unfold_copy wants windows that fit") {
  const auto unfold = [](std::int64_t size, std::int64_t step, const Sizes& out) {
    OpCall call("aten::unfold_copy.out");
    call.tensor<float>(Float, {4}, {1, 2, 3, 4}).add(std::int64_t{0}).add(size).add(step).out<float>(Float, out);
    return call;
  };
  CHECK_FALSE(unfold(5, 1, {1, 5}).run());
  CHECK_FALSE(unfold(-1, 1, {1, 1}).run());
  CHECK_FALSE(unfold(2, 0, {1, 2}).run());
  CHECK_FALSE(unfold(2, kLeast, {1, 2}).run());
  auto call = unfold(3, kMost, {1, 3});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{1, 2, 3});
}

TEST_CASE("pieces make up the dimension, and every piece has an out") {
  const auto split = [](std::initializer_list<std::int64_t> lengths, std::vector<std::int32_t>& outs) {
    OpCall call("aten::split_with_sizes_copy.out");
    call.tensor<float>(Float, {3}, {1, 2, 3}).ints(lengths).add(std::int64_t{0});
    for (const std::int64_t size : {1, 2}) {
      call.tensor<float>(Float, {size}, {0, 0});
      outs.push_back(call.args().back());
      call.args().pop_back();
    }
    call.add(TensorListRef{outs}).add(None{});
    return call;
  };
  std::vector<std::int32_t> outs[5];
  CHECK_FALSE(split({1, 1}, outs[0]).run());
  CHECK_FALSE(split({4, -1}, outs[1]).run());
  CHECK_FALSE(split({kMost, kMost}, outs[2]).run());
  CHECK(message_of(split({1, 1, 1}, outs[3]).run()) == "aten::split_with_sizes_copy.out: 2 outs for 3 pieces");
  auto call = split({1, 2}, outs[4]);
  REQUIRE(call.run());
  const auto& second = std::get<Tensor>(call.values()[static_cast<std::size_t>(outs[4][1])]);
  CHECK(second.as<float>()[0] == 2);
  CHECK(second.as<float>()[1] == 3);
}

TEST_CASE("split_copy counts its pieces without overflow") {
  for (const std::int64_t each : {kMost, kLeast, std::int64_t{0}, std::int64_t{1}}) {
    std::vector<std::int32_t> outs;
    OpCall call("aten::split_copy.Tensor_out");
    call.tensor<float>(Float, {3}, {1, 2, 3}).add(each).add(std::int64_t{0});
    call.tensor<float>(Float, {3}, {0, 0, 0});
    outs.push_back(call.args().back());
    call.args().pop_back();
    call.add(TensorListRef{outs}).add(None{});
    CHECK(call.run().has_value() == (each == kMost));
  }
}

TEST_CASE("roll takes any shift") {
  for (const std::int64_t shift : {kLeast, std::int64_t{-1}, std::int64_t{5}, kMost}) {
    OpCall call("aten::roll.out");
    call.tensor<float>(Float, {3}, {0, 1, 2}).ints({shift}).ints({0}).out<float>(Float, {3});
    REQUIRE(call.run());
    const auto first = static_cast<std::int64_t>(call.elements<float>()[0]);
    CHECK((first + shift % 3 + 3) % 3 == 0);
  }
  OpCall call("aten::roll.out");
  call.tensor<float>(Float, {3}, {0, 1, 2}).ints({1, 2}).ints({0}).out<float>(Float, {3});
  CHECK(message_of(call.run()) == "aten::roll.out: 2 shifts for 1 dimension");
}

TEST_CASE("repeat refuses what is no shape") {
  const auto repeat = [](std::initializer_list<std::int64_t> repeats, const Sizes& out) {
    OpCall call("aten::repeat.out");
    call.tensor<float>(Float, {2, 1}, {1, 2}).ints(repeats).out<float>(Float, out);
    return call;
  };
  CHECK_FALSE(repeat({2}, {2}).run());
  CHECK_FALSE(repeat({-1, 1}, {2, 1}).run());
  CHECK_FALSE(repeat({kMost, 1}, {2, 1}).run());
  CHECK_FALSE(repeat({1, 4}, {2, 3}).run());
  auto call = repeat({1, 3}, {2, 3});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{1, 1, 1, 2, 2, 2});
}

TEST_CASE("triangle indices of impossible sizes are refused at once") {
  const auto indices = [](std::int64_t rows, std::int64_t columns, std::int64_t offset, const Sizes& out) {
    OpCall call("aten::triu_indices.out");
    call.add(rows).add(columns).add(offset).out<std::int64_t>(Long, out);
    return call;
  };
  CHECK_FALSE(indices(-1, 2, 0, {2, 0}).run());
  CHECK_FALSE(indices(kMost, 1, kLeast, {2, 1}).run());
  CHECK_FALSE(indices(kMost, kMost, 0, {2, 1}).run());
  CHECK(indices(kMost, 0, 0, {2, 0}).run());
  auto call = indices(2, 2, kLeast, {2, 4});
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{0, 0, 1, 1, 0, 1, 0, 1});
}

TEST_CASE("repeat_interleave checks its sum") {
  const auto repeats = [](std::initializer_list<std::int64_t> counts, Value size, const Sizes& out) {
    OpCall call("aten::repeat_interleave.Tensor_out");
    call.tensor<std::int64_t>(Long, {2}, counts).add(size).out<std::int64_t>(Long, out);
    return call;
  };
  CHECK_FALSE(repeats({-1, 2}, None{}, {1}).run());
  CHECK_FALSE(repeats({kMost - 1, 2}, None{}, {1}).run());
  CHECK_FALSE(repeats({1, 2}, std::int64_t{4}, {4}).run());
  auto call = repeats({1, 2}, None{}, {3});
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{0, 1, 1});
}

TEST_CASE("view_as_complex_copy wants pairs") {
  OpCall call("aten::view_as_complex_copy.out");
  call.tensor<float>(Float, {1, 3}, {1, 2, 3}).out<double>(ComplexFloat, {1});
  CHECK(message_of(call.run()) == "aten::view_as_complex_copy.out: the last dimension of shape [1, 3] is not 2");
}

TEST_CASE("topk and kthvalue want a k within the dimension") {
  for (const std::int64_t k : {std::int64_t{-1}, std::int64_t{3}, kMost, kLeast}) {
    OpCall call("aten::topk.values");
    call.tensor<float>(Float, {2}, {1, 2}).add(k).add(std::int64_t{0}).add(true).add(true);
    call.tensor<float>(Float, {2}, {0, 0}).out<std::int64_t>(Long, {2});
    CHECK(message_of(call.run()) == "aten::topk.values: k " + std::to_string(k) + " of a dimension of size 2");
  }
  OpCall call("aten::kthvalue.values");
  call.tensor<float>(Float, {2}, {1, 2}).add(std::int64_t{0}).add(std::int64_t{0}).add(false);
  call.tensor<float>(Float, {}, {0}).out<std::int64_t>(Long, {});
  CHECK(message_of(call.run()) == "aten::kthvalue.values: k 0 of a dimension of size 2");
}

TEST_CASE("sorting puts NaN last, and keeps equal elements in order in both directions") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const bool descending : {false, true}) {
    OpCall call("aten::sort.values_stable");
    call.tensor<float>(Float, {5}, {0.0f, nan, -0.0f, INFINITY, 0.0f}).add(true).add(std::int64_t{0}).add(descending);
    call.tensor<float>(Float, {5}, {0, 0, 0, 0, 0}).out<std::int64_t>(Long, {5});
    REQUIRE(call.run());
    CHECK(call.elements<std::int64_t>() ==
          (descending ? std::vector<std::int64_t>{1, 3, 0, 2, 4} : std::vector<std::int64_t>{0, 2, 4, 3, 1}));
  }
}

TEST_CASE("values are sorted into an out of their own dtype") {
  OpCall call("aten::msort.out");
  call.tensor<float>(Float, {2}, {1, 2}).out<double>(Double, {2});
  CHECK(message_of(call.run()) == "aten::msort.out: self is float32, the out of values is float64");
}

}  // namespace
