// How far float32 results of elementwise functions are from the correctly rounded ones: at most 4 units in the last
// place over a sample of all magnitudes, measured against double.
#include <cmath>
#include <numbers>
#include <vector>

#include "ops_call.h"

namespace {

using namespace ptetool;
using Reference = double (*)(double);

// Of both signs, from 2^-60 to 2^60, finer between 2^-6 and 2^8 where functions bend.
std::vector<float> sample() {
  std::vector<float> numbers = {0.0f, -0.0f};
  for (int exponent = -60; exponent <= 60; ++exponent) {
    const int steps = exponent >= -6 && exponent <= 8 ? 300 : 12;
    for (int i = 0; i < steps; ++i) {
      const float magnitude = std::ldexp(1 + static_cast<float>(i) / static_cast<float>(steps), exponent);
      numbers.push_back(magnitude);
      numbers.push_back(-magnitude);
    }
  }
  return numbers;
}

// The distance in units of the float nearest to `wanted`; 0 for what is equal after rounding.
double units_off(float actual, double wanted) {
  const auto rounded = static_cast<float>(wanted);
  if (actual == rounded || (std::isnan(actual) && std::isnan(rounded))) return 0;
  if (!std::isfinite(actual) || !std::isfinite(rounded)) {
    // Next to the largest float, infinity is one unit away.
    const float finite = std::isfinite(actual) ? actual : rounded;
    return std::fabs(finite) > 3.4028e38f ? 1 : std::numeric_limits<double>::infinity();
  }
  const float magnitude = std::max(std::fabs(rounded), std::numeric_limits<float>::min());
  const double unit = std::nextafter(magnitude, std::numeric_limits<float>::infinity()) - magnitude;
  return std::fabs(static_cast<double>(actual) - wanted) / unit;
}

Tensor tensor_over(std::vector<float>& numbers) {
  Tensor tensor = make_tensor(ScalarType::Float, Sizes{static_cast<std::int64_t>(numbers.size())}.span());
  tensor.data = numbers.data();
  return tensor;
}

// `more` arguments follow the tensor.
void check(const char* name, Reference reference, std::initializer_list<Value> more = {}) {
  std::vector<float> inputs = sample(), outputs(inputs.size());
  test::OpCall call(name);
  call.add(tensor_over(inputs));
  for (const Value& each : more) call.add(each);
  call.add(tensor_over(outputs)).again(1 + more.size());
  REQUIRE_MESSAGE(call.run(), name);
  double worst = 0;
  float where = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double off = units_off(outputs[i], reference(static_cast<double>(inputs[i])));
    if (!(off <= worst)) {
      worst = off;
      where = inputs[i];
    }
  }
  CHECK_MESSAGE(worst <= 4, name << " is " << worst << " units off at " << where);
}

TEST_CASE("elementwise functions are within 4 units in the last place") {
  check("aten::acos.out", std::acos);
  check("aten::acosh.out", std::acosh);
  check("aten::asin.out", std::asin);
  check("aten::asinh.out", std::asinh);
  check("aten::atan.out", std::atan);
  check("aten::atanh.out", std::atanh);
  check("aten::cos.out", std::cos);
  check("aten::cosh.out", std::cosh);
  check("aten::sin.out", std::sin);
  check("aten::sinh.out", std::sinh);
  check("aten::tan.out", std::tan);
  check("aten::tanh.out", std::tanh);
  check("aten::exp.out", std::exp);
  check("aten::exp2.out", std::exp2);
  check("aten::expm1.out", std::expm1);
  check("aten::log.out", std::log);
  check("aten::log1p.out", std::log1p);
  check("aten::log2.out", std::log2);
  check("aten::log10.out", std::log10);
  check("aten::sqrt.out", std::sqrt);
  check("aten::rsqrt.out", [](double x) { return 1 / std::sqrt(x); });
  check("aten::reciprocal.out", [](double x) { return 1 / x; });
  check("aten::erf.out", std::erf);
  check("aten::erfc.out", std::erfc);
  check("aten::deg2rad.out", [](double x) { return x * (std::numbers::pi / 180); });
  check("aten::rad2deg.out", [](double x) { return x * (180 / std::numbers::pi); });
}

TEST_CASE("activations are within 4 units in the last place") {
  check("aten::mish.out", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); });
  check("aten::log_sigmoid.out", [](double x) { return std::min(x, 0.0) - std::log1p(std::exp(-std::fabs(x))); });
  check("aten::elu.out", [](double x) { return x > 0 ? x : std::expm1(x); }, {1.0, 1.0, 1.0});
  check("aten::celu.out", [](double x) { return x > 0 ? x : std::expm1(x); }, {1.0});
  check("aten::hardswish.out", [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; });
  check("aten::sinc.out",
        [](double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); });
}

}  // namespace
