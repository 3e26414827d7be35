// How far float32 results of elementwise functions are from the correctly rounded ones: at most 4 units in the last
// place over numbers of all magnitudes, measured against long double.
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <sstream>
#include <vector>

#include "ops_call.h"

namespace {

using namespace ptetool;
using Real = long double;
using Unary = std::function<Real(Real)>;
using Binary = std::function<Real(Real, Real)>;

constexpr Real kPi = std::numbers::pi_v<Real>;
constexpr double kLimit = 4;

// Of both signs, from 2^-60 to 2^60, finer between 2^-6 and 2^8 where functions bend, then bit patterns from
// everywhere.
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
  for (std::uint32_t bits = 0; bits < 0xFFFF0000u; bits += 0x1FFF7u) numbers.push_back(std::bit_cast<float>(bits));
  return numbers;
}

// Pairs of equal order and of different ones, equal numbers, and halves for exponents.
std::pair<std::vector<float>, std::vector<float>> pairs() {
  std::mt19937 random(7);
  const auto moderate = [&] {
    return std::ldexp(static_cast<float>(random()) / 2147483648.0f - 1, static_cast<int>(random() % 16) - 6);
  };
  std::pair<std::vector<float>, std::vector<float>> result;
  for (int i = 0; i < 12000; ++i) {
    const float a = moderate();
    result.first.push_back(a);
    result.second.push_back(i % 8 == 0 ? a : i % 8 == 1 ? std::nearbyint(moderate()) / 2 : moderate());
    result.first.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    result.second.push_back(i % 2 == 0 ? moderate() : std::bit_cast<float>(static_cast<std::uint32_t>(random())));
  }
  return result;
}

// The distance in units of the float nearest to `wanted`; 0 for what is equal after rounding.
double units_off(float actual, Real wanted) {
  const auto rounded = static_cast<float>(wanted);
  if (actual == rounded || (std::isnan(actual) && std::isnan(rounded))) return 0;
  if (!std::isfinite(actual) || !std::isfinite(rounded)) {
    // Next to the largest float, infinity is one unit away.
    const float finite = std::isfinite(actual) ? actual : rounded;
    return std::fabs(finite) > 3.4028e38f ? 1 : std::numeric_limits<double>::infinity();
  }
  const float magnitude = std::max(std::fabs(rounded), std::numeric_limits<float>::min());
  const float next = std::nextafter(magnitude, 0.0f);
  return static_cast<double>(std::fabs(static_cast<Real>(actual) - wanted) / (magnitude - next));
}

Tensor tensor_over(std::vector<float>& numbers) {
  Tensor tensor = make_tensor(ScalarType::Float, Sizes{static_cast<std::int64_t>(numbers.size())}.span());
  tensor.data = numbers.data();
  return tensor;
}

// What the farthest result is off, and where.
struct Worst {
  double units = 0;
  std::size_t index = 0;

  void add(double off, std::size_t i) {
    if (!(off <= units)) *this = {off, i};
  }
};

// `more` arguments follow the tensor; `before` precede it.
void check(const std::string& name, const Unary& reference, std::initializer_list<Value> more = {},
           std::initializer_list<Value> before = {}) {
  std::vector<float> inputs = sample(), outputs(inputs.size());
  test::OpCall call(name);
  for (const Value& each : before) call.add(each);
  call.add(tensor_over(inputs));
  for (const Value& each : more) call.add(each);
  call.add(tensor_over(outputs)).again(1 + before.size() + more.size());
  REQUIRE_MESSAGE(call.run(), name);
  Worst worst;
  for (std::size_t i = 0; i < inputs.size(); ++i) worst.add(units_off(outputs[i], reference(inputs[i])), i);
  CHECK_MESSAGE(worst.units <= kLimit, name << " is " << worst.units << " units off at " << inputs[worst.index] << ": "
                                            << outputs[worst.index]);
}

void check_two(const std::string& name, const Binary& reference, std::initializer_list<Value> more = {}) {
  auto both = pairs();
  auto& a = both.first;
  auto& b = both.second;
  std::vector<float> outputs(a.size());
  test::OpCall call(name);
  call.add(tensor_over(a)).add(tensor_over(b));
  for (const Value& each : more) call.add(each);
  call.add(tensor_over(outputs)).again(2 + more.size());
  REQUIRE_MESSAGE(call.run(), name);
  Worst worst;
  for (std::size_t i = 0; i < a.size(); ++i) worst.add(units_off(outputs[i], reference(a[i], b[i])), i);
  CHECK_MESSAGE(worst.units <= kLimit, name << " is " << worst.units << " units off at " << a[worst.index] << ", "
                                            << b[worst.index] << ": " << outputs[worst.index]);
}

Real sigmoid(Real x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
Real softplus(Real x) { return std::max(x, Real{0}) + std::log1p(std::exp(-std::fabs(x))); }
// A product that is 0 where its second factor is.
Real damped(Real x, Real factor) { return factor == 0 && !std::isnan(x) ? std::copysign(Real{0}, x) : x * factor; }

TEST_CASE("elementwise functions are within 4 units in the last place") {
  check("aten::acos.out", [](Real x) { return std::acos(x); });
  check("aten::acosh.out", [](Real x) { return std::acosh(x); });
  check("aten::asin.out", [](Real x) { return std::asin(x); });
  check("aten::asinh.out", [](Real x) { return std::asinh(x); });
  check("aten::atan.out", [](Real x) { return std::atan(x); });
  check("aten::atanh.out", [](Real x) { return std::atanh(x); });
  check("aten::cos.out", [](Real x) { return std::cos(x); });
  check("aten::cosh.out", [](Real x) { return std::cosh(x); });
  check("aten::sin.out", [](Real x) { return std::sin(x); });
  check("aten::sinh.out", [](Real x) { return std::sinh(x); });
  check("aten::tan.out", [](Real x) { return std::tan(x); });
  check("aten::tanh.out", [](Real x) { return std::tanh(x); });
  check("aten::exp.out", [](Real x) { return std::exp(x); });
  check("aten::exp2.out", [](Real x) { return std::exp2(x); });
  check("aten::expm1.out", [](Real x) { return std::expm1(x); });
  check("aten::log.out", [](Real x) { return std::log(x); });
  check("aten::log1p.out", [](Real x) { return std::log1p(x); });
  check("aten::log2.out", [](Real x) { return std::log2(x); });
  check("aten::log10.out", [](Real x) { return std::log10(x); });
  check("aten::sqrt.out", [](Real x) { return std::sqrt(x); });
  check("aten::rsqrt.out", [](Real x) { return 1 / std::sqrt(x); });
  check("aten::reciprocal.out", [](Real x) { return 1 / x; });
  check("aten::erf.out", [](Real x) { return std::erf(x); });
  check("aten::erfc.out", [](Real x) { return std::erfc(x); });
  check("aten::deg2rad.out", [](Real x) { return x * (kPi / 180); });
  check("aten::rad2deg.out", [](Real x) { return x * (180 / kPi); });
  check("aten::frac.out", [](Real x) { return x - std::trunc(x); });
  check("aten::square.out", [](Real x) { return x * x; });
  check("aten::logit.out", [](Real x) { return std::log(x / (1 - x)); }, {None{}});
  check("aten::logit.out",
        [](Real x) {
          const Real bounded = std::isnan(x) ? x : std::clamp(x, Real{0.125}, Real{0.875});
          return std::log(bounded / (1 - bounded));
        },
        {0.125});
  for (const double exponent : {0.5, -0.5, 2.0, -2.0, 3.0, -1.0, 1.5, 7.0, -3.25}) {
    check("aten::pow.Tensor_Scalar_out",
          [=](Real x) -> Real {
            // PyTorch's short cuts: roots of -0 and of -infinity, and a square that is no float.
            if (std::fabs(exponent) == 0.5) return exponent > 0 ? std::sqrt(x) : 1 / std::sqrt(x);
            if (exponent == -2 && x * x > std::numeric_limits<float>::max() && std::isfinite(x)) return 0;
            return std::pow(x, static_cast<Real>(exponent));
          },
          {exponent});
  }
  check("aten::pow.Scalar_out", [](Real x) { return std::pow(Real{1.5}, x); }, {}, {1.5});
}

TEST_CASE("activations are within 4 units in the last place") {
  check("aten::mish.out", [](Real x) { return damped(x, std::tanh(softplus(x))); });
  check("aten::log_sigmoid.out", [](Real x) { return -softplus(-x); });
  check("aten::softplus.out", [](Real x) { return x > 20 ? x : softplus(x); }, {1.0, 20.0});
  check("aten::sigmoid.out", [](Real x) { return sigmoid(x); });
  check("aten::silu.out", [](Real x) { return damped(x, sigmoid(x)); });
  check("aten::softplus.out", [](Real x) { return x > 80 ? x : 4 * softplus(x / 4); }, {0.25, 20.0});
  check("aten::elu.out", [](Real x) { return x > 0 ? x : std::expm1(x); }, {1.0, 1.0, 1.0});
  check("aten::elu.out", [](Real x) { return x > 0 ? 1.25l * x : 1.25l * 0.75l * std::expm1(x * 0.5l); },
        {0.75, 1.25, 0.5});
  check("aten::celu.out", [](Real x) { return x > 0 ? x : std::expm1(x); }, {1.0});
  check("aten::celu.out", [](Real x) { return x > 0 ? x : 2.5l * std::expm1(x / 2.5l); }, {2.5});
  check("aten::hardswish.out",
        [](Real x) { return static_cast<Real>(static_cast<float>(x * std::clamp<Real>(x + 3, 0, 6))) / 6; });
  check("aten::hardsigmoid.out", [](Real x) { return std::isnan(x) ? x : std::clamp<Real>(x + 3, 0, 6) / 6; });
  check("aten::leaky_relu.out", [](Real x) { return x > 0 ? x : x * 0.125l; }, {0.125});
  check("aten::gelu.out", [](Real x) { return x * std::erfc(-x / std::sqrt(Real{2})) / 2; },
        {std::string_view("none")});
  check("aten::gelu.out",
        [](Real x) { return x * (sigmoid(2 * std::sqrt(2 / kPi) * (x + static_cast<Real>(0.044715) * x * x * x))); },
        {std::string_view("tanh")});
}

TEST_CASE("functions of two numbers are within 4 units in the last place") {
  check_two("aten::atan2.out", [](Real y, Real x) { return std::atan2(y, x); });
  check_two("aten::pow.Tensor_Tensor_out", [](Real x, Real y) { return std::pow(x, y); });
  check_two("aten::hypot.out", [](Real a, Real b) { return std::hypot(a, b); });
  check_two("aten::fmod.Tensor_out", [](Real a, Real b) { return std::fmod(a, b); });
  check_two("aten::remainder.Tensor_out", [](Real a, Real b) {
    const Real rest = std::fmod(a, b);
    return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
  });
  check_two("aten::logaddexp.out", [](Real a, Real b) {
    return a == b ? a + std::log(Real{2})
                  : std::max(a, b) + std::log1p(std::exp(-std::fabs(a - b))) + (a - a) + (b - b);
  });
  check_two("aten::logaddexp2.out", [](Real a, Real b) {
    return a == b ? a + 1
                  : std::max(a, b) + std::log1p(std::exp2(-std::fabs(a - b))) * std::numbers::log2e_v<Real> + (a - a) +
                        (b - b);
  });
  check_two("aten::copysign.out", [](Real a, Real b) { return std::copysign(a, b); });
  check_two("aten::xlogy.OutTensor", [](Real x, Real y) { return std::isnan(y) ? y : x == 0 ? 0 : x * std::log(y); });
  check_two("aten::special_xlog1py.out", [](Real x, Real y) {
    return std::isnan(y) ? y : x == 0 ? 0 : x * std::log1p(y);
  });
  check_two("aten::div.out", [](Real a, Real b) { return a / b; });
  check_two("aten::div.out_mode", [](Real a, Real b) { return std::trunc(static_cast<float>(a / b)); },
            {std::string_view("trunc")});
}

}  // namespace
