// Gradients of elementwise functions and losses, as training programs contain them: what an element's gradient becomes,
// given the function's input or result.
#include <cmath>
#include <numbers>

#include "ops/losses.h"
#include "ops/table.h"
#include "ops/unary.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

// formula(gradient, other, …) with the arguments of these places, in the gradient's dtype.
template <DtypeSet kSet = kFloats, std::size_t kCount, class F>
Result<> gradient(Call& call, const std::size_t (&places)[kCount], const F& formula) {
  return [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    const ScalarType common = Promotion().add(call, places[0]).add(call, places[1]).type();
    return pointwise<kCount, kSet>(call, {precise_arg(call, places[kIndex])...}, common, formula);
  }
  (std::make_index_sequence<kCount>());
}

// Where terms cancel, the factor of a float gradient is computed in double.
template <class C>
C wide_product(C g, double factor) {
  return static_cast<C>(double{g} * factor);
}
template <class C>
C wide_product(C g, Complex128 factor) {
  return static_cast<C>(Complex128(g) * factor);
}

// --- Activations

Result<> sigmoid_backward(Call& call) {
  return gradient<kFloats | kComplexes>(call, {0, 1}, []<class C>(C g, C y) { return g * conjugate((C(1) - y) * y); });
}
Result<> tanh_backward(Call& call) {
  // Not 1 - y * y, which cancels near 1.
  return gradient<kFloats | kComplexes>(call, {0, 1},
                                        []<class C>(C g, C y) { return g * conjugate((C(1) - y) * (C(1) + y)); });
}
Result<> threshold_backward(Call& call) {
  return gradient<kReals>(call, {0, 1, 2}, []<class C>(C g, C x, C least) { return x <= least ? C(0) : g; });
}
Result<> leaky_relu_backward(Call& call) {
  return gradient(call, {0, 1, 2}, []<class C>(C g, C x, C slope) { return x > C(0) ? g : g * slope; });
}
Result<> hardtanh_backward(Call& call) {
  return gradient(call, {0, 1, 2, 3}, []<class C>(C g, C x, C low, C high) { return x > low && x < high ? g : C(0); });
}
Result<> hardsigmoid_backward(Call& call) {
  return gradient(call, {0, 1}, []<class C>(C g, C x) { return x > C(-3) && x < C(3) ? g * C(1.0f / 6.0f) : C(0); });
}
Result<> hardswish_backward(Call& call) {
  return gradient(call, {0, 1}, []<class C>(C g, C x) {
    return x <= C(-3) ? C(0) : x < C(3) ? g * ((x + C(1.5)) / C(3)) : g;
  });
}
Result<> silu_backward(Call& call) {
  return gradient<kFloats | kComplexes>(call, {0, 1}, []<class C>(C g, C number) {
    using Wide = std::conditional_t<is_complex<C>, Complex128, double>;
    const Wide x(number), s = vector_sigmoid(x);
    return wide_product(g, s * (1.0 + x * (1.0 - s)));
  });
}
Result<> elu_backward(Call& call) {
  const bool of_result = call.boolean(4);
  return gradient(call, {0, 5, 1, 2, 3}, [=]<class C>(C g, C x, C alpha, C scale, C inside) {
    if (x > C(0)) return g * scale;
    if (of_result) return g * inside * (x + alpha * scale);
    return wide_product(g * inside * alpha * scale, std::exp(double{x} * double{inside}));
  });
}
// The slope of x * f(x) is f(x) + x * f'(x).
Result<> gelu_backward(Call& call) {
  constexpr double kRoot = std::numbers::sqrt2, kDensity = 0.5 * kRoot * std::numbers::inv_sqrtpi;
  if (call.text(2) == "none") {
    return gradient(call, {0, 1}, [](auto g, auto number) {
      const double x = number;
      return wide_product(g, std::erfc(-x / kRoot) / 2 + x * kDensity * std::exp(-0.5 * x * x));
    });
  }
  if (call.text(2) != "tanh") return call.fail(ErrorCode::Malformed, "approximate is neither 'none' nor 'tanh'");
  return gradient(call, {0, 1}, [](auto g, auto number) {
    constexpr double kCubic = 0.044715;
    const double x = number, s = vector_sigmoid(4 * kDensity * (x + kCubic * x * x * x));
    return wide_product(g, s + x * s * (1 - s) * 4 * kDensity * (1 + 3 * kCubic * x * x));
  });
}
Result<> softplus_backward(Call& call) {
  return gradient(call, {0, 1, 2, 3}, []<class C>(C g, C x, C beta, C threshold) {
    return x * beta > threshold ? g : wide_product(g, vector_sigmoid(double{x} * double{beta}));
  });
}
// The buffer is exp(-|x|).
Result<> log_sigmoid_backward(Call& call) {
  return gradient(call, {0, 1, 2}, []<class C>(C g, C x, C buffer) {
    const C part = buffer / (C(1) + buffer);
    return g * (x < C(0) ? C(1) - part : part);
  });
}
Result<> logit_backward(Call& call) {
  const bool bounded = !call.is_none(2);
  const double eps = bounded ? call.real(2) : 0;
  return gradient(call, {0, 1}, [=]<class C>(C g, C x) {
    if (x < C(eps) || x > C(1) - C(eps)) return bounded ? C(0) : std::numeric_limits<C>::quiet_NaN();
    return g / (x * (C(1) - x));
  });
}
// In training the noise is the slope; otherwise it is leaky_relu with the mean slope.
Result<> rrelu_backward(Call& call) {
  const double low = call.scalar(3).as_double(), high = call.scalar(4).as_double();
  if (call.boolean(5) && high - low > 1e-6) return gradient(call, {0, 2}, [](auto g, auto noise) { return g * noise; });
  return gradient(call, {0, 1}, [=]<class C>(C g, C x) { return x > C(0) ? g : g * C((low + high) / 2); });
}
Result<> dropout_backward(Call& call) {
  const ScalarType common = Promotion().add(call, 0).add(call, 1).add(call, 2).type();
  return pointwise<3, kFloats | kComplexes>(call, {arg(call, 0), arg(call, 1), precise_arg(call, 2)}, common,
                                            [](auto g, auto mask, auto scale) { return g * mask * scale; });
}

// --- Losses, of arguments (gradient, self, target, …): the mean of all elements divides by their number.

double share(Call& call, std::size_t reduction) {
  return call.integer(reduction) == kMean ? 1 / static_cast<double>(call.tensor(1).numel()) : 1;
}

Result<> mse_loss_backward(Call& call) {
  const double factor = 2 * share(call, 3);
  return gradient(call, {0, 1, 2}, [=]<class C>(C g, C x, C target) { return C(factor) * (x - target) * g; });
}
// A quadratic up to `width` from the target: with slope 1 beyond, or with slope `width`.
Result<> smooth_l1_loss_backward(Call& call) {
  const double factor = share(call, 3), width = call.real(4);
  return gradient(call, {0, 1, 2}, [=]<class C>(C g, C x, C target) {
    const C distance = x - target;
    if (distance <= C(-width)) return C(-factor) * g;
    return distance >= C(width) ? C(factor) * g : C(factor) * distance * g / C(width);
  });
}
Result<> huber_loss_backward(Call& call) {
  const double factor = share(call, 3), width = call.real(4);
  return gradient(call, {0, 1, 2}, [=]<class C>(C g, C x, C target) {
    const C distance = x - target;
    return C(factor) * smaller(larger(distance, C(-width)), C(width)) * g;
  });
}
Result<> soft_margin_loss_backward(Call& call) {
  const double factor = share(call, 3);
  return gradient(call, {0, 1, 2}, [=]<class C>(C g, C x, C target) {
    const C z = std::exp(-target * x);
    return C(-factor) * target * z / (z + C(1)) * g;
  });
}
Result<> binary_cross_entropy_backward(Call& call) {
  const double factor = share(call, 4);
  const auto formula = [=]<class C>(C g, C x, C target, C weight) {
    return g * (x - target) / larger((C(1) - x) * x, C(1e-12f)) * weight * C(factor);
  };
  if (!call.is_none(3)) return gradient(call, {0, 1, 2, 3}, formula);
  return gradient(call, {0, 1, 2}, [=]<class C>(C g, C x, C target) { return formula(g, x, target, C(1)); });
}

constexpr Operator kRows[] = {
    {"aten::sigmoid_backward.grad_input(Tensor grad_output, Tensor output, *, Tensor(a!) grad_input) -> Tensor(a!)",
     sigmoid_backward},
    {"aten::tanh_backward.grad_input(Tensor grad_output, Tensor output, *, Tensor(a!) grad_input) -> Tensor(a!)",
     tanh_backward},
    {"aten::threshold_backward.grad_input(Tensor grad_output, Tensor self, Scalar threshold, *, Tensor(a!) grad_input) "
     "-> Tensor(a!)",
     threshold_backward},
    {"aten::leaky_relu_backward.grad_input(Tensor grad_output, Tensor self, Scalar negative_slope, bool "
     "self_is_result, *, Tensor(a!) grad_input) -> Tensor(a!)",
     leaky_relu_backward},
    {"aten::hardtanh_backward.grad_input(Tensor grad_output, Tensor self, Scalar min_val, Scalar max_val, *, "
     "Tensor(a!) grad_input) -> Tensor(a!)",
     hardtanh_backward},
    {"aten::hardsigmoid_backward.grad_input(Tensor grad_output, Tensor self, *, Tensor(a!) grad_input) -> Tensor(a!)",
     hardsigmoid_backward},
    {"aten::hardswish_backward.out(Tensor grad_output, Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     hardswish_backward},
    {"aten::silu_backward.grad_input(Tensor grad_output, Tensor self, *, Tensor(a!) grad_input) -> Tensor(a!)",
     silu_backward},
    {"aten::elu_backward.grad_input(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, bool "
     "is_result, Tensor self_or_result, *, Tensor(a!) grad_input) -> Tensor(a!)",
     elu_backward},
    {"aten::gelu_backward.grad_input(Tensor grad_output, Tensor self, *, str approximate=\"none\", Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     gelu_backward},
    {"aten::softplus_backward.grad_input(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     softplus_backward},
    {"aten::log_sigmoid_backward.grad_input(Tensor grad_output, Tensor self, Tensor buffer, *, Tensor(a!) grad_input) "
     "-> Tensor(a!)",
     log_sigmoid_backward},
    {"aten::logit_backward.grad_input(Tensor grad_output, Tensor self, float? eps=None, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     logit_backward},
    {"aten::rrelu_with_noise_backward.out(Tensor grad_output, Tensor self, Tensor noise, Scalar lower, Scalar upper, "
     "bool training, bool self_is_result, *, Tensor(a!) out) -> Tensor(a!)",
     rrelu_backward},
    {"aten::native_dropout_backward.out(Tensor grad_output, Tensor mask, float scale, *, Tensor(a!) out) -> Tensor(a!)",
     dropout_backward},
    {"aten::_masked_scale.out(Tensor self, Tensor mask, float scale, *, Tensor(a!) out) -> Tensor(a!)",
     dropout_backward},
    {"aten::mse_loss_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, int reduction, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     mse_loss_backward},
    {"aten::smooth_l1_loss_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, int reduction, float "
     "beta, *, Tensor(a!) grad_input) -> Tensor(a!)",
     smooth_l1_loss_backward},
    {"aten::huber_loss_backward.out(Tensor grad_output, Tensor self, Tensor target, int reduction, float delta, *, "
     "Tensor(a!) grad_input) -> Tensor(a!)",
     huber_loss_backward},
    {"aten::soft_margin_loss_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, int reduction, *, "
     "Tensor(a!) grad_input) -> Tensor(a!)",
     soft_margin_loss_backward},
    {"aten::binary_cross_entropy_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, Tensor? "
     "weight=None, int reduction=1, *, Tensor(a!) grad_input) -> Tensor(a!)",
     binary_cross_entropy_backward},
};

}  // namespace

std::span<const Operator> gradient_operators() { return kRows; }

}  // namespace ptetool::ops
