// Measures how far float32 results of an operator are from the correctly rounded ones, in units in the last place.
#pragma once

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "ops_call.h"

namespace ptetool::test {

using Real = long double;
inline constexpr Real kPi = std::numbers::pi_v<Real>;
inline constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
inline constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
using Unary = std::function<Real(Real)>;
using Binary = std::function<Real(Real, Real)>;

constexpr double kLimit = 4;

// Of both signs, from 2^-60 to 2^60, finer between 2^-6 and 2^8 where functions bend, then bit patterns from
// everywhere.
inline std::vector<float> sample() {
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
inline std::pair<std::vector<float>, std::vector<float>> pairs() {
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
inline double units_off(float actual, Real wanted) {
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

inline Tensor tensor_over(std::vector<float>& numbers) {
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

// `more` arguments follow the tensor, `before` precede it; numbers of either sign up to `most`.
inline void check(const std::string& name, const Unary& reference, std::initializer_list<Value> more = {},
                  std::initializer_list<Value> before = {}, Real most = std::numeric_limits<Real>::infinity()) {
  std::vector<float> inputs = sample();
  std::erase_if(inputs, [&](float x) { return std::fabs(x) > most; });
  std::vector<float> outputs(inputs.size());
  OpCall call(name);
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

inline void check_two(const std::string& name, const Binary& reference, std::initializer_list<Value> more = {}) {
  auto both = pairs();
  auto& a = both.first;
  auto& b = both.second;
  std::vector<float> outputs(a.size());
  OpCall call(name);
  call.add(tensor_over(a)).add(tensor_over(b));
  for (const Value& each : more) call.add(each);
  call.add(tensor_over(outputs)).again(2 + more.size());
  REQUIRE_MESSAGE(call.run(), name);
  Worst worst;
  for (std::size_t i = 0; i < a.size(); ++i) worst.add(units_off(outputs[i], reference(a[i], b[i])), i);
  CHECK_MESSAGE(worst.units <= kLimit, name << " is " << worst.units << " units off at " << a[worst.index] << ", "
                                            << b[worst.index] << ": " << outputs[worst.index]);
}

}  // namespace ptetool::test
