// How far float32 results of the special functions and of functions of three numbers are from the correctly rounded
// ones. The references are plain sums, bisections and the C library in long double.
#include "ops_accuracy.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;

Real normal_cdf(Real x) { return std::erfc(-x / std::sqrt(Real{2})) / 2; }
// exp(x^2) erfc(x); far from 0 as a continued fraction, from its far end.
Real erfc_scaled(Real x) {
  if (x < 6) return std::exp(x * x) * std::erfc(x);
  Real rest = x;
  for (int k = 200; k > 0; --k) rest = x + (Real(k) / 2) / rest;
  return 1 / (rest * std::sqrt(kPi));
}
// The y with f(y) = wanted, for an increasing f.
Real solve(const std::function<Real(Real)>& f, Real wanted, Real low, Real high) {
  for (int step = 0; step < 90; ++step) {
    const Real middle = (low + high) / 2;
    (f(middle) < wanted ? low : high) = middle;
  }
  return (low + high) / 2;
}
Real erf_inverse(Real x) {
  const Real size = std::fabs(x);
  if (std::isnan(x) || size > 1) return kNan;
  if (x == 0) return x;
  if (size == 1) return std::copysign(kInfinity, x);
  if (size < 0.0625l)
    return solve([](Real y) { return std::erf(y); }, x, x * 0.5l - std::fabs(x), x * 0.5l + std::fabs(x));
  const Real y = solve([](Real t) { return -std::erfc(t); }, size - 1, 0, 10);
  return std::copysign(y, x);
}
// The asymptotic series, of an argument that is shifted until it converges.
Real digamma(Real x) {
  if (x == 0) return std::copysign(kInfinity, -x);
  if (x < 0) return x == std::floor(x) ? kNan : digamma(1 - x) - kPi / std::tan(kPi * std::fmod(x, Real{1}));
  Real shift = 0;
  for (; x < 30; x += 1) shift += 1 / x;
  const Real s = 1 / (x * x);
  return std::log(x) - 0.5l / x - s * (1.0l / 12 - s * (1.0l / 120 - s * (1.0l / 252 - s * (1.0l / 240 - s / 132)))) -
         shift;
}
// The series of the modified Bessel function of the first kind, whose terms have one sign.
Real bessel_i(int order, Real x) {
  Real term = order == 1 ? x / 2 : 1, sum = term;
  for (int k = 1; k < 400; ++k) sum += term *= x * x / 4 / (Real(k) * (k + order));
  return sum;
}

TEST_CASE("special functions are within 4 units in the last place") {
  check("aten::special_entr.out", [](Real x) { return x < 0 ? -kInfinity : x == 0 ? 0 : -x * std::log(x); });
  check("aten::special_ndtr.out", normal_cdf);
  check("aten::special_log_ndtr.out", [](Real x) {
    return x < -1 ? std::log(erfc_scaled(-x / std::sqrt(Real{2})) / 2) - x * x / 2
                  : std::log1p(-std::erfc(x / std::sqrt(Real{2})) / 2);
  });
  check("aten::special_erfcx.out", erfc_scaled, {}, {}, 1e9l);
  check("aten::erfinv.out", erf_inverse);
  check(
      "aten::special_ndtri.out",
      [](Real p) {
        if (!(p >= 0 && p <= 1)) return kNan;
        if (p == 0 || p == 1) return p == 0 ? -kInfinity : kInfinity;
        return p == 0.5l ? 0 : solve(normal_cdf, p, -40, 40);
      },
      {}, {}, 0.5l);
  check("aten::lgamma.out", [](Real x) { return x == std::floor(x) && x <= 0 ? kInfinity : std::lgamma(x); });
  check("aten::digamma.out", digamma, {}, {}, 1e6l);
  check("aten::sinc.out", [](Real x) {
    if (x == 0) return Real{1};
    Real turns = std::remainder(x, Real{2});
    if (std::fabs(turns) > 0.5l) turns = std::copysign(Real{1}, turns) - turns;
    return std::sin(kPi * turns) / (kPi * x);
  });
  for (const char* name : {"aten::i0.out", "aten::special_modified_bessel_i0.out"}) {
    check(
        name, [](Real x) { return bessel_i(0, x); }, {}, {}, 80);
  }
  for (const char* name : {"aten::special_i1.out", "aten::special_modified_bessel_i1.out"}) {
    check(
        name, [](Real x) { return bessel_i(1, x); }, {}, {}, 80);
  }
  check(
      "aten::special_i0e.out", [](Real x) { return bessel_i(0, x) * std::exp(-std::fabs(x)); }, {}, {}, 80);
  check(
      "aten::special_i1e.out", [](Real x) { return bessel_i(1, x) * std::exp(-std::fabs(x)); }, {}, {}, 80);
  check(
      "aten::special_bessel_j0.out", [](Real x) { return ::j0l(x); }, {}, {}, 1000);
  check(
      "aten::special_bessel_j1.out", [](Real x) { return ::j1l(x); }, {}, {}, 1000);
  check(
      "aten::special_spherical_bessel_j0.out", [](Real x) { return x == 0 ? 1 : std::sin(x) / x; }, {}, {}, 1000);
}

TEST_CASE("activations with bounds are exact") {
  check("aten::hardshrink.out", [](Real x) { return x >= -0.5l && x <= 0.5l ? 0 : x; }, {0.5});
  check("aten::softshrink.out", [](Real x) { return x > 0.5l ? x - 0.5l : x < -0.5l ? x + 0.5l : x * 0; }, {0.5});
  check("aten::threshold.out", [](Real x) { return x <= 0.25l ? 7 : x; }, {0.25, 7.0});
}

// Where terms cancel, the unit is that of the largest one: results are as good as their terms.
void check_three(const std::string& name, const std::function<Real(Real, Real, Real)>& reference,
                 const std::function<Real(Real, Real, Real)>& largest, std::initializer_list<Value> more = {}) {
  std::mt19937 random(11);
  std::vector<float> numbers[3];
  for (int i = 0; i < 30000; ++i) {
    for (auto& each : numbers) {
      const float fraction = static_cast<float>(random()) / 2147483648.0f - 1;
      each.push_back(std::ldexp(fraction, static_cast<int>(random() % 16) - 6));
    }
  }
  std::vector<float> outputs(numbers[0].size());
  test::OpCall call(name);
  for (auto& each : numbers) call.add(test::tensor_over(each));
  for (const Value& each : more) call.add(each);
  call.add(test::tensor_over(outputs)).again(3 + more.size());
  REQUIRE_MESSAGE(call.run(), name);
  test::Worst worst;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Real a = numbers[0][i], b = numbers[1][i], c = numbers[2][i];
    const auto size = static_cast<float>(largest(a, b, c));
    const Real unit = static_cast<Real>(size) - static_cast<Real>(std::nextafter(size, 0.0f));
    worst.add(static_cast<double>(std::fabs(static_cast<Real>(outputs[i]) - reference(a, b, c)) / unit), i);
  }
  CHECK_MESSAGE(worst.units <= test::kLimit, name << " is " << worst.units << " units off");
}

TEST_CASE("functions of three numbers are within 4 units of their largest term") {
  check_three(
      "aten::addcmul.out", [](Real x, Real a, Real b) { return x + 0.75l * a * b; },
      [](Real x, Real a, Real b) { return std::max(std::fabs(x), std::fabs(0.75l * a * b)); }, {0.75});
  check_three(
      "aten::addcdiv.out", [](Real x, Real a, Real b) { return x + 0.75l * a / b; },
      [](Real x, Real a, Real b) { return std::max(std::fabs(x), std::fabs(0.75l * a / b)); }, {0.75});
  check_three(
      "aten::lerp.Tensor_out", [](Real a, Real b, Real w) { return a + w * (b - a); },
      [](Real a, Real b, Real w) {
        return std::max({std::fabs(a), std::fabs(b), std::fabs(w * (b - a))});
      });
}

}  // namespace
