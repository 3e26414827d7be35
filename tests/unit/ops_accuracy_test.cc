// How far float32 results of elementwise functions are from the correctly rounded ones: at most 4 units in the last
// place over numbers of all magnitudes, measured against long double.
#include "ops_accuracy.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;

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
