// How far complex64 results of elementwise functions are from the correctly rounded ones: in units in the last place of
// the result's magnitude, as either part alone may cancel. The C++ library in long double is the reference.
#include <algorithm>
#include <complex>

#include "ops_accuracy.h"

namespace {

using namespace ptetool;
using test::Real;
using Number = std::complex<float>;
using Wide = std::complex<Real>;

// In all four quadrants, near and far from 0 and 1, and on the axes.
std::vector<Number> samples(float most) {
  std::mt19937 random(3);
  const auto part = [&] {
    const float fraction = static_cast<float>(random()) / 2147483648.0f - 1;
    return std::clamp(std::ldexp(fraction, static_cast<int>(random() % 14) - 8), -most, most);
  };
  std::vector<Number> numbers;
  for (int i = 0; i < 20000; ++i) numbers.emplace_back(i % 16 == 0 ? 0 : part(), i % 16 == 1 ? 0 : part());
  for (int i = 0; i < 4000; ++i) numbers.emplace_back(1 + part() / 64, part() / 64);
  return numbers;
}
Tensor over(std::vector<Number>& numbers) {
  Tensor tensor = make_tensor(ScalarType::ComplexFloat, Sizes{static_cast<std::int64_t>(numbers.size())}.span());
  tensor.data = numbers.data();
  return tensor;
}
double units_off(Number actual, Wide wanted) {
  const auto size = static_cast<float>(std::abs(wanted));
  if (!std::isfinite(size)) return 0;
  const float unit = std::max(size, std::numeric_limits<float>::min());
  return static_cast<double>(std::abs(Wide(actual) - wanted) / (unit - std::nextafter(unit, 0.0f)));
}

void check(const std::string& name, const std::function<Wide(Wide)>& reference, float most = 64) {
  std::vector<Number> inputs = samples(most), outputs(inputs.size());
  test::OpCall call(name);
  call.add(over(inputs)).add(over(outputs)).again(1);
  const auto done = call.run();
  REQUIRE_MESSAGE(done, test::message_of(done));
  test::Worst worst;
  for (std::size_t i = 0; i < inputs.size(); ++i) worst.add(units_off(outputs[i], reference(Wide(inputs[i]))), i);
  CHECK_MESSAGE(worst.units <= test::kLimit, name << " is " << worst.units << " units off at " << inputs[worst.index]
                                                  << ": " << outputs[worst.index]);
}

Wide expm1(Wide z) {
  const Real half = std::sin(z.imag() / 2);
  return {std::expm1(z.real()) * std::cos(z.imag()) - 2 * half * half, std::exp(z.real()) * std::sin(z.imag())};
}
Wide log1p(Wide z) {
  const Real a = z.real(), b = z.imag();
  return {std::log1p(a * (2 + a) + b * b) / 2, std::atan2(b, 1 + a)};
}

TEST_CASE("functions of complex numbers are within 4 units in the last place of their magnitude") {
  check("aten::acos.out", [](Wide z) { return std::acos(z); });
  check("aten::acosh.out", [](Wide z) { return std::acosh(z); });
  check("aten::asin.out", [](Wide z) { return std::asin(z); });
  check("aten::asinh.out", [](Wide z) { return std::asinh(z); });
  check("aten::atan.out", [](Wide z) { return std::atan(z); });
  check("aten::atanh.out", [](Wide z) { return std::atanh(z); });
  check("aten::cos.out", [](Wide z) { return std::cos(z); });
  check("aten::cosh.out", [](Wide z) { return std::cosh(z); });
  check("aten::sin.out", [](Wide z) { return std::sin(z); });
  check("aten::sinh.out", [](Wide z) { return std::sinh(z); });
  check("aten::tan.out", [](Wide z) { return std::tan(z); });
  check("aten::tanh.out", [](Wide z) { return std::tanh(z); });
  check("aten::exp.out", [](Wide z) { return std::exp(z); });
  check("aten::exp2.out", [](Wide z) { return std::exp(z * std::log(Real{2})); });
  check("aten::expm1.out", expm1);
  check("aten::log.out", [](Wide z) { return std::log(z); });
  check("aten::log1p.out", log1p);
  check("aten::log2.out", [](Wide z) { return std::log(z) / std::log(Real{2}); });
  check("aten::log10.out", [](Wide z) { return std::log10(z); });
  check("aten::sqrt.out", [](Wide z) { return std::sqrt(z); });
  check("aten::rsqrt.out", [](Wide z) { return Wide(1) / std::sqrt(z); });
  check("aten::reciprocal.out", [](Wide z) { return Wide(1) / z; });
  check(
      "aten::sigmoid.out", [](Wide z) { return Wide(1) / (Wide(1) + std::exp(-z)); }, 8);
  check("aten::square.out", [](Wide z) { return z * z; });
  check("aten::sgn.out", [](Wide z) { return z == Wide(0) ? Wide(0) : z / std::abs(z); });
}

void check_two(const std::string& name, const std::function<Wide(Wide, Wide)>& reference, float most) {
  std::vector<Number> left = samples(most), right = left, outputs(left.size());
  std::shuffle(right.begin(), right.end(), std::mt19937(4));
  test::OpCall call(name);
  call.add(over(left)).add(over(right));
  if (name == "aten::add.out") call.add(std::int64_t{1});
  call.add(over(outputs)).again(call.values().size() - 1);
  const auto done = call.run();
  REQUIRE_MESSAGE(done, test::message_of(done));
  test::Worst worst;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (std::abs(left[i]) < 0.01f || std::abs(right[i]) < 0.01f) continue;
    worst.add(units_off(outputs[i], reference(Wide(left[i]), Wide(right[i]))), i);
  }
  CHECK_MESSAGE(worst.units <= test::kLimit, name << " is " << worst.units << " units off at " << left[worst.index]
                                                  << ", " << right[worst.index] << ": " << outputs[worst.index]);
}

TEST_CASE("functions of two complex numbers are within 4 units in the last place of their magnitude") {
  check_two(
      "aten::mul.out", [](Wide a, Wide b) { return a * b; }, 64);
  check_two(
      "aten::div.out", [](Wide a, Wide b) { return a / b; }, 64);
  check_two(
      "aten::add.out", [](Wide a, Wide b) { return a + b; }, 64);
  check_two(
      "aten::pow.Tensor_Tensor_out", [](Wide a, Wide b) { return std::pow(a, b); }, 8);
}

}  // namespace
