// Losses of classes whose score is not ahead of the others' by a margin, and their gradients: multi_margin_loss, of one
// right class, and multilabel_margin_loss, of several, listed up to the first negative number. Computed in double.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/losses.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// [samples, classes], where self may also be one sample.
struct Samples {
  std::int64_t count = 1, classes = 1;
  bool single = false;
  std::vector<double> scores;
  std::vector<std::int64_t> targets;

  std::span<const double> of(std::int64_t sample) const {
    return std::span(scores).subspan(static_cast<std::size_t>(sample * classes), static_cast<std::size_t>(classes));
  }
};

// Targets are one for each sample, or a list as long as there are classes.
Result<Samples> samples_of(Call& call, std::size_t self_arg, bool lists) {
  const Tensor self = call.tensor(self_arg), target = call.tensor(self_arg + 1);
  if (!contains(kFloats, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (target.dtype != ScalarType::Long) return unsupported_dtype(call, target.dtype);
  if (self.rank() > 2) return call.fail(ErrorCode::Mismatch, "self is no batch of classes");
  Samples samples;
  samples.single = self.rank() < 2;
  if (self.rank() > 0) samples.classes = self.sizes[self.rank() - 1];
  if (!samples.single) samples.count = self.sizes[0];
  const std::int64_t wanted = lists ? self.numel() : samples.count;
  if (target.numel() != wanted || target.rank() > (lists ? self.rank() : 1)) {
    return call.fail(ErrorCode::Mismatch, "the targets do not fit self");
  }
  samples.scores = numbers_of<double>(self, ScalarType::Double);
  samples.targets = numbers_of<std::int64_t>(target, ScalarType::Long);
  for (const std::int64_t label : samples.targets) {
    if (label >= samples.classes || (label < 0 && !lists)) {
      return call.fail(ErrorCode::Mismatch,
                       "target " + std::to_string(label) + " of " + std::to_string(samples.classes) + " classes");
    }
  }
  return samples;
}

// rule(sample, gradient of its loss, gradients of its scores) adds to the last.
template <class F>
Result<> write_gradients(Call& call, const Samples& samples, std::int64_t reduced, const F& rule) {
  const Tensor gradient = call.tensor(0);
  if (!contains(kFloats, gradient.dtype)) return unsupported_dtype(call, gradient.dtype);
  const bool each = reduced == kNone && !samples.single;
  if (gradient.numel() != (each ? samples.count : 1)) {
    return call.fail(ErrorCode::Mismatch, "grad_output has not the shape of the loss");
  }
  const auto given = numbers_of<double>(gradient, ScalarType::Double);
  const double share = reduced == kMean ? 1 / static_cast<double>(samples.count) : 1;
  std::vector<double> result(samples.scores.size());
  for (std::int64_t i = 0; i < samples.count; ++i) {
    rule(i, given[each ? static_cast<std::size_t>(i) : 0] * share, result.data() + i * samples.classes);
  }
  return write_doubles(call, 0, call.tensor(1).sizes, result);
}

// rule(sample) is its loss; `sizes` are those of the losses where they are not reduced.
template <class F>
Result<> write_losses(Call& call, const Samples& samples, std::int64_t reduced, const Sizes& sizes, const F& rule) {
  std::vector<double> losses;
  for (std::int64_t i = 0; i < samples.count; ++i) losses.push_back(rule(i) / static_cast<double>(samples.classes));
  if (reduced == kNone) return write_doubles(call, 0, sizes, losses);
  double sum = 0;
  for (const double loss : losses) sum += loss;
  if (reduced == kMean) sum /= static_cast<double>(samples.count);
  return write_doubles(call, 0, {}, {sum});
}

// --- One right class

struct Margin {
  double power = 1, width = 1;
  std::vector<double> weights;  // of classes
};
Result<Margin> margin_of(Call& call, std::size_t first, const Samples& samples) {
  Margin margin = {call.scalar(first).as_double(), call.scalar(first + 1).as_double(), {}};
  if (margin.power != 1 && margin.power != 2) return call.fail(ErrorCode::Mismatch, "p is neither 1 nor 2");
  margin.weights.assign(static_cast<std::size_t>(samples.classes), 1.0);
  if (const Tensor* weight = call.optional_tensor(first + 2)) {
    if (!contains(kFloats, weight->dtype)) return unsupported_dtype(call, weight->dtype);
    if (weight->numel() != samples.classes) return call.fail(ErrorCode::Mismatch, "there is no weight for each class");
    margin.weights = numbers_of<double>(*weight, ScalarType::Double);
  }
  return margin;
}

Result<> multi_margin_loss(Call& call) {
  const auto samples = samples_of(call, 0, false);
  if (!samples) return Failure(samples.error());
  const auto margin = margin_of(call, 2, *samples);
  if (!margin) return Failure(margin.error());
  const Sizes sizes = samples->single ? call.tensor(1).sizes : Sizes{samples->count};
  return write_losses(call, *samples, call.integer(5), sizes, [&](std::int64_t i) {
    const auto scores = samples->of(i);
    const auto right = static_cast<std::size_t>(samples->targets[static_cast<std::size_t>(i)]);
    double loss = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const double lack = margin->width - scores[right] + scores[k];
      if (k != right && !(lack <= 0)) loss += margin->power == 1 ? lack : lack * lack;
    }
    return loss * margin->weights[right];
  });
}

Result<> multi_margin_loss_backward(Call& call) {
  const auto samples = samples_of(call, 1, false);
  if (!samples) return Failure(samples.error());
  const auto margin = margin_of(call, 3, *samples);
  if (!margin) return Failure(margin.error());
  return write_gradients(call, *samples, call.integer(6), [&](std::int64_t i, double gradient, double* result) {
    const auto scores = samples->of(i);
    const auto right = static_cast<std::size_t>(samples->targets[static_cast<std::size_t>(i)]);
    const double factor = gradient * margin->weights[right] / static_cast<double>(samples->classes);
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const double lack = margin->width - scores[right] + scores[k];
      if (k == right || !(lack > 0)) continue;
      const double pull = margin->power == 1 ? factor : 2 * factor * lack;
      result[k] += pull;
      result[right] -= pull;
    }
  });
}

// --- Several right classes

// rule(right class, wrong class, by how much the one is not ahead of the other by 1) for each such pair of a sample.
template <class F>
void each_lack(const Samples& samples, std::int64_t sample, const std::vector<double>& is_target, const F& rule) {
  const auto scores = samples.of(sample);
  const auto first = static_cast<std::size_t>(sample * samples.classes);
  for (std::size_t t = 0; t < scores.size(); ++t) {
    if (samples.targets[first + t] < 0) return;
    const auto right = static_cast<std::size_t>(samples.targets[first + t]);
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const double lack = 1 - scores[right] + scores[k];
      if (is_target[first + k] == 0 && !(lack <= 0)) rule(right, k, lack);
    }
  }
}

// The second result says of each class whether it is among the right ones.
Result<> multilabel_margin_loss(Call& call) {
  const auto samples = samples_of(call, 0, true);
  if (!samples) return Failure(samples.error());
  std::vector<double> is_target(samples->scores.size());
  for (std::int64_t i = 0; i < samples->count; ++i) {
    const auto first = static_cast<std::size_t>(i * samples->classes);
    for (std::size_t t = 0; t < static_cast<std::size_t>(samples->classes) && samples->targets[first + t] >= 0; ++t) {
      is_target[first + static_cast<std::size_t>(samples->targets[first + t])] = 1;
    }
  }
  const Sizes each = samples->single ? Sizes{} : Sizes{samples->count};
  PTETOOL_CHECK(write_losses(call, *samples, call.integer(2), each, [&](std::int64_t i) {
    double loss = 0;
    each_lack(*samples, i, is_target, [&](std::size_t, std::size_t, double lack) { loss += lack; });
    return loss;
  }));
  return write_doubles(call, 1, call.tensor(1).sizes, is_target);
}

Result<> multilabel_margin_loss_backward(Call& call) {
  const auto samples = samples_of(call, 1, true);
  if (!samples) return Failure(samples.error());
  const Tensor known = call.tensor(4);
  if (!contains(kFloats, known.dtype)) return unsupported_dtype(call, known.dtype);
  if (known.numel() != call.tensor(1).numel()) return call.fail(ErrorCode::Mismatch, "is_target does not fit self");
  const auto is_target = numbers_of<double>(known, ScalarType::Double);
  return write_gradients(call, *samples, call.integer(3), [&](std::int64_t i, double gradient, double* result) {
    const double pull = gradient / static_cast<double>(samples->classes);
    each_lack(*samples, i, is_target, [&](std::size_t right, std::size_t wrong, double) {
      result[wrong] += pull;
      result[right] -= pull;
    });
  });
}

constexpr Operator kRows[] = {
    {"aten::multi_margin_loss.out(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int "
     "reduction=1, *, Tensor(a!) out) -> Tensor(a!)",
     multi_margin_loss},
    {"aten::multilabel_margin_loss_forward.output(Tensor self, Tensor target, int reduction, *, Tensor(a!) output, "
     "Tensor(b!) is_target) -> (Tensor(a!), Tensor(b!))",
     multilabel_margin_loss},
    {"aten::multi_margin_loss_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, Scalar p, Scalar "
     "margin, Tensor? weight=None, int reduction=1, *, Tensor(a!) grad_input) -> Tensor(a!)",
     multi_margin_loss_backward},
    {"aten::multilabel_margin_loss_backward.grad_input(Tensor grad_output, Tensor self, Tensor target, int reduction, "
     "Tensor is_target, *, Tensor(a!) grad_input) -> Tensor(a!)",
     multilabel_margin_loss_backward},
};

}  // namespace

std::span<const Operator> margin_loss_operators() { return kRows; }

}  // namespace ptetool::ops
