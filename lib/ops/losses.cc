// Elementwise losses, of which the sum or the mean may be asked for.
#include <cmath>

#include "ops/lines.h"
#include "ops/losses.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

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
};

}  // namespace

std::span<const Operator> loss_operators() { return kRows; }

}  // namespace ptetool::ops
