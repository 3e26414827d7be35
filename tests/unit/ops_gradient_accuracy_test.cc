// How far float32 gradients of elementwise functions are from the correctly rounded ones, for arguments of moderate
// size: the formulas in long double are the reference.
#include "ops_accuracy.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;

Real sigmoid(Real x) { return 1 / (1 + std::exp(-x)); }
std::string_view text(const char* words) { return words; }

// Arguments around the tensors' places: those before, between and after gradient and argument.
struct Arguments {
  std::vector<Value> between = {}, after = {};
};

void check_gradient(const char* name, const test::Binary& reference, const Arguments& arguments = {},
                    float most = 1e9f) {
  std::mt19937 random(5);
  std::vector<float> gradients, inputs;
  for (int i = 0; i < 40000; ++i) {
    const auto moderate = [&](int exponents) {
      return std::ldexp(static_cast<float>(random()) / 2147483648.0f - 1, static_cast<int>(random() % 16) - exponents);
    };
    gradients.push_back(moderate(8));
    inputs.push_back(std::clamp(moderate(9), -most, most));
  }
  std::vector<float> outputs(inputs.size());
  test::OpCall call(name);
  call.add(test::tensor_over(gradients));
  for (const Value& each : arguments.between) call.add(each);
  call.add(test::tensor_over(inputs));
  for (const Value& each : arguments.after) call.add(each);
  call.add(test::tensor_over(outputs)).again(2 + arguments.between.size() + arguments.after.size());
  const auto done = call.run();
  REQUIRE_MESSAGE(done, test::message_of(done));
  test::Worst worst;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    worst.add(test::units_off(outputs[i], reference(gradients[i], inputs[i])), i);
  }
  CHECK_MESSAGE(worst.units <= test::kLimit, name << " is " << worst.units << " units off at " << gradients[worst.index]
                                                  << ", " << inputs[worst.index] << ": " << outputs[worst.index]);
}

TEST_CASE("gradients are within 4 units in the last place") {
  check_gradient("aten::sigmoid_backward.grad_input", [](Real g, Real y) { return g * (1 - y) * y; });
  check_gradient("aten::tanh_backward.grad_input", [](Real g, Real y) { return g * (1 - y) * (1 + y); });
  check_gradient("aten::threshold_backward.grad_input", [](Real g, Real x) { return x <= 0.25l ? 0 : g; },
                 {{}, {0.25}});
  check_gradient("aten::leaky_relu_backward.grad_input", [](Real g, Real x) { return x > 0 ? g : g * 0.3l; },
                 {{}, {0.3, false}});
  check_gradient("aten::hardtanh_backward.grad_input", [](Real g, Real x) { return x > -1 && x < 2 ? g : 0; },
                 {{}, {-1.0, 2.0}});
  check_gradient("aten::hardsigmoid_backward.grad_input", [](Real g, Real x) { return std::fabs(x) < 3 ? g / 6 : 0; });
  check_gradient("aten::hardswish_backward.out", [](Real g, Real x) {
    return x <= -3 ? 0 : x < 3 ? g * (x / 3 + 0.5l) : g;
  });
  check_gradient("aten::silu_backward.grad_input",
                 [](Real g, Real x) { return g * sigmoid(x) * (1 + x * sigmoid(-x)); });
  check_gradient("aten::elu_backward.grad_input",
                 [](Real g, Real x) { return x > 0 ? g * 1.5l : g * 0.75l * 1.25l * 1.5l * std::exp(x * 0.75l); },
                 {{1.25, 1.5, 0.75, false}, {}});
  check_gradient("aten::elu_backward.grad_input",
                 [](Real g, Real y) { return y > 0 ? g * 1.5l : g * 0.75l * (y + 1.25l * 1.5l); },
                 {{1.25, 1.5, 0.75, true}, {}});
  check_gradient("aten::gelu_backward.grad_input",
                 [](Real g, Real x) {
                   return g * (std::erfc(-x / std::sqrt(Real{2})) / 2 + x * std::exp(-x * x / 2) / std::sqrt(2 * kPi));
                 },
                 {{}, {text("none")}});
  check_gradient("aten::gelu_backward.grad_input",
                 [](Real g, Real x) {
                   const Real cubic = static_cast<Real>(0.044715), root = std::sqrt(2 / kPi);
                   const Real argument = 2 * root * (x + cubic * x * x * x);
                   return g * (sigmoid(argument) +
                               x * sigmoid(argument) * sigmoid(-argument) * 2 * root * (1 + 3 * cubic * x * x));
                 },
                 {{}, {text("tanh")}});
  check_gradient("aten::softplus_backward.grad_input",
                 [](Real g, Real x) { return x * 0.3l > 20 ? g : g * sigmoid(x * static_cast<Real>(0.3f)); },
                 {{}, {static_cast<double>(0.3f), 20.0}});
  check_gradient(
      "aten::logit_backward.grad_input",
      [](Real g, Real x) { return x < 0 || x > 1 ? std::numeric_limits<Real>::quiet_NaN() : g / (x * (1 - x)); },
      {{}, {None{}}});
}

}  // namespace
