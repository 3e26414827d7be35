// Elements as numbers and text, and summaries of them.
#include "ptetool/tensor/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "ptetool/tensor/half.h"

namespace {

using namespace ptetool;

template <class T>
Tensor tensor_of(ScalarType dtype, std::vector<T>& items, const Sizes& sizes) {
  Tensor tensor = make_tensor(dtype, sizes);
  tensor.data = items.data();
  return tensor;
}

template <class T>
std::string text_of(ScalarType dtype, T item) {
  std::vector<T> items{item};
  return element_text(tensor_of(dtype, items, Sizes{}), 0);
}

template <class T>
TensorStatistics summary(ScalarType dtype, std::vector<T> items) {
  return statistics_of(tensor_of(dtype, items, Sizes{static_cast<std::int64_t>(items.size())}));
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST_CASE("elements are written with the fewest digits") {
  CHECK(text_of(ScalarType::Float, 0.25f) == "0.25");
  CHECK(text_of(ScalarType::Float, 0.1f) == "0.1");
  CHECK(text_of(ScalarType::Float, -3.0f) == "-3");
  CHECK(text_of(ScalarType::Double, 0.1) == "0.1");
  CHECK(text_of(ScalarType::Double, -kNan) == "nan");
  CHECK(text_of(ScalarType::Double, -kInfinity) == "-inf");
  CHECK(text_of(ScalarType::Half, to_half(0.1f)) == "0.0999756");
  CHECK(text_of(ScalarType::BFloat16, to_bfloat16(3.14159f)) == "3.14062");
}

TEST_CASE("elements of the other types") {
  CHECK(text_of<std::uint8_t>(ScalarType::Bool, 2) == "true");
  CHECK(text_of<std::uint8_t>(ScalarType::Bool, 0) == "false");
  CHECK(text_of<std::uint8_t>(ScalarType::Byte, 200) == "200");
  CHECK(text_of<std::uint8_t>(ScalarType::Char, 200) == "-56");
  CHECK(text_of<std::uint16_t>(ScalarType::UInt16, 65535) == "65535");
  CHECK(text_of<std::uint32_t>(ScalarType::UInt32, 4000000000u) == "4000000000");
  CHECK(text_of(ScalarType::UInt64, std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(text_of(ScalarType::Long, std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(text_of<std::uint8_t>(ScalarType::Float8E4M3FN, 0x7e) == "448");
  CHECK(text_of<std::uint8_t>(ScalarType::Float8E5M2FNUZ, 0x80) == "nan");
  CHECK(text_of<std::int8_t>(ScalarType::QInt8, -1) == "-1");
  CHECK(text_of<std::uint8_t>(ScalarType::QUInt4x2, 0xff) == "255");
  CHECK(text_of<std::uint16_t>(ScalarType::Bits16, 0xffff) == "65535");
  std::vector<float> complex{1, -2, 0.5f, std::numeric_limits<float>::quiet_NaN()};
  const Tensor tensor = tensor_of(ScalarType::ComplexFloat, complex, Sizes{2});
  CHECK(element_text(tensor, 0) == "1-2j");
  CHECK(element_text(tensor, 1) == "0.5+nanj");
  CHECK(element_as_double(tensor, 1) == 0.5);
}

TEST_CASE("every dtype has a text and a summary") {
  for (const DtypeInfo& row : all_dtypes()) {
    const OwnedTensor owned = *allocate_tensor(row.type, Sizes{3});
    CHECK(element_as_double(owned.tensor, 2) == 0);
    CHECK_FALSE(element_text(owned.tensor, 2).empty());
    CHECK(statistics_of(owned.tensor).any_finite);
  }
}

TEST_CASE("NaN and infinities are counted and left out") {
  const TensorStatistics all = summary<double>(ScalarType::Double, {1, kNan, -3, kInfinity, -kInfinity, 5});
  CHECK(all.min == -3);
  CHECK(all.max == 5);
  CHECK(all.mean == 1);
  CHECK(all.nan == 1);
  CHECK(all.inf == 2);
  CHECK(all.any_finite);
  const TensorStatistics none = summary<double>(ScalarType::Double, {kNan, kInfinity});
  CHECK_FALSE(none.any_finite);
  CHECK(none.mean == 0);
}

TEST_CASE("the mean of the largest numbers is finite") {
  const double most = std::numeric_limits<double>::max();
  CHECK(summary<double>(ScalarType::Double, {most, most}).mean == most);
}

TEST_CASE("a complex element is not finite if either part is not") {
  std::vector<double> items{2, kNan, 3, kInfinity, kNan, kInfinity, 4, 9};
  const TensorStatistics all = statistics_of(tensor_of(ScalarType::ComplexDouble, items, Sizes{4}));
  CHECK(all.nan == 2);
  CHECK(all.inf == 1);
  CHECK(all.min == 4);
  CHECK(all.mean == 4);
}

TEST_CASE("nothing is known of an empty tensor, or of one without memory") {
  CHECK_FALSE(summary<float>(ScalarType::Float, {}).any_finite);
  CHECK_FALSE(statistics_of(make_tensor(ScalarType::Float, Sizes{4})).any_finite);
}

}  // namespace
