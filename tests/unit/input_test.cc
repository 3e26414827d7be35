// What may stand after --input beside files: literals, numbers, generators.
#include "ptetool/tensor/input.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "input_values.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/tensor/half.h"

namespace {

using namespace input_values;

TEST_CASE("tensor literals take the expected dtype") {
  CHECK(outcome("[[1,2],[3,4]]", tensor_of(ScalarType::Float, {2, 2})) == "[2, 2] 1 2 3 4");
  CHECK(outcome(" [ [ 1 , 2 ] , [ 3 , 4 ] ] ", tensor_of(ScalarType::Long, {2, 2})) == "[2, 2] 1 2 3 4");
  CHECK(outcome("[0.5, -INF, nan, +1e2]", tensor_of(ScalarType::Half, {4})) == "[4] 0.5 -inf nan 100");
  CHECK(outcome("[true, False, 1, 0]", tensor_of(ScalarType::Bool, {4})) == "[4] true false true false");
  CHECK(outcome("[18446744073709551615]", tensor_of(ScalarType::UInt64, {1})) == "[1] 18446744073709551615");
  CHECK(outcome("[-9223372036854775808]", tensor_of(ScalarType::Long, {1})) == "[1] -9223372036854775808");
  CHECK(outcome("[2.0, 1e3]", tensor_of(ScalarType::Int, {2})) == "[2] 2 1000");
  CHECK(outcome("[1.5]", tensor_of(ScalarType::ComplexFloat, {1})) == "[1] 1.5+0j");
  CHECK(outcome("[255]", tensor_of(ScalarType::QUInt4x2, {1})) == "[1] 255");
  CHECK(outcome("[448, 0.1]", tensor_of(ScalarType::Float8E4M3FN, {2})) == "[2] 448 0.101562");
  CHECK(outcome("[]", tensor_of(ScalarType::Float, {0})) == "[0]");
  CHECK(outcome("[[],[]]", tensor_of(ScalarType::Float, {2, 0})) == "[2, 0]");
}

TEST_CASE("a scalar literal fills the shape") {
  CHECK(outcome("3", tensor_of(ScalarType::Float, {})) == "[] 3");
  CHECK(outcome("0.25", tensor_of(ScalarType::BFloat16, {2, 2})) == "[2, 2] 0.25 0.25 0.25 0.25");
  CHECK(outcome("-7", tensor_of(ScalarType::Short, {3}, true)) == "[3] -7 -7 -7");
  CHECK(outcome("3", tensor_of(ScalarType::Float, {0})) == "[0]");
}

TEST_CASE("numbers that the dtype cannot hold are refused") {
  CHECK(outcome("[300]", tensor_of(ScalarType::Byte, {1})) == "input '[300]': 300 is no uint8 value");
  CHECK(code("[-1]", tensor_of(ScalarType::UInt64, {1})) == ErrorCode::Mismatch);
  CHECK(code("[9223372036854775808]", tensor_of(ScalarType::Long, {1})) == ErrorCode::Mismatch);
  CHECK(code("[1e19]", tensor_of(ScalarType::Long, {1})) == ErrorCode::Mismatch);
  CHECK(code("[1.5]", tensor_of(ScalarType::Int, {1})) == ErrorCode::Mismatch);
  CHECK(code("[nan]", tensor_of(ScalarType::Int, {1})) == ErrorCode::Mismatch);
  CHECK(code("[2]", tensor_of(ScalarType::Bool, {1})) == ErrorCode::Mismatch);
  CHECK(code("[true]", tensor_of(ScalarType::Float, {1})) == ErrorCode::Mismatch);
  CHECK(code("[1e39]", tensor_of(ScalarType::Float, {1})) == ErrorCode::Mismatch);
  CHECK(code("[70000]", tensor_of(ScalarType::Half, {1})) == ErrorCode::Mismatch);
  CHECK(code("[inf]", tensor_of(ScalarType::Float8E4M3FN, {1})) == ErrorCode::Mismatch);
}

TEST_CASE("shapes must be those that the method expects") {
  CHECK(outcome("[1,2]", tensor_of(ScalarType::Float, {3})) ==
        "input '[1,2]': has the shape [2], the method expects [3]");
  CHECK(outcome("[1,2]", tensor_of(ScalarType::Float, {1, 2})) ==
        "input '[1,2]': has the shape [2], the method expects [1, 2] (another rank)");
  CHECK(outcome("[1,2]", tensor_of(ScalarType::Float, {4}, true)) == "[2] 1 2");
  CHECK(outcome("[[1],[2],[3],[4]]", tensor_of(ScalarType::Float, {2, 2}, true)) == "[4, 1] 1 2 3 4");
  CHECK(outcome("[1,2,3]", tensor_of(ScalarType::Float, {2}, true)) ==
        "input '[1,2,3]': has the shape [3], the method expects at most [2] (more elements in all)");
  CHECK(code("[3]", tensor_of(ScalarType::Float, {})) == ErrorCode::Mismatch);
  CHECK(code("1", tensor_of(ScalarType::Float, {-1})) == ErrorCode::Usage);
}

TEST_CASE("broken lists say where") {
  const InputExpectation any = tensor_of(ScalarType::Float, {2, 2});
  CHECK(outcome("[[1,2],[3]]", any) == "input '[[1,2],[3]]': a row of 1 after rows of 2 at character 8");
  CHECK(outcome("[1,[2]]", any) == "input '[1,[2]]': a list stands beside a number at character 4");
  CHECK(outcome("[[],1]", any) == "input '[[],1]': a number stands beside a list at character 5");
  CHECK(outcome("[1 2]", any) == "input '[1 2]': ',' or ']' is missing at character 4");
  CHECK(outcome("[1,]", any) == "input '[1,]': a value is missing at character 4");
  CHECK(outcome("[1", any) == "input '[1': ',' or ']' is missing at character 3");
  CHECK(outcome("[1]]", any) == "input '[1]]': more text follows at character 4");
  CHECK(outcome("[1,x]", any) == "input '[1,x]': 'x' is no number and no bool at character 4");
  CHECK(outcome("[null]", any) == "input '[null]': null cannot be an element at character 2");
  CHECK(outcome("1.2.3", any) == "input '1.2.3': '1.2.3' is no number at character 1");
  for (const char* text : {"[0x10]", "[1e999]", "[--1]", "[+-1]", "[nan(1)]", "[-]", "[1_000]", "[\"a\"]", "["}) {
    CHECK(code(text, any) == ErrorCode::Usage);
  }
  CHECK(code(std::string(17, '[') + std::string(17, ']'), any) == ErrorCode::Usage);
  CHECK(code(std::string(1000000, '['), any) == ErrorCode::Usage);
  CHECK(outcome(std::string(16, '[') + "5" + std::string(16, ']'), tensor_of(ScalarType::Int, Sizes::filled(16, 1)))
            .ends_with("] 5"));
}

TEST_CASE("scalar inputs") {
  CHECK(std::get<std::int64_t>(*parse("3", scalar_of(Kind::Int))) == 3);
  CHECK(std::get<std::int64_t>(*parse("-9223372036854775808", scalar_of(Kind::Int))) ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(std::get<double>(*parse("0.5", scalar_of(Kind::Double))) == 0.5);
  CHECK(std::get<double>(*parse("3", scalar_of(Kind::Double))) == 3);
  CHECK(std::isnan(std::get<double>(*parse("NaN", scalar_of(Kind::Double)))));
  CHECK(std::get<bool>(*parse("true", scalar_of(Kind::Bool))));
  CHECK_FALSE(std::get<bool>(*parse("0", scalar_of(Kind::Bool))));
  CHECK(std::holds_alternative<std::monostate>(*parse("null", scalar_of(Kind::Null))));
  CHECK(std::get<std::string>(*parse(R"("a \"b\" \u00e9\n")", scalar_of(Kind::String))) == "a \"b\" \xc3\xa9\n");
}

TEST_CASE("scalars of another kind are refused") {
  CHECK(outcome("0.5", scalar_of(Kind::Int)) == "input '0.5': is not an int, which the method expects");
  CHECK(code("true", scalar_of(Kind::Int)) == ErrorCode::Mismatch);
  CHECK(code("null", scalar_of(Kind::Double)) == ErrorCode::Mismatch);
  CHECK(code("2", scalar_of(Kind::Bool)) == ErrorCode::Mismatch);
  CHECK(code("3", scalar_of(Kind::String)) == ErrorCode::Mismatch);
  CHECK(code("3", scalar_of(Kind::Null)) == ErrorCode::Mismatch);
  CHECK(code("[1]", scalar_of(Kind::Int)) == ErrorCode::Mismatch);
  CHECK(code("ones", scalar_of(Kind::Int)) == ErrorCode::Mismatch);
  CHECK(code("null", tensor_of(ScalarType::Float, {1})) == ErrorCode::Mismatch);
  CHECK(code("\"a\"", tensor_of(ScalarType::Float, {1})) == ErrorCode::Mismatch);
  CHECK(code("\"open", scalar_of(Kind::String)) == ErrorCode::Usage);
  CHECK(code("\"a\" b", scalar_of(Kind::String)) == ErrorCode::Usage);
}

TEST_CASE("generators fill the shape") {
  CHECK(outcome("zeros", tensor_of(ScalarType::Float, {2})) == "[2] 0 0");
  CHECK(outcome("ones", tensor_of(ScalarType::Bool, {2})) == "[2] true true");
  CHECK(outcome("ones", tensor_of(ScalarType::BFloat16, {2})) == "[2] 1 1");
  CHECK(outcome("arange", tensor_of(ScalarType::Float, {2, 3})) == "[2, 3] 0 1 2 3 4 5");
  CHECK(outcome("arange", tensor_of(ScalarType::Long, {3}, true)) == "[3] 0 1 2");
  CHECK(outcome("arange", tensor_of(ScalarType::Byte, {257})) == "input 'arange': 256 is no uint8 value");
  CHECK(outcome("arange", tensor_of(ScalarType::Byte, {0})) == "[0]");
}

TEST_CASE("random inputs are of use for every dtype") {
  for (const DtypeInfo& row : all_dtypes()) {
    for (const char* text : {"rand", "randn"}) {
      const auto value = parse(text, tensor_of(row.type, {100}));
      REQUIRE(value);
      const TensorStatistics all = statistics_of(std::get<OwnedTensor>(*value).tensor);
      CHECK(all.nan + all.inf == 0);
      const bool exact = row.kind != DtypeKind::Float && row.kind != DtypeKind::Complex;
      const bool uniform = std::string_view(text) == "rand";
      CHECK(all.min < all.max);
      CHECK(all.min >= (exact || uniform ? 0 : -6));
      CHECK(all.max <= (row.kind == DtypeKind::Bool ? 1 : exact ? 9 : uniform ? 1 : 6));
    }
  }
}

TEST_CASE("the generator gives the same numbers everywhere") {
  SeededRandom random(42);
  CHECK(random.next() == 0xbdd732262feb6e95u);
  CHECK(random.next() == 0x28efe333b266f103u);
  SeededRandom normals(42);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = normals.normal();
    sum += value;
    squares += value * value;
  }
  CHECK(std::fabs(sum / 100000) < 0.01);
  CHECK(std::fabs(squares / 100000 - 1) < 0.02);
}

TEST_CASE("inputs that nobody gave") {
  SeededRandom random(7);
  CHECK(std::get<std::int64_t>(*random_input(scalar_of(Kind::Int), random)) == 0);
  CHECK(std::get<std::string>(*random_input(scalar_of(Kind::String), random)).empty());
  CHECK(std::holds_alternative<std::monostate>(*random_input(scalar_of(Kind::Null), random)));
  const auto bools = random_input(tensor_of(ScalarType::Bool, {3}), random);
  CHECK(element_text(std::get<OwnedTensor>(*bools).tensor, 1) == "true");
  CHECK(element_text(std::get<OwnedTensor>(*bools).tensor, 2) == "false");
}

TEST_CASE("text that is nothing lists what there is") {
  const std::string message = outcome("hello", tensor_of(ScalarType::Float, {2}));
  CHECK(message.starts_with("input 'hello' is neither a file nor a literal; give a file (.npy, "));
  CHECK(code("", tensor_of(ScalarType::Float, {2})) == ErrorCode::Usage);
  CHECK(outcome("a\nb", tensor_of(ScalarType::Float, {2})).starts_with("input 'a\\nb' is neither"));
}

}  // namespace
