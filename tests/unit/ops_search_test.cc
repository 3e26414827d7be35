// Running results, searches, unique elements and bags, with arguments that no exporter writes.
#include <cmath>
#include <limits>

#include "ops_call.h"

namespace {

using namespace ptetool;
using test::message_of;
using test::OpCall;
using enum ScalarType;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Tensor& bound(OpCall& call, std::size_t value, std::int64_t capacity) {
  auto& tensor = std::get<Tensor>(call.values()[value]);
  tensor.dynamism = Dynamism::Bound;
  tensor.capacity = capacity;
  return tensor;
}

TEST_CASE("running extremes name the last of equal elements, and stay at NaN") {
  OpCall call("aten::cummax.out");
  call.tensor<float>(Float, {6}, {1, 1, kNan, 9, kNan, 2})
      .add(std::int64_t{0})
      .tensor<float>(Float, {6}, {0, 0, 0, 0, 0, 0});
  call.out<std::int64_t>(Long, {6});
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2, 2, 4, 4});
}

TEST_CASE("running results want a dimension that exists, and outs of their shape") {
  OpCall far("aten::cumprod.out");
  far.tensor<float>(Float, {2}, {1, 2}).add(std::int64_t{1}).add(None{}).out<float>(Float, {2});
  CHECK(message_of(far.run()) == "aten::cumprod.out: dimension 1 of a tensor of rank 1");
  OpCall narrow("aten::logcumsumexp.out");
  narrow.tensor<float>(Float, {2}, {1, 2}).add(std::int64_t{0}).out<float>(Float, {1});
  CHECK_FALSE(narrow.run());
  OpCall whole("aten::logcumsumexp.out");
  whole.tensor<std::int64_t>(Long, {1}, {1}).add(std::int64_t{0}).out<std::int64_t>(Long, {1});
  CHECK_FALSE(whole.run());
}

OpCall sorted_search(std::initializer_list<std::int64_t> sorter, Value right, Value side) {
  OpCall call("aten::searchsorted.Tensor_out");
  call.tensor<float>(Float, {3}, {3, 1, 2}).tensor<float>(Float, {2}, {2, kNan}).add(false).add(right).add(side);
  call.tensor<std::int64_t>(Long, {3}, sorter).out<std::int64_t>(Long, {2});
  return call;
}

TEST_CASE("a sorter must stay within its row") {
  auto call = sorted_search({1, 2, 0}, false, None{});
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{1, 3});
  CHECK(message_of(sorted_search({1, 3, 0}, false, None{}).run()) ==
        "aten::searchsorted.Tensor_out: the sorter names 3 of 3 boundaries");
  CHECK_FALSE(sorted_search({1, -1, 0}, false, None{}).run());
  CHECK_FALSE(sorted_search({1, 2, 0}, true, std::string_view("left")).run());
  CHECK_FALSE(sorted_search({1, 2, 0}, false, std::string_view("middle")).run());
  CHECK(sorted_search({1, 2, 0}, true, std::string_view("right")).run());
}

TEST_CASE("boundaries match the values") {
  const auto search = [](const Sizes& boundaries, const Sizes& values) {
    OpCall call("aten::searchsorted.Tensor_out");
    call.tensor<float>(Float, boundaries, {1, 2, 3, 4}).tensor<float>(Float, values, {1, 2, 3, 4});
    call.add(false).add(false).add(None{}).add(None{}).out<std::int64_t>(Long, values);
    return call.run();
  };
  CHECK(search({2, 2}, {2, 1}));
  CHECK_FALSE(search({2, 2}, {1, 2}));
  CHECK_FALSE(search({2, 2}, {2}));
  CHECK_FALSE(search({2, 2}, {}));
  CHECK_FALSE(search({}, {2}));
}

TEST_CASE("a histogram needs bins and a finite range") {
  const auto histogram = [](float x, std::int64_t bins, double low, double high) {
    OpCall call("aten::histc.out");
    call.tensor<float>(Float, {3}, {x, 1, 2}).add(bins).add(low).add(high).out<float>(Float, {2});
    const auto ran = call.run();
    return ran ? call.elements<float>() : std::vector<float>();
  };
  CHECK(histogram(0, 2, 0, 0) == std::vector<float>{1, 2});
  CHECK(histogram(kNan, 2, 0, 2) == std::vector<float>{0, 2});
  CHECK(histogram(kNan, 2, 0, 0).empty());
  CHECK(histogram(INFINITY, 2, 0, 0).empty());
  CHECK(histogram(0, 2, 2, 1).empty());
  CHECK(histogram(0, 0, 0, 2).empty());
  CHECK(histogram(0, std::numeric_limits<std::int64_t>::max(), 0, 2).empty());
  // The range overflows float32.
  CHECK(histogram(3e38f, 2, -3e38, 3e38).size() == 2);
}

OpCall counting(std::int64_t number, std::int64_t least) {
  OpCall call("aten::bincount.out");
  call.tensor<std::int64_t>(Long, {3}, {1, number, 1}).add(None{}).add(least).out<std::int64_t>(Long, {4});
  bound(call, call.values().size() - 1, 4).resize(Sizes{0});
  return call;
}

TEST_CASE("counts go as far as the largest number, within the out's bound") {
  auto call = counting(2, 0);
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{0, 2, 1});
  auto longer = counting(2, 4);
  REQUIRE(longer.run());
  CHECK(longer.elements<std::int64_t>() == std::vector<std::int64_t>{0, 2, 1, 0});
  CHECK_FALSE(counting(4, 0).run());
  CHECK_FALSE(counting(std::numeric_limits<std::int64_t>::max(), 0).run());
  CHECK_FALSE(counting(2, std::numeric_limits<std::int64_t>::max()).run());
  CHECK_FALSE(counting(2, -1).run());
  CHECK(message_of(counting(-1, 0).run()) == "aten::bincount.out: self has the negative number -1");
}

TEST_CASE("weights are summed where their number is") {
  OpCall call("aten::bincount.out");
  call.tensor<std::int32_t>(Int, {3}, {1, 0, 1}).tensor<double>(Double, {3}, {0.5, 2, 0.25}).add(std::int64_t{3});
  call.out<double>(Double, {3});
  REQUIRE(call.run());
  CHECK(call.elements<double>() == std::vector<double>{2, 0.75, 0});
}

OpCall unique(std::int64_t most) {
  OpCall call("aten::_unique2.out");
  call.tensor<float>(Float, {2, 3}, {kNan, 1, kNan, 0, -0.0f, 1}).add(true).add(true).add(true);
  call.tensor<float>(Float, {6}, {0, 0, 0, 0, 0, 0}).tensor<std::int64_t>(Long, {2, 3}, {0, 0, 0, 0, 0, 0});
  call.out<std::int64_t>(Long, {6});
  bound(call, 4, most).resize(Sizes{0});
  bound(call, 6, most).resize(Sizes{0});
  return call;
}

TEST_CASE("unique elements: every NaN for itself, one zero, within the out's bound") {
  auto call = unique(4);
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{2, 2, 1, 1});
  const auto* inverse = std::get<Tensor>(call.values()[5]).as<std::int64_t>();
  CHECK(std::vector<std::int64_t>(inverse, inverse + 6) == std::vector<std::int64_t>{2, 1, 3, 0, 0, 1});
  CHECK_FALSE(unique(3).run());
}

TEST_CASE("slices without elements, and 0-d tensors, have no unique slices") {
  for (const Sizes& sizes : {Sizes{2, 0}, Sizes{0, 0}, Sizes{}}) {
    OpCall call("aten::unique_dim.out");
    call.tensor<float>(Float, sizes, {1}).add(std::int64_t{0}).add(true).add(true).add(true);
    call.tensor<float>(Float, sizes, {0}).tensor<std::int64_t>(Long, {1}, {0}).out<std::int64_t>(Long, {1});
    CHECK_FALSE(call.run());
  }
}

OpCall bag(std::initializer_list<std::int64_t> indices, std::initializer_list<std::int64_t> offsets, std::int64_t mode,
           std::int64_t padding = -1) {
  OpCall call("aten::_embedding_bag.out");
  call.tensor<float>(Float, {3, 2}, {1, 2, 3, 4, 5, 6}).tensor<std::int64_t>(Long, {3}, indices);
  call.tensor<std::int64_t>(Long, {2}, offsets).add(false).add(mode).add(false).add(None{}).add(false).add(padding);
  call.tensor<float>(Float, {2, 2}, {9, 9, 9, 9}).tensor<std::int64_t>(Long, {3}, {9, 9, 9});
  call.tensor<std::int64_t>(Long, {2}, {9, 9});
  if (mode == 2) {
    call.out<std::int64_t>(Long, {2, 2});
  } else {
    call.out<std::int64_t>(Long, {2});
  }
  return call;
}

TEST_CASE("bags need indices of rows, and offsets that begin at 0 and rise") {
  CHECK(bag({0, 1, 2}, {0, 3}, 0).run());
  CHECK(message_of(bag({0, 3, 2}, {0, 2}, 0).run()) == "aten::_embedding_bag.out: index 3 into a table of 3 rows");
  CHECK_FALSE(bag({0, -1, 2}, {0, 2}, 1).run());
  CHECK(message_of(bag({0, 1, 2}, {1, 2}, 0).run()) == "aten::_embedding_bag.out: the first offset is 1, not 0");
  CHECK_FALSE(bag({0, 1, 2}, {0, 4}, 0).run());
  CHECK_FALSE(bag({0, 1, 2}, {0, -1}, 2).run());
  CHECK_FALSE(bag({0, 1, 2}, {0, 2}, 3).run());
}

TEST_CASE("a bag's maximum names its rows, and the padding row does not count") {
  auto call = bag({0, 2, 1}, {0, 2}, 2, 2);
  REQUIRE(call.run());
  CHECK(call.elements<std::int64_t>() == std::vector<std::int64_t>{0, 0, 1, 1});
  const auto numbers = [&](std::size_t value) { return std::get<Tensor>(call.values()[value]).as<std::int64_t>(); };
  CHECK(numbers(10)[2] == 1);
  CHECK(numbers(11)[0] == 1);
}

TEST_CASE("rows are looked up from any layout into any layout") {
  OpCall call("aten::embedding.out");
  call.tensor<float>(Float, {3, 2}, {1, 3, 5, 2, 4, 6}, {1, 0}).tensor<std::int32_t>(Int, {2}, {2, 0});
  call.add(std::int64_t{-1}).add(false).add(false).out<float>(Float, {2, 2}, {1, 0});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{5, 1, 6, 2});
}

TEST_CASE("an index outside of the table is refused before anything is written") {
  for (const std::int64_t index : {std::int64_t{3}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    OpCall call("aten::embedding.out");
    call.tensor<float>(Float, {3, 2}, {1, 2, 3, 4, 5, 6}).tensor<std::int64_t>(Long, {2}, {0, index});
    call.add(std::int64_t{-1}).add(false).add(false).out<float>(Float, {2, 2});
    CHECK_FALSE(call.run());
    CHECK(call.elements<float>() == std::vector<float>(4));
    OpCall renorm("aten::embedding_renorm.out");
    renorm.tensor<float>(Float, {3, 2}, {1, 2, 3, 4, 5, 6}).tensor<std::int64_t>(Long, {2}, {0, index});
    renorm.add(1.0).add(2.0).out<float>(Float, {3, 2});
    CHECK_FALSE(renorm.run());
  }
}

}  // namespace
