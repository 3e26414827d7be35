// Negative log-likelihood and its gradient: of every sample, the class that its target names. Samples are [N, C] or [C]
// with one target each, or [N, C, H, W] with [N, H, W] targets.
#include <vector>

#include "ops/lines.h"
#include "ops/losses.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

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

std::span<const Operator> nll_loss_operators() { return kRows; }

}  // namespace ptetool::ops
