// Prim operators: arithmetic on plain values, and what they refuse instead of overflowing.
#include <cmath>
#include <limits>

#include "ops_call.h"

using namespace ptetool;
using test::message_of;
using test::OpCall;

namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// The result slot starts as a placeholder, as the exporter writes it.
Value prim(std::string_view name, std::initializer_list<Value> arguments) {
  OpCall call(name);
  for (const Value& value : arguments) call.add(value);
  call.add(std::int64_t{0});
  const auto done = call.run();
  REQUIRE_MESSAGE(done, message_of(done));
  return call.result();
}
std::string refused(std::string_view name, std::initializer_list<Value> arguments) {
  OpCall call(name);
  for (const Value& value : arguments) call.add(value);
  call.add(std::int64_t{0});
  return message_of(call.run());
}
std::int64_t integer(const Value& value) {
  REQUIRE(kind_name(value) == "Int");
  return std::get<std::int64_t>(value);
}
double real(const Value& value) {
  REQUIRE(kind_name(value) == "Double");
  return std::get<double>(value);
}
bool truth(const Value& value) {
  REQUIRE(kind_name(value) == "Bool");
  return std::get<bool>(value);
}
Value i(std::int64_t value) { return value; }

}  // namespace

TEST_CASE("prim arithmetic keeps ints and widens to doubles") {
  CHECK(integer(prim("executorch_prim::add.Scalar", {i(2), i(3)})) == 5);
  CHECK(real(prim("executorch_prim::add.Scalar", {i(2), 0.5})) == 2.5);
  CHECK(integer(prim("executorch_prim::sub.Scalar", {i(2), i(3)})) == -1);
  CHECK(integer(prim("executorch_prim::mul.Scalar", {i(-2), i(3)})) == -6);
  CHECK(real(prim("executorch_prim::truediv.Scalar", {i(1), i(4)})) == 0.25);
  CHECK(std::isinf(real(prim("executorch_prim::truediv.Scalar", {i(1), i(0)}))));
  CHECK(integer(prim("executorch_prim::neg.Scalar", {i(7)})) == -7);
  CHECK(real(prim("executorch_prim::neg.Scalar", {0.5})) == -0.5);
}

TEST_CASE("prim division rounds as its overload says") {
  CHECK(integer(prim("executorch_prim::floordiv.Scalar", {i(-7), i(2)})) == -4);
  CHECK(integer(prim("executorch_prim::floordiv.Scalar", {i(7), i(-2)})) == -4);
  CHECK(integer(prim("executorch_prim::floordiv.Scalar", {i(-6), i(2)})) == -3);
  CHECK(integer(prim("executorch_prim::floordiv.Scalar", {i(5), i(-1)})) == -5);
  CHECK(real(prim("executorch_prim::floordiv.Scalar", {-7.0, i(2)})) == -4);
  CHECK(integer(prim("executorch_prim::floordiv.int", {i(-7), i(2)})) == -3);
  CHECK(integer(prim("executorch_prim::mod.Scalar", {i(-7), i(2)})) == -1);
  CHECK(integer(prim("executorch_prim::mod.int", {i(7), i(-2)})) == 1);
  CHECK(integer(prim("executorch_prim::mod.int", {i(kLeast), i(-1)})) == 0);
}

TEST_CASE("prim operators refuse what has no answer") {
  for (const char* name : {"executorch_prim::floordiv.Scalar", "executorch_prim::floordiv.int",
                           "executorch_prim::mod.int", "executorch_prim::mod.Scalar"}) {
    CHECK_MESSAGE(refused(name, {i(7), i(0)}) == std::string(name) + ": 7 is divided by zero", name);
  }
  CHECK(refused("executorch_prim::floordiv.Scalar", {i(kLeast), i(-1)}) != "");
  CHECK(refused("executorch_prim::floordiv.int", {i(kLeast), i(-1)}) != "");
  CHECK(refused("executorch_prim::add.Scalar", {i(kMost), i(1)}) ==
        "executorch_prim::add.Scalar: the result is beyond 64-bit integers");
  CHECK(refused("executorch_prim::sub.Scalar", {i(kLeast), i(1)}) != "");
  CHECK(refused("executorch_prim::mul.Scalar", {i(kMost), i(2)}) != "");
  CHECK(refused("executorch_prim::neg.Scalar", {i(kLeast)}) != "");
  CHECK(refused("executorch_prim::ceil.Scalar", {1e30}) != "");
  CHECK(refused("executorch_prim::trunc.Scalar", {std::nan("")}) != "");
  CHECK(refused("executorch_prim::sym_int.Scalar", {std::numeric_limits<double>::infinity()}) != "");
  CHECK(refused("executorch_prim::add.Scalar", {std::string_view("a"), i(1)}) ==
        "executorch_prim::add.Scalar: argument 'a' is a String, expected is an Int, a Double or a Bool");
}

TEST_CASE("prim comparisons, rounding and choices") {
  CHECK(truth(prim("executorch_prim::eq.Scalar", {i(2), 2.0})));
  CHECK(truth(prim("executorch_prim::eq.Scalar", {true, true})));
  CHECK(truth(prim("executorch_prim::lt.Scalar", {i(1), 1.5})));
  CHECK_FALSE(truth(prim("executorch_prim::gt.Scalar", {i(1), i(1)})));
  CHECK(truth(prim("executorch_prim::ge.Scalar", {i(kMost), i(kMost - 1)})));
  CHECK(truth(prim("executorch_prim::le.Scalar", {i(kMost - 1), i(kMost)})));
  CHECK(integer(prim("executorch_prim::ceil.Scalar", {1.2})) == 2);
  CHECK(integer(prim("executorch_prim::round.Scalar", {2.5})) == 2);
  CHECK(integer(prim("executorch_prim::round.Scalar", {3.5})) == 4);
  CHECK(integer(prim("executorch_prim::trunc.Scalar", {-1.7})) == -1);
  CHECK(integer(prim("executorch_prim::sym_int.Scalar", {-1.7})) == -1);
  CHECK(integer(prim("executorch_prim::sym_int.Scalar", {true})) == 1);
  CHECK(real(prim("executorch_prim::sym_float.Scalar", {i(3)})) == 3);
  CHECK(integer(prim("executorch_prim::sym_max.Scalar", {i(3), i(5)})) == 5);
  CHECK(integer(prim("executorch_prim::sym_min.Scalar", {i(3), i(5)})) == 3);
  CHECK_FALSE(truth(prim("executorch_prim::sym_not.Scalar", {true})));
  CHECK(real(prim("executorch_prim::sym_ite.Scalar", {false, i(1), 2.5})) == 2.5);
}

TEST_CASE("sizes and elements become values") {
  OpCall size("aten::sym_size.int");
  size.tensor<float>(ScalarType::Float, {2, 3}, {1, 2, 3, 4, 5, 6}).add(std::int64_t{-1}).add(std::int64_t{0});
  REQUIRE(size.run());
  CHECK(integer(size.result()) == 3);
  size.values()[1] = std::int64_t{2};
  CHECK(message_of(size.run()) == "aten::sym_size.int: dimension 2 of a tensor of rank 2");

  OpCall numel("aten::sym_numel");
  numel.tensor<float>(ScalarType::Float, {2, 3}, {1, 2, 3, 4, 5, 6}).add(std::int64_t{0});
  REQUIRE(numel.run());
  CHECK(integer(numel.result()) == 6);

  OpCall item("aten::_local_scalar_dense");
  item.tensor<std::uint16_t>(ScalarType::BFloat16, {}, {0x3fc0}).add(std::int64_t{0});
  REQUIRE(item.run());
  CHECK(real(item.result()) == 1.5);
  OpCall flag("aten::_local_scalar_dense");
  flag.tensor<std::uint8_t>(ScalarType::Bool, {1}, {1}).add(std::int64_t{0});
  REQUIRE(flag.run());
  CHECK(truth(flag.result()));
  OpCall nothing("aten::_local_scalar_dense");
  nothing.tensor<float>(ScalarType::Float, {0}, {}).add(std::int64_t{0});
  CHECK(message_of(nothing.run()) == "aten::_local_scalar_dense: the tensor has no element");
}

TEST_CASE("et_view aliases, and cannot outgrow what it shows") {
  OpCall call("executorch_prim::et_view.default");
  call.tensor<float>(ScalarType::Float, {2, 3}, {1, 2, 3, 4, 5, 6}).ints({3, -1});
  Tensor out = make_tensor(ScalarType::Float, Sizes{9, 9});
  out.dynamism = Dynamism::Bound;
  call.add(out);
  REQUIRE(call.run());
  const Tensor& view = std::get<Tensor>(call.result());
  CHECK(view.data == std::get<Tensor>(call.values()[0]).data);
  CHECK(view.sizes == Sizes{3, 2});
  CHECK(view.capacity == 6);

  std::get<Tensor>(call.values()[0]).dtype = ScalarType::Int;
  CHECK(message_of(call.run()) == "executorch_prim::et_view.default: self is int32, the out is float32");
  call.values().back() = std::int64_t{0};
  CHECK(message_of(call.run()) == "executorch_prim::et_view.default: the out is no Tensor but of kind Int");
}

TEST_CASE("et_view refuses shapes that do not hold the elements") {
  for (const auto& [sizes, fits] : std::vector<std::pair<std::vector<std::int64_t>, bool>>{{{6}, true},
                                                                                           {{-1}, true},
                                                                                           {{4}, false},
                                                                                           {{-1, -1}, false},
                                                                                           {{4, -1}, false},
                                                                                           {{0, -1}, false},
                                                                                           {{-2, -3}, false}}) {
    OpCall call("executorch_prim::et_view.default");
    call.tensor<float>(ScalarType::Float, {2, 3}, {1, 2, 3, 4, 5, 6});
    std::vector<std::int64_t> items;
    for (const std::int64_t size : sizes) {
      call.values().push_back(size);
      items.push_back(static_cast<std::int64_t>(call.values().size()) - 1);
    }
    call.add(IntListRef{items});
    Tensor out = make_tensor(ScalarType::Float, Sizes::filled(sizes.size(), 9));
    out.dynamism = Dynamism::Bound;
    call.add(out);
    CHECK(call.run().has_value() == fits);
  }
}

TEST_CASE("et_copy_index appends a slice") {
  OpCall call("executorch_prim::et_copy_index.tensor");
  call.tensor<float>(ScalarType::Float, {3, 2}, {1, 2, 3, 4, 5, 6}).tensor<float>(ScalarType::Float, {2}, {8, 9});
  call.add(std::int64_t{1});
  auto& to = std::get<Tensor>(call.values()[0]);
  CHECK(!call.run());  // static sizes cannot change
  to.dynamism = Dynamism::Bound;
  REQUIRE(call.run());
  CHECK(to.sizes == Sizes{2, 2});
  CHECK(to.as<float>()[1] == 2);
  CHECK(to.as<float>()[3] == 9);
  call.values()[2] = std::int64_t{3};
  CHECK(!call.run());
  call.values()[2] = std::int64_t{-1};
  CHECK(!call.run());
}
