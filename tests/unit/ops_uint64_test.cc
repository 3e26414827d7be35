// uint64 is computed in int64: its upper half must come out right where it shows, in comparisons and in fractions.
#include <limits>

#include "ops_call.h"

namespace {

using namespace ptetool;

constexpr std::uint64_t kHigh = std::uint64_t{1} << 63;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

template <class T>
std::vector<T> binary(std::string_view name, ScalarType result) {
  test::OpCall call(name);
  call.tensor<std::uint64_t>(ScalarType::UInt64, {4}, {1, kHigh + 4096, kMost, 7});
  call.tensor<std::uint64_t>(ScalarType::UInt64, {4}, {2, 3, kHigh, 7});
  call.out<T>(result, {4});
  REQUIRE(call.run());
  return call.elements<T>();
}

TEST_CASE("comparisons of uint64 know no sign") {
  using Truths = std::vector<std::uint8_t>;
  CHECK(binary<std::uint8_t>("aten::lt.Tensor_out", ScalarType::Bool) == Truths{1, 0, 0, 0});
  CHECK(binary<std::uint8_t>("aten::le.Tensor_out", ScalarType::Bool) == Truths{1, 0, 0, 1});
  CHECK(binary<std::uint8_t>("aten::gt.Tensor_out", ScalarType::Bool) == Truths{0, 1, 1, 0});
  CHECK(binary<std::uint8_t>("aten::ge.Tensor_out", ScalarType::Bool) == Truths{0, 1, 1, 1});
  CHECK(binary<std::uint8_t>("aten::eq.Tensor_out", ScalarType::Bool) == Truths{0, 0, 0, 1});
}

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("the lesser, the greater and what is left of a division know no sign in uint64") {
  const auto numbers = [](std::string_view name) { return binary<std::uint64_t>(name, ScalarType::UInt64); };
  CHECK(numbers("aten::minimum.out") == Numbers{1, 3, kHigh, 7});
  CHECK(numbers("aten::maximum.out") == Numbers{2, kHigh + 4096, kMost, 7});
  CHECK(numbers("aten::floor_divide.out") == Numbers{0, (kHigh + 4096) / 3, 1, 1});
  CHECK(numbers("aten::remainder.Tensor_out") == Numbers{1, (kHigh + 4096) % 3, kHigh - 1, 0});
  CHECK(numbers("aten::fmod.Tensor_out") == Numbers{1, (kHigh + 4096) % 3, kHigh - 1, 0});
  test::OpCall quotient("aten::div.out_mode");
  quotient.tensor<std::uint64_t>(ScalarType::UInt64, {1}, {kMost});
  quotient.tensor<std::uint64_t>(ScalarType::UInt64, {1}, {kHigh});
  quotient.add(std::string_view("trunc")).out<std::uint64_t>(ScalarType::UInt64, {1});
  REQUIRE(quotient.run());
  CHECK(quotient.elements<std::uint64_t>() == Numbers{1});
}

TEST_CASE("uint64 is clamped without a sign") {
  const auto clamped = [](Value low, Value high) {
    test::OpCall call("aten::clamp.out");
    call.tensor<std::uint64_t>(ScalarType::UInt64, {3}, {1, kHigh, kMost});
    call.add(low).add(high).out<std::uint64_t>(ScalarType::UInt64, {3});
    REQUIRE(call.run());
    return call.elements<std::uint64_t>();
  };
  CHECK(clamped(std::int64_t{5}, None{}) == Numbers{5, kHigh, kMost});
  CHECK(clamped(None{}, std::int64_t{5}) == Numbers{1, 5, 5});
  test::OpCall between("aten::clamp.Tensor_out");
  between.tensor<std::uint64_t>(ScalarType::UInt64, {3}, {1, kHigh, kMost});
  between.tensor<std::uint64_t>(ScalarType::UInt64, {1}, {5})
      .tensor<std::uint64_t>(ScalarType::UInt64, {1}, {kHigh + 1});
  between.out<std::uint64_t>(ScalarType::UInt64, {3});
  REQUIRE(between.run());
  CHECK(between.elements<std::uint64_t>() == Numbers{5, kHigh, kHigh + 1});
}

TEST_CASE("uint64 becomes the fraction that it is, and back") {
  CHECK(binary<float>("aten::div.out", ScalarType::Float) == std::vector<float>{0.5f, 0x1p63f / 3, 2, 1});
  test::OpCall down("aten::_to_copy.out");
  down.tensor<double>(ScalarType::Double, {4}, {0x1p63, -1.0, 3.5, 0x1p64});
  down.add(false).add(None{});
  down.out<std::uint64_t>(ScalarType::UInt64, {4});
  REQUIRE(down.run());
  CHECK(down.elements<std::uint64_t>() == std::vector<std::uint64_t>{kHigh, kMost, 3, 0});
}

}  // namespace
