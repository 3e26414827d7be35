// Indexing with arguments that no exporter writes: indices out of range, shapes that do not match, odd layouts, masks
// of bytes.
#include <limits>

#include "ops_call.h"

namespace {

using namespace ptetool;
using test::message_of;
using test::OpCall;
using enum ScalarType;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

OpCall gather(std::initializer_list<std::int64_t> index, const Sizes& sizes, std::int64_t dim = 0) {
  OpCall call("aten::gather.out");
  call.tensor<float>(Float, {2, 3}, {1, 2, 3, 4, 5, 6}).add(dim);
  call.tensor<std::int64_t>(Long, sizes, index).add(false).out<float>(Float, sizes);
  return call;
}

TEST_CASE("gather refuses what lies outside") {
  for (const std::int64_t index : {std::int64_t{2}, std::int64_t{-1}, kLeast, kMost}) {
    auto call = gather({0, index, 1}, {1, 3});
    CHECK(message_of(call.run()) == "aten::gather.out: index " + std::to_string(index) + " into a dimension of size 2");
  }
  CHECK(message_of(gather({0, 1}, {2}).run()) ==
        "aten::gather.out: an index of shape [2] for a tensor of shape [2, 3]");
  CHECK(message_of(gather({0, 0, 0, 0}, {1, 4}).run()) ==
        "aten::gather.out: an index of shape [1, 4] for a tensor of shape [2, 3]");
  CHECK(message_of(gather({0}, {1, 1}, 2).run()) == "aten::gather.out: dimension 2 of a tensor of rank 2");
  auto call = gather({1, 0, 1}, {1, 3});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{4, 2, 6});
}

TEST_CASE("scatter refuses a number that its dtype cannot hold") {
  const auto scatter = [](Value value) {
    OpCall call("aten::scatter.value_out");
    call.tensor<std::uint8_t>(Byte, {3}, {1, 2, 3}).add(std::int64_t{0});
    call.tensor<std::int64_t>(Long, {1}, {1}).add(value).out<std::uint8_t>(Byte, {3});
    return call;
  };
  for (const Value& value : {Value(std::int64_t{256}), Value(std::int64_t{-256}), Value(1e12), Value(kLeast)}) {
    auto call = scatter(value);
    CHECK(message_of(call.run()) == "aten::scatter.value_out: the number is beyond the range of uint8");
  }
  auto wrapped = scatter(std::int64_t{-1});
  REQUIRE(wrapped.run());
  CHECK(wrapped.elements<std::uint8_t>() == std::vector<std::uint8_t>{1, 255, 3});
  auto cut = scatter(7.9);
  REQUIRE(cut.run());
  CHECK(cut.elements<std::uint8_t>() == std::vector<std::uint8_t>{1, 7, 3});
}

TEST_CASE("gather wants an index of integers and an out of self's dtype") {
  OpCall wrong_index("aten::gather.out");
  wrong_index.tensor<float>(Float, {2}, {1, 2}).add(std::int64_t{0}).tensor<float>(Float, {1}, {0});
  wrong_index.add(false).out<float>(Float, {1});
  CHECK(message_of(wrong_index.run()) == "aten::gather.out: an index of dtype float32");
  OpCall wrong_out("aten::gather.out");
  wrong_out.tensor<float>(Float, {2}, {1, 2}).add(std::int64_t{0}).tensor<std::int64_t>(Long, {1}, {0});
  wrong_out.add(false).out<double>(Double, {1});
  CHECK(message_of(wrong_out.run()) == "aten::gather.out: self is float32, the out is float64");
}

TEST_CASE("scatter keeps to the index, the source and its own shape") {
  const auto scatter = [](const Sizes& index_sizes, std::initializer_list<std::int64_t> index, const Sizes& src_sizes) {
    OpCall call("aten::scatter.src_out");
    call.tensor<float>(Float, {2, 2}, {1, 2, 3, 4}).add(std::int64_t{0});
    call.tensor<std::int64_t>(Long, index_sizes, index);
    call.tensor<float>(Float, src_sizes, {10, 20, 30, 40}).out<float>(Float, {2, 2});
    return call;
  };
  CHECK(message_of(scatter({1, 2}, {0, 2}, {1, 2}).run()) ==
        "aten::scatter.src_out: index 2 into a dimension of size 2");
  CHECK(message_of(scatter({2, 2}, {0, 1, 1, 0}, {1, 2}).run()) ==
        "aten::scatter.src_out: src of shape [1, 2] is smaller than the index, [2, 2]");
  auto last_wins = scatter({2, 1}, {0, 0}, {2, 2});
  REQUIRE(last_wins.run());
  CHECK(last_wins.elements<float>() == std::vector<float>{30, 2, 3, 4});
}

TEST_CASE("scatter into another layout") {
  OpCall call("aten::scatter_add.out");
  call.tensor<float>(Float, {1, 2, 1, 2}, {1, 2, 3, 4}).add(std::int64_t{1});
  call.tensor<std::int64_t>(Long, {1, 1, 1, 2}, {1, 0}).tensor<float>(Float, {1, 1, 1, 2}, {10, 20});
  call.out<float>(Float, {1, 2, 1, 2}, {0, 2, 3, 1});
  REQUIRE(call.run());
  // Logical [[1, 22], [13, 4]], channels innermost.
  CHECK(call.elements<float>() == std::vector<float>{1, 13, 22, 4});
}

TEST_CASE("reductions are known by name") {
  OpCall call("aten::scatter_reduce.two_out");
  call.tensor<float>(Float, {2}, {1, 2}).add(std::int64_t{0}).tensor<std::int64_t>(Long, {1}, {0});
  call.tensor<float>(Float, {1}, {5}).add(std::string_view("median")).add(true).out<float>(Float, {2});
  CHECK(message_of(call.run()) == "aten::scatter_reduce.two_out: there is no reduction 'median'");
  OpCall complex("aten::scatter_reduce.two_out");
  complex.tensor<float>(ComplexFloat, {1}, {1, 2}).add(std::int64_t{0}).tensor<std::int64_t>(Long, {1}, {0});
  complex.tensor<float>(ComplexFloat, {1}, {5, 6})
      .add(std::string_view("amax"))
      .add(true)
      .out<double>(ComplexFloat, {1});
  CHECK(message_of(complex.run()) == "aten::scatter_reduce.two_out: does not compute in complex64");
}

TEST_CASE("slices are named by a flat index") {
  const auto select = [](const Sizes& index_sizes, std::initializer_list<std::int32_t> index) {
    OpCall call("aten::index_select.out");
    call.tensor<std::int16_t>(Short, {3, 2}, {1, 2, 3, 4, 5, 6}).add(std::int64_t{-2});
    call.tensor<std::int32_t>(Int, index_sizes, index).out<std::int16_t>(Short, {2, 2});
    return call;
  };
  CHECK(message_of(select({2}, {0, 3}).run()) == "aten::index_select.out: index 3 into a dimension of size 3");
  CHECK(message_of(select({2}, {0, -1}).run()) == "aten::index_select.out: index -1 into a dimension of size 3");
  CHECK(message_of(select({1, 2}, {0, 1}).run()) == "aten::index_select.out: the index has more than one dimension");
  CHECK(message_of(select({1}, {0}).run()).starts_with("aten::index_select.out: the out does not fit the result"));
  auto call = select({2}, {2, 0});
  REQUIRE(call.run());
  CHECK(call.elements<std::int16_t>() == std::vector<std::int16_t>{5, 6, 1, 2});
}

TEST_CASE("sources have as many slices as the index names") {
  OpCall call("aten::index_add.out");
  call.tensor<float>(Float, {3, 2}, {1, 2, 3, 4, 5, 6}).add(std::int64_t{0}).tensor<std::int64_t>(Long, {2}, {0, 1});
  call.tensor<float>(Float, {3, 2}, {1, 2, 3, 4, 5, 6}).add(std::int64_t{1}).out<float>(Float, {3, 2});
  CHECK(message_of(call.run()) == "aten::index_add.out: source of shape [3, 2] instead of [2, 2]");
}

TEST_CASE("take and put count from the end, too, and no further") {
  const auto take = [](std::int64_t index) {
    OpCall call("aten::take.out");
    call.tensor<std::uint8_t>(Byte, {2, 2}, {1, 2, 3, 4}).tensor<std::int64_t>(Long, {1}, {index});
    call.out<std::uint8_t>(Byte, {1});
    return call;
  };
  CHECK(message_of(take(4).run()) == "aten::take.out: index 4 into a dimension of size 4");
  CHECK(message_of(take(-5).run()) == "aten::take.out: index -5 into a dimension of size 4");
  CHECK(message_of(take(kLeast).run()) == "aten::take.out: index -9223372036854775808 into a dimension of size 4");
  auto last = take(-1);
  REQUIRE(last.run());
  CHECK(last.elements<std::uint8_t>() == std::vector<std::uint8_t>{4});
  OpCall put("aten::put.out");
  put.tensor<float>(Float, {2}, {1, 2}).tensor<std::int64_t>(Long, {1}, {0}).tensor<float>(Float, {2}, {5, 6});
  put.add(false).out<float>(Float, {2});
  CHECK(message_of(put.run()) == "aten::put.out: the index has 1 element, source has 2");
}

// index(self[2, 3], indices) with the tensors that `add` puts into the list, -1 for None.
struct IndexCall {
  OpCall call{"aten::index.Tensor_out"};
  std::vector<std::int32_t> list;

  IndexCall() { call.tensor<float>(Float, {2, 3}, {1, 2, 3, 4, 5, 6}); }
  template <class T>
  IndexCall& index(ScalarType dtype, const Sizes& sizes, std::initializer_list<T> numbers) {
    call.tensor<T>(dtype, sizes, numbers);
    list.push_back(call.args().back());
    call.args().pop_back();
    return *this;
  }
  IndexCall& none() {
    list.push_back(-1);
    return *this;
  }
  Result<> run(const Sizes& out) {
    call.add(OptionalTensorListRef{list}).out<float>(Float, out);
    return call.run();
  }
};

TEST_CASE("index refuses indices that do not fit") {
  CHECK(message_of(IndexCall().index<std::int64_t>(Long, {1}, {2}).run({1, 3})) ==
        "aten::index.Tensor_out: index 2 into a dimension of size 2");
  CHECK(message_of(IndexCall().none().index<std::int32_t>(Int, {1}, {-4}).run({2, 1})) ==
        "aten::index.Tensor_out: index -4 into a dimension of size 3");
  CHECK(message_of(IndexCall().none().none().none().run({2, 3})) ==
        "aten::index.Tensor_out: more indices than the tensor has dimensions, 2");
  CHECK(message_of(IndexCall().index<std::uint8_t>(Bool, {3}, {1, 0, 1}).run({2, 3})) ==
        "aten::index.Tensor_out: a mask of shape [3] at dimension 0 of a tensor of shape [2, 3]");
  CHECK(message_of(IndexCall().none().index<std::uint8_t>(Bool, {3, 1}, {1, 0, 1}).run({2, 3})) ==
        "aten::index.Tensor_out: a mask of shape [3, 1] at dimension 1 of a tensor of shape [2, 3]");
  CHECK(message_of(
            IndexCall().index<std::int64_t>(Long, {2}, {0, 1}).index<std::int64_t>(Long, {3}, {0, 1, 2}).run({2})) ==
        "aten::index.Tensor_out: shapes [2] and [3] cannot be broadcast together");
  CHECK(message_of(IndexCall().index<float>(Float, {1}, {0}).run({1, 3})) ==
        "aten::index.Tensor_out: an index of dtype float32");
}

TEST_CASE("masks may be bytes, and true is whatever is not zero") {
  for (const ScalarType dtype : {Byte, Bool}) {
    IndexCall masked;
    REQUIRE(masked.none().index<std::uint8_t>(dtype, {3}, {2, 0, 255}).run({2, 2}));
    CHECK(masked.call.elements<float>() == std::vector<float>{1, 3, 4, 6});
  }
  IndexCall whole;
  REQUIRE(whole.index<std::uint8_t>(Byte, {2, 3}, {0, 1, 0, 0, 0, 1}).run({2}));
  CHECK(whole.call.elements<float>() == std::vector<float>{2, 6});
}

TEST_CASE("huge shapes of broadcast indices are refused, not allocated") {
  IndexCall call;
  call.index<std::int64_t>(Long, {kMost, 0}, {});
  call.index<std::int64_t>(Long, {1, 0}, {});
  CHECK_FALSE(call.run({1}));
}

TEST_CASE("index_put changes self in place, and answers with it") {
  const auto put = [](std::int64_t index, const Sizes& value_sizes, bool accumulate, std::vector<std::int32_t>& list) {
    OpCall call("aten::index_put_");
    call.tensor<float>(Float, {2, 2}, {1, 2, 3, 4});
    call.tensor<std::int64_t>(Long, {2}, {index, index});
    list.push_back(call.args().back());
    call.args().pop_back();
    call.add(OptionalTensorListRef{list})
        .tensor<float>(Float, value_sizes, {10, 20, 30, 40})
        .add(accumulate)
        .add(None{});
    return call;
  };
  const auto self = [](OpCall& call) {
    const auto& tensor = std::get<Tensor>(call.result());
    return std::vector<float>(tensor.as<float>(), tensor.as<float>() + tensor.numel());
  };
  std::vector<std::int32_t> list[4];
  auto last_wins = put(-1, {2, 2}, false, list[0]);
  REQUIRE(last_wins.run());
  CHECK(self(last_wins) == std::vector<float>{1, 2, 30, 40});
  auto all_count = put(0, {2}, true, list[1]);
  REQUIRE(all_count.run());
  CHECK(self(all_count) == std::vector<float>{21, 42, 3, 4});
  CHECK(message_of(put(2, {2}, true, list[2]).run()) == "aten::index_put_: index 2 into a dimension of size 2");
  CHECK(message_of(put(0, {4, 1}, true, list[3]).run()) ==
        "aten::index_put_: shapes [2, 2] and [4, 1] cannot be broadcast together");
}

TEST_CASE("results of data-dependent size stay within the out's bound") {
  OpCall nonzero("aten::nonzero.out");
  nonzero.tensor<float>(Float, {2, 2}, {1, 0, 0, 1}).out<std::int64_t>(Long, {4, 2});
  auto& out = std::get<Tensor>(nonzero.values()[1]);
  out.dynamism = Dynamism::Bound;
  out.capacity = 2;
  CHECK(message_of(nonzero.run()).starts_with("aten::nonzero.out: the out does not fit the result: "));
  out.capacity = 8;
  REQUIRE(nonzero.run());
  CHECK(std::get<Tensor>(nonzero.values()[1]).sizes == Sizes{2, 2});
  CHECK(nonzero.elements<std::int64_t>() == std::vector<std::int64_t>{0, 0, 1, 1});
}

TEST_CASE("nonzero_static fills up, and refuses a negative size") {
  const auto filled_up = [](std::int64_t size, const Sizes& out) {
    OpCall call("aten::nonzero_static.out");
    call.tensor<float>(Float, {2, 2}, {0, 0, 5, 0}).add(size).add(std::int64_t{-7}).out<std::int64_t>(Long, out);
    return call;
  };
  CHECK(message_of(filled_up(-1, {1, 2}).run()) == "aten::nonzero_static.out: size -1 is negative");
  auto filled = filled_up(2, {2, 2});
  REQUIRE(filled.run());
  CHECK(filled.elements<std::int64_t>() == std::vector<std::int64_t>{1, 0, -7, -7});
}

TEST_CASE("masked_scatter needs enough elements, masked_select a mask") {
  OpCall scatter("aten::masked_scatter.out");
  scatter.tensor<float>(Float, {3}, {1, 2, 3}).tensor<std::uint8_t>(Bool, {3}, {1, 1, 0});
  scatter.tensor<float>(Float, {1}, {9}).out<float>(Float, {3});
  CHECK(message_of(scatter.run()) == "aten::masked_scatter.out: the mask names 2 elements, source has 1");
  OpCall select("aten::masked_select.out");
  select.tensor<float>(Float, {3}, {1, 2, 3}).tensor<float>(Float, {3}, {1, 1, 0}).out<float>(Float, {2});
  CHECK(message_of(select.run()) == "aten::masked_select.out: a mask of dtype float32");
}

TEST_CASE("masked_select follows C order in any layout") {
  OpCall call("aten::masked_select.out");
  call.tensor<float>(Float, {1, 2, 1, 2}, {1, 2, 3, 4}, {0, 2, 3, 1});  // logical [[1, 3], [2, 4]]
  call.tensor<std::uint8_t>(Bool, {2}, {1, 1}).out<float>(Float, {4});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{1, 3, 2, 4});
}

}  // namespace
