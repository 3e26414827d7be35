// How far float32 results of Bessel's, Airy's and Riemann's functions and of those around gamma are from the correctly
// rounded ones. The references are plain sums and continued fractions in long double.
#include "ops_accuracy.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;

// The integral of exp(-x cosh(t)) cosh(n t) over t > 0; the trapezium rule is as good as any for it.
Real bessel_k(Real order, Real x) {
  if (!(x > 0)) return x == 0 ? kInfinity : kNan;
  Real sum = std::exp(-x) / 2;
  constexpr Real kStep = 1.0l / 64;
  for (int i = 1;; ++i) {
    const Real term = std::exp(-x * std::cosh(i * kStep)) * std::cosh(order * i * kStep);
    if (i > 64 && term < sum * 1e-22l) return sum * kStep;
    sum += term;
  }
}
// The Taylor series at 0 of both solutions of y'' = x y, for arguments that do not cancel all of it; else by K.
Real airy(Real x) {
  if (x > 2) return std::sqrt(x / 3) / kPi * bessel_k(Real{1} / 3, 2 * x * std::sqrt(x) / 3);
  Real f = 1, g = x, a = 1, b = x;
  for (int k = 1; k < 200; ++k) {
    f += a *= x * x * x / (Real(3 * k - 1) * Real(3 * k));
    g += b *= x * x * x / (Real(3 * k) * Real(3 * k + 1));
  }
  return 0.355028053887817239260063186004183177l * f - 0.258819403792806798405183560189203963l * g;
}
// The sum of (q + k)^-s: 60 terms, and the rest by Euler and Maclaurin.
Real zeta(Real s, Real q) {
  Real sum = 0;
  for (int k = 0; k < 60; ++k) sum += std::pow(q + k, -s);
  const Real far = q + 60;
  const Real scale = std::pow(far, -s);
  sum += far * scale / (s - 1) + scale / 2;
  Real term = s * scale / far;
  constexpr Real kTerms[] = {1.0l / 12, -1.0l / 720, 1.0l / 30240, -1.0l / 1209600, 1.0l / 47900160};
  for (int i = 0; i < 5; ++i) {
    sum += kTerms[i] * term;
    term *= (s + 2 * i + 1) * (s + 2 * i + 2) / (far * far);
  }
  return sum;
}
// The share of the gamma distribution below x, as a series whose terms have one sign; and above, as a continued
// fraction.
Real gamma_series(Real a, Real x) {
  Real term = 1 / a, sum = term;
  for (Real k = a + 1; term > sum * 1e-22l; k += 1) sum += term *= x / k;
  return sum * std::exp(a * std::log(x) - x - std::lgamma(a));
}
Real gamma_fraction(Real a, Real x) {
  Real rest = 0;
  for (int k = 3000; k > 0; --k) rest = k * (k - a) / (x + 2 * k + 1 - a - rest);
  return std::exp(a * std::log(x) - x - std::lgamma(a)) / (x + 1 - a - rest);
}
Real gamma_below(Real a, Real x) { return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x); }
Real gamma_above(Real a, Real x) { return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x); }

// References of two numbers within bounds.
void check_within(const std::string& name, const test::Binary& reference, float low_a, float high_a, float low_b,
                  float high_b) {
  std::mt19937 random(3);
  std::vector<float> a, b;
  for (int i = 0; i < 3000; ++i) {
    const auto between = [&](float low, float high) {
      return low + (high - low) * static_cast<float>(random()) / 4294967296.0f;
    };
    a.push_back(between(low_a, high_a));
    b.push_back(between(low_b, high_b));
  }
  std::vector<float> outputs(a.size());
  test::OpCall call(name);
  call.add(test::tensor_over(a)).add(test::tensor_over(b)).add(test::tensor_over(outputs)).again(2);
  REQUIRE_MESSAGE(call.run(), name);
  test::Worst worst;
  for (std::size_t i = 0; i < a.size(); ++i) worst.add(test::units_off(outputs[i], reference(a[i], b[i])), i);
  CHECK_MESSAGE(worst.units <= test::kLimit, name << " is " << worst.units << " units off at " << a[worst.index] << ", "
                                                  << b[worst.index] << ": " << outputs[worst.index]);
}

TEST_CASE("Bessel's and Airy's functions are within 4 units in the last place") {
  check(
      "aten::special_bessel_y0.out", [](Real x) { return x < 0 ? kNan : ::y0l(x); }, {}, {}, 1000);
  check(
      "aten::special_bessel_y1.out", [](Real x) { return x < 0 ? kNan : ::y1l(x); }, {}, {}, 1000);
  for (const int order : {0, 1}) {
    const std::string suffix = "k" + std::to_string(order) + ".out";
    check(
        "aten::special_modified_bessel_" + suffix, [=](Real x) { return bessel_k(order, x); }, {}, {}, 80);
    check(
        "aten::special_scaled_modified_bessel_" + suffix, [=](Real x) { return bessel_k(order, x) * std::exp(x); }, {},
        {}, 80);
  }
  check("aten::special_airy_ai.out", airy, {}, {}, 4);
}

TEST_CASE("functions around gamma are within 4 units in the last place") {
  check_within("aten::special_zeta.out", zeta, 1.01f, 12, 0.125f, 40);
  check_within("aten::igamma.out", gamma_below, 0.25f, 30, 0.25f, 40);
  check_within("aten::igammac.out", gamma_above, 0.25f, 30, 0.25f, 40);
  for (const int n : {1, 2, 5}) {
    const Real factor = (n % 2 == 0 ? -1 : 1) * std::tgamma(Real(n + 1));
    std::vector<float> inputs, outputs(4000);
    for (int i = 0; i < 4000; ++i) inputs.push_back(0.0625f + static_cast<float>(i) / 100);
    test::OpCall call("aten::polygamma.out");
    call.add(std::int64_t{n}).add(test::tensor_over(inputs)).add(test::tensor_over(outputs)).again(2);
    REQUIRE(call.run());
    test::Worst worst;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      worst.add(test::units_off(outputs[i], factor * zeta(n + 1, inputs[i])), i);
    }
    CHECK_MESSAGE(worst.units <= test::kLimit,
                  "polygamma is " << worst.units << " units off at " << inputs[worst.index]);
  }
}

}  // namespace
