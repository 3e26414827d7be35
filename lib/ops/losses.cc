// Losses: elementwise ones, of which the sum or the mean may be asked for, and the negative log-likelihood with its
// gradient.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr std::int64_t kNone = 0, kMean = 1, kSum = 2;

// formula(self, target, …) of these operands: every loss, their mean or their sum, added up in double.
template <std::size_t kOperands, class F>
Result<> loss(Call& call, const std::array<Operand, kOperands>& operands, std::int64_t reduced, const F& formula) {
  ScalarType common = Promotion().add(call, 0).add(call, 1).type();
  if (reduced == kNone) return pointwise<kOperands, kFloats>(call, operands, common, formula);
  if (reduced != kMean && reduced != kSum) return call.fail(ErrorCode::Malformed, "reduction is none of 0, 1 and 2");
  Sizes sizes;
  for (const Operand& each : operands) {
    if (!each.tensor) continue;
    const auto merged = broadcast(call, sizes, each.tensor->sizes);
    if (!merged) return Failure(merged.error());
    sizes = *merged;
  }
  Tensor& out = call.out();
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, Sizes{}));
  auto each = allocate_tensor(common == ScalarType::Double ? common : ScalarType::Float, sizes);
  if (!each) return forward_error(std::move(each));
  const bool halves = common == ScalarType::Half || common == ScalarType::BFloat16;
  if (halves) common = ScalarType::Float;
  PTETOOL_CHECK((pointwise_to<kOperands, kFloats>(call, each->tensor, operands, common, formula)));
  const auto plan = reduction(call, each->tensor, {}, false);
  if (!plan) return Failure(plan.error());
  double sum = 0;
  reduce<double>(call, each->tensor, *plan, ScalarType::Double, &sum, [](double a, double x) { return a + x; });
  if (reduced == kMean) sum /= static_cast<double>(each->tensor.numel());
  write_results<double>(&sum, ScalarType::Double, out, [](double x) { return x; });
  return {};
}

Result<> mse_loss(Call& call) {
  return loss<2>(call, {arg(call, 0), arg(call, 1)}, call.integer(2),
                 [](auto x, auto target) { return (x - target) * (x - target); });
}
// Quadratic up to `beta`, linear with slope 1 beyond.
Result<> smooth_l1_loss(Call& call) {
  const double beta = call.real(3);
  return loss<2>(call, {arg(call, 0), arg(call, 1)}, call.integer(2), [=]<class C>(C x, C target) {
    const C distance = std::fabs(x - target);
    return distance < C(beta) ? C(0.5) * distance * distance / C(beta) : distance - C(0.5) * C(beta);
  });
}
// Quadratic up to `delta`, linear with slope `delta` beyond.
Result<> huber_loss(Call& call) {
  const double delta = call.real(3);
  return loss<2>(call, {arg(call, 0), arg(call, 1)}, call.integer(2), [=]<class C>(C x, C target) {
    const C distance = std::fabs(x - target);
    return distance <= C(delta) ? C(0.5) * distance * distance : C(delta) * (distance - C(0.5) * C(delta));
  });
}
Result<> soft_margin_loss(Call& call) {
  return loss<2>(call, {arg(call, 0), arg(call, 1)}, call.integer(2),
                 [](auto x, auto target) { return std::log1p(std::exp(-target * x)); });
}
// Logarithms are bounded, so that a certain but wrong guess costs 100 and not infinity.
Result<> binary_cross_entropy(Call& call) {
  const auto formula = []<class C>(C x, C target, C weight) {
    const C of_one = larger(std::log(x), C(-100)), of_zero = larger(std::log1p(-x), C(-100));
    return ((target - C(1)) * of_zero - target * of_one) * weight;
  };
  if (!call.is_none(2)) return loss<3>(call, {arg(call, 0), arg(call, 1), arg(call, 2)}, call.integer(3), formula);
  return loss<2>(call, {arg(call, 0), arg(call, 1)}, call.integer(3),
                 [=]<class C>(C x, C target) { return formula(x, target, C(1)); });
}
Result<> binary_cross_entropy_with_logits(Call& call) {
  const Scalar one{Scalar::Kind::Int, 1, 0};
  const auto given = [&](std::size_t index) {
    return call.is_none(index) ? Operand{nullptr, one, {}, false} : arg(call, index);
  };
  return loss<4>(call, {arg(call, 0), arg(call, 1), given(2), given(3)}, call.integer(4),
                 []<class C>(C x, C target, C weight, C of_positives) {
                   const C log_sigmoid = smaller(x, C(0)) - std::log1p(std::exp(-std::fabs(x)));
                   const C log_weight = (of_positives - C(1)) * target + C(1);
                   return ((C(1) - target) * x - log_weight * log_sigmoid) * weight;
                 });
}

// --- Negative log-likelihood: of every sample, the class that its target names. Samples are [N, C] or [C] with one
// target each, or [N, C, H, W] with [N, H, W] targets.

struct Likelihood {
  Tensor self, target;
  std::int64_t samples = 1, classes = 0, inner = 1;
  std::vector<double> weights;
  std::int64_t ignored = 0;

  std::int64_t count() const { return samples * inner; }
  // Where the class of sample i lies in self in C order.
  std::int64_t place(std::int64_t i, std::int64_t label) const {
    return (i / inner * classes + label) * inner + i % inner;
  }
};

// `first` is the place of self among the arguments: target, weight, reduction and ignore_index follow.
Result<Likelihood> likelihood(Call& call, std::size_t first) {
  Likelihood plan;
  plan.self = call.tensor(first);
  plan.target = call.tensor(first + 1);
  const Tensor* weight = call.optional_tensor(first + 2);
  plan.ignored = call.integer(first + 4);
  const std::size_t rank = plan.self.rank();
  if (rank != 1 && rank != 2 && rank != 4) return call.fail(ErrorCode::Mismatch, "self is no batch of classes");
  if (!contains(kFloats, plan.self.dtype)) return unsupported_dtype(call, plan.self.dtype);
  if (plan.target.dtype != ScalarType::Long && plan.target.dtype != ScalarType::Byte) {
    return unsupported_dtype(call, plan.target.dtype);
  }
  Sizes wanted = plan.self.sizes;
  plan.classes = wanted[rank == 1 ? 0 : 1];
  wanted.erase(rank == 1 ? 0 : 1);
  plan.samples = rank == 1 ? 1 : plan.self.sizes[0];
  plan.inner = rank == 4 ? plan.self.sizes[2] * plan.self.sizes[3] : 1;
  const bool one = rank == 1 && plan.target.numel() == 1 && plan.target.rank() <= 1;
  if (!one && !(plan.target.sizes == wanted)) {
    return call.fail(ErrorCode::Mismatch, "target of shape " + shape_text(plan.target.sizes.span()) + " for " +
                                              shape_text(plan.self.sizes.span()));
  }
  plan.weights.assign(static_cast<std::size_t>(plan.classes), 1.0);
  if (weight) {
    if (weight->rank() != 1 || weight->numel() != plan.classes || !contains(kFloats, weight->dtype)) {
      return call.fail(ErrorCode::Mismatch, "there is no weight for each class");
    }
    read_line(Reader(weight->dtype, ScalarType::Double), *weight, 0, 1, plan.classes, plan.weights.data());
  }
  return plan;
}

Result<std::vector<std::int64_t>> labels_of(Call& call, const Likelihood& plan) {
  auto labels = numbers_of<std::int64_t>(plan.target, ScalarType::Long);
  for (const std::int64_t label : labels) {
    if (label == plan.ignored || (label >= 0 && label < plan.classes)) continue;
    return call.fail(ErrorCode::Mismatch,
                     "target " + std::to_string(label) + " of " + std::to_string(plan.classes) + " classes");
  }
  return labels;
}

Result<> nll_loss(Call& call) {
  const auto plan = likelihood(call, 0);
  if (!plan) return Failure(plan.error());
  const auto labels = labels_of(call, *plan);
  if (!labels) return Failure(labels.error());
  const std::int64_t reduced = call.integer(3);
  const bool each = reduced == kNone && plan->self.rank() != 1;
  const std::size_t outs = call.schema().outputs;
  for (std::size_t i = 0; i < outs; ++i) {
    if (!contains(kFloats, call.out(i).dtype)) return unsupported_dtype(call, call.out(i).dtype);
    PTETOOL_CHECK(prepare(call, call.out(i), i == 0 && each ? plan->target.sizes : Sizes{}));
  }
  const auto numbers = numbers_of<double>(plan->self, ScalarType::Double);
  std::vector<double> losses(labels->size());
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const std::int64_t label = (*labels)[i];
    if (label == plan->ignored) continue;
    const double share = plan->weights[static_cast<std::size_t>(label)];
    losses[i] = -share * numbers[static_cast<std::size_t>(plan->place(static_cast<std::int64_t>(i), label))];
    sum += losses[i];
    weight += share;
  }
  const auto same = [](double x) { return x; };
  if (each) {
    write_results<double>(losses.data(), ScalarType::Double, call.out(), same);
    weight = 0;
  } else {
    if (reduced == kMean) sum /= weight;
    write_results<double>(&sum, ScalarType::Double, call.out(), same);
  }
  if (outs == 2) write_results<double>(&weight, ScalarType::Double, call.out(1), same);
  return {};
}

// Arguments: the loss's gradient, those of the loss, the total weight.
Result<> nll_loss_backward(Call& call) {
  const auto plan = likelihood(call, 1);
  if (!plan) return Failure(plan.error());
  const auto labels = labels_of(call, *plan);
  if (!labels) return Failure(labels.error());
  const Tensor gradient = call.tensor(0), total = call.tensor(6);
  const std::int64_t reduced = call.integer(4);
  const bool each = reduced == kNone && plan->self.rank() != 1;
  Tensor& out = call.out();
  if (each ? !(gradient.sizes == plan->target.sizes) : gradient.numel() != 1) {
    return call.fail(ErrorCode::Mismatch, "grad_output has not the shape of the loss");
  }
  if (total.numel() != 1) return call.fail(ErrorCode::Mismatch, "total_weight is not one number");
  if (!contains(kFloats, gradient.dtype)) return unsupported_dtype(call, gradient.dtype);
  if (!contains(kFloats, total.dtype)) return unsupported_dtype(call, total.dtype);
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, plan->self.sizes));
  const auto gradients = numbers_of<double>(gradient, ScalarType::Double);
  const double divisor = reduced == kMean ? numbers_of<double>(total, ScalarType::Double)[0] : 1;
  std::vector<double> result(static_cast<std::size_t>(out.numel()));
  for (std::size_t i = 0; i < labels->size(); ++i) {
    const std::int64_t label = (*labels)[i];
    if (label == plan->ignored) continue;
    const double share = plan->weights[static_cast<std::size_t>(label)];
    result[static_cast<std::size_t>(plan->place(static_cast<std::int64_t>(i), label))] =
        -share * gradients[each ? i : 0] / divisor;
  }
  write_results<double>(result.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

constexpr Operator kRows[] = {
    {"aten::mse_loss.out(Tensor self, Tensor target, int reduction=1, *, Tensor(a!) out) -> Tensor(a!)", mse_loss},
    {"aten::smooth_l1_loss.out(Tensor self, Tensor target, int reduction=1, float beta=1., *, Tensor(a!) out) -> "
     "Tensor(a!)",
     smooth_l1_loss},
    {"aten::huber_loss.out(Tensor self, Tensor target, int reduction=1, float delta=1., *, Tensor(a!) out) -> "
     "Tensor(a!)",
     huber_loss},
    {"aten::soft_margin_loss.out(Tensor self, Tensor target, int reduction=1, *, Tensor(a!) out) -> Tensor(a!)",
     soft_margin_loss},
    {"aten::binary_cross_entropy.out(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     binary_cross_entropy},
    {"aten::binary_cross_entropy_with_logits.out(Tensor self, Tensor target, Tensor? weight=None, Tensor? "
     "pos_weight=None, int reduction=1, *, Tensor(a!) out) -> Tensor(a!)",
     binary_cross_entropy_with_logits},
    {"aten::nll_loss.out(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, "
     "*, Tensor(a!) out) -> Tensor(a!)",
     nll_loss},
    {"aten::nll_loss2d.out(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, "
     "*, Tensor(a!) out) -> Tensor(a!)",
     nll_loss},
    {"aten::nll_loss_forward.output(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, *, "
     "Tensor(a!) output, Tensor(b!) total_weight) -> (Tensor(a!), Tensor(b!))",
     nll_loss},
    {"aten::nll_loss2d_forward.output(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, "
     "*, Tensor(a!) output, Tensor(b!) total_weight) -> (Tensor(a!), Tensor(b!))",
     nll_loss},
    {"aten::nll_loss_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int "
     "reduction, SymInt ignore_index, Tensor total_weight, *, Tensor(a!) grad_input) -> Tensor(a!)",
     nll_loss_backward},
    {"aten::nll_loss2d_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int "
     "reduction, SymInt ignore_index, Tensor total_weight, *, Tensor(a!) grad_input) -> Tensor(a!)",
     nll_loss_backward},
};

}  // namespace

std::span<const Operator> loss_operators() { return kRows; }

}  // namespace ptetool::ops
