// The operator table: schemas, names, arities, and what check_call lets through.
#include <algorithm>

#include "ops_call.h"

using namespace ptetool;
using test::message_of;
using test::OpCall;

TEST_CASE("a schema is read into kinds, names and outs") {
  const auto schema = parse_schema(
      "ns::op.out(Tensor self, Tensor? b, Tensor[] c, Tensor?[] d, Scalar e=1, Scalar? f=None, SymInt[2] g=[0, 1], "
      "int[1]? h, "
      "float i=0.5, float[]? j=None, bool[3] k, str l=\"none\", ScalarType? m=None, Tensor(z!) n, *, bool o=False, "
      "Tensor(a!) out, Tensor(b!)[] outs) -> (Tensor(a!), Tensor(b!)[])");
  REQUIRE_MESSAGE(schema, message_of(schema ? Result<>() : Failure(schema.error())));
  CHECK(schema->name == "ns::op.out");
  CHECK(schema->outputs == 2);
  CHECK(schema->returns);
  const ArgKind expected[] = {ArgKind::Tensor,      ArgKind::OptionalTensor,
                              ArgKind::TensorList,  ArgKind::OptionalTensorList,
                              ArgKind::Scalar,      ArgKind::OptionalScalar,
                              ArgKind::IntList,     ArgKind::OptionalIntList,
                              ArgKind::Double,      ArgKind::OptionalDoubleList,
                              ArgKind::BoolList,    ArgKind::String,
                              ArgKind::OptionalInt, ArgKind::Tensor,
                              ArgKind::Bool,        ArgKind::Tensor,
                              ArgKind::TensorList};
  REQUIRE(schema->arguments.size() == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) CHECK(schema->arguments[i].kind == expected[i]);
  CHECK(schema->arguments[6].name == "g");
  CHECK(schema->arguments[13].out);
  CHECK_FALSE(schema->arguments[14].out);
  CHECK(schema->arguments[16].out);
}

TEST_CASE("broken schemas are refused") {
  for (const char* text :
       {"", "aten::add", "aten::add(Tensor self", "aten::add(Tensor self) -> ", "add(Tensor self) -> Tensor",
        "aten::add(Tensors self) -> Tensor", "aten::add(Tensor) -> Tensor", "aten::a(Tensor( self) -> ()",
        "aten::a(*, Tensor(a!) out, int b) -> Tensor"}) {
    CHECK_MESSAGE(!parse_schema(text), text);
  }
}

TEST_CASE("every row can be read, and no name occurs twice") {
  const auto all = all_operators();
  CHECK(all.size() >= 270);
  for (std::size_t i = 1; i < all.size(); ++i)
    CHECK_MESSAGE(all[i - 1].schema.name < all[i].schema.name, all[i].schema.name);
  for (const auto& op : all) {
    CHECK(find_operator(op.schema.name) == &op);
    CHECK_MESSAGE(parse_schema(op.row->schema), op.row->schema);
  }
  CHECK(find_operator("aten::nothing.out") == nullptr);
  CHECK(find_operator("") == nullptr);
}

TEST_CASE("arities count arguments, outs and the return slot") {
  const auto range = [](std::string_view name) {
    const auto* op = find_operator(name);
    REQUIRE_MESSAGE(op != nullptr, name);
    return arity(*op);
  };
  CHECK(range("aten::add.out").least == 5);
  CHECK(range("aten::add.out").most == 5);
  CHECK(range("aten::copy_").most == 4);
  CHECK(range("aten::max.dim_max").most == 6);
  CHECK(range("quantized_decomposed::dequantize_per_tensor.out").least == 8);
  CHECK(range("quantized_decomposed::dequantize_per_tensor.out").most == 9);
  CHECK(range("executorch_prim::et_copy_index.tensor").least == 3);
  CHECK(range("executorch_prim::et_copy_index.tensor").most == 4);
  CHECK(range("aten::sym_size.int").most == 3);
}

TEST_CASE("check_call names the argument that is wrong") {
  const auto good = [] {
    OpCall call("aten::add.out");
    call.tensor<float>(ScalarType::Float, {2}, {1, 2}).tensor<float>(ScalarType::Float, {2}, {3, 4});
    call.add(std::int64_t{1}).out<float>(ScalarType::Float, {2});
    return call;
  };
  CHECK(good().check());
  SUBCASE("count") {
    auto call = good();
    call.args().pop_back();
    CHECK(message_of(call.check()) == "aten::add.out: the call names 4 values, the operator takes 5");
  }
  SUBCASE("kind") {
    auto call = good();
    call.values()[1] = 2.5;
    CHECK(message_of(call.check()) == "aten::add.out: argument 'other' is a Double, expected is a Tensor");
  }
  SUBCASE("range") {
    auto call = good();
    call.args()[0] = 99;
    CHECK(message_of(call.check()) == "aten::add.out: argument 'self' names value 99, which does not exist");
    call.args()[0] = -1;
    CHECK(!call.check());
  }
  SUBCASE("return slot") {
    auto call = good();
    call.args().back() = 4;
    CHECK(message_of(call.check()) == "aten::add.out: the return slot names value 4, which does not exist");
  }
}

TEST_CASE("check_call looks into lists") {
  OpCall call("aten::permute_copy.out");
  call.tensor<float>(ScalarType::Float, {1}, {1}).ints({0}).out<float>(ScalarType::Float, {1});
  CHECK(call.check());
  std::vector<std::int64_t> items = {0};
  call.values()[2] = IntListRef{items};
  CHECK(message_of(call.check()) ==
        "aten::permute_copy.out: argument 'dims': item 0 names value 0, a Tensor instead of an Int");
  items[0] = 77;
  CHECK(message_of(call.check()) ==
        "aten::permute_copy.out: argument 'dims': item 0 names value 77, which does not exist");
}

TEST_CASE("Int is accepted for a float, None where it is optional") {
  OpCall call("quantized_decomposed::quantize_per_tensor.out");
  call.tensor<float>(ScalarType::Float, {3}, {-2, 0.5f, 300}).add(std::int64_t{1}).add(std::int64_t{0});
  call.add(std::int64_t{-128}).add(std::int64_t{127}).add(std::int64_t{1}).out<std::int8_t>(ScalarType::Char, {3});
  REQUIRE(call.run());
  CHECK(call.elements<std::int8_t>() == std::vector<std::int8_t>{-2, 0, 127});
}

TEST_CASE("calls of old releases leave arguments out") {
  OpCall call("quantized_decomposed::dequantize_per_tensor.out");
  call.tensor<std::int8_t>(ScalarType::Char, {2}, {3, -5}).add(0.5).add(std::int64_t{1});
  call.add(std::int64_t{-128}).add(std::int64_t{127}).add(std::int64_t{1}).out<float>(ScalarType::Float, {2});
  REQUIRE(call.args().size() == 8);
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{1, -3});
}
