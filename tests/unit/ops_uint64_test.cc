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
