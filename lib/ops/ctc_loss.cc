// Connectionist temporal classification: the probability that a sequence of steps spells a target, whose labels may
// repeat and have blanks between them, and its gradient. Computed in double, in logarithms.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b) {
  if (a == kNever || b == kNever) return a == kNever ? b : a;
  return std::max(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}

// log_probs[step, sample, label]; targets of each sample, and how many of its steps count.
struct Sequences {
  std::int64_t steps = 0, samples = 0, labels = 0, blank = 0;
  std::int64_t places = 1;  // 2 * the longest target + 1
  std::vector<double> log_probs;
  std::vector<std::int64_t> lengths;
  std::vector<std::vector<std::int64_t>> targets;

  std::size_t at(std::int64_t step, std::int64_t sample, std::int64_t label) const {
    return static_cast<std::size_t>((step * samples + sample) * labels + label);
  }
  // Of log_alpha, [sample, step, place].
  std::size_t cell(std::int64_t sample, std::int64_t step, std::int64_t place) const {
    return static_cast<std::size_t>((sample * steps + step) * places + place);
  }
  // The target with a blank before, between and behind its labels.
  std::vector<std::int64_t> spelled(std::int64_t sample) const {
    std::vector<std::int64_t> all = {blank};
    for (const std::int64_t label : targets[static_cast<std::size_t>(sample)]) {
      all.push_back(label);
      all.push_back(blank);
    }
    return all;
  }
};

// A list of numbers, or a tensor of them.
std::vector<std::int64_t> lengths_of(Call& call, std::size_t index) {
  if (const Tensor* tensor = call.optional_tensor(index)) return numbers_of<std::int64_t>(*tensor, ScalarType::Long);
  const auto list = call.integers(index);
  return {list.begin(), list.end()};
}

// From the arguments log_probs, targets, input_lengths and target_lengths, from `first` on, and the blank label.
Result<Sequences> sequences_of(Call& call, std::size_t first, std::vector<std::int64_t> lengths,
                               const std::vector<std::int64_t>& target_lengths, std::int64_t blank) {
  const Tensor probs = call.tensor(first), targets = call.tensor(first + 1);
  if (!contains(kFloats, probs.dtype)) return unsupported_dtype(call, probs.dtype);
  if (targets.dtype != ScalarType::Long && targets.dtype != ScalarType::Int) {
    return unsupported_dtype(call, targets.dtype);
  }
  if (probs.rank() != 3 || targets.rank() < 1 || targets.rank() > 2) {
    return call.fail(ErrorCode::Mismatch, "log_probs are not [steps, samples, labels], or targets no lists of labels");
  }
  Sequences all = {probs.sizes[0], probs.sizes[1], probs.sizes[2], blank, 1, {}, std::move(lengths), {}};
  const auto count = static_cast<std::size_t>(all.samples);
  const bool table = targets.rank() == 2;
  if (all.lengths.size() != count || target_lengths.size() != count || (table && targets.sizes[0] != all.samples)) {
    return call.fail(ErrorCode::Mismatch, "there are not as many targets and lengths as samples");
  }
  const auto labels = numbers_of<std::int64_t>(targets, ScalarType::Long);
  const std::int64_t room = table ? targets.sizes[1] : targets.sizes[0];
  std::int64_t done = 0, longest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t length = target_lengths[i], begin = table ? static_cast<std::int64_t>(i) * room : done;
    if (length < 0 || length > (table ? room : room - done) || all.lengths[i] < 0 || all.lengths[i] > all.steps) {
      return call.fail(ErrorCode::Mismatch, "a length is out of range");
    }
    all.targets.emplace_back(labels.begin() + begin, labels.begin() + begin + length);
    for (const std::int64_t label : all.targets.back()) {
      if (label < 0 || label >= all.labels) return call.fail(ErrorCode::Mismatch, "a target is out of range");
    }
    done += length;
    longest = std::max(longest, length);
  }
  if (blank < 0 || blank >= all.labels) return call.fail(ErrorCode::Mismatch, "the blank label is out of range");
  if (!table && done != room) return call.fail(ErrorCode::Mismatch, "the targets are more than their lengths say");
  all.places = 2 * longest + 1;
  if (!checked_numel(Sizes{all.samples, all.steps, all.places}.span())) {
    return call.fail(ErrorCode::Limit, "the sequences are too long");
  }
  all.log_probs = numbers_of<double>(probs, ScalarType::Double);
  return all;
}

// alpha[step, place]: the probability of all spellings that arrive at this place of the target at this step.
Result<> ctc_loss(Call& call) {
  const auto all = sequences_of(call, 0, lengths_of(call, 2), lengths_of(call, 3), call.integer(4));
  if (!all) return Failure(all.error());
  const Sizes sizes = {all->samples, all->steps, all->places};
  PTETOOL_CHECK(prepare(call, call.out(1), sizes));
  std::vector<double> alpha(static_cast<std::size_t>(numel(sizes)), kNever), losses;
  for (std::int64_t i = 0; i < all->samples; ++i) {
    const auto spelled = all->spelled(i);
    const auto places = static_cast<std::int64_t>(spelled.size());
    const std::int64_t steps = all->lengths[static_cast<std::size_t>(i)];
    for (std::int64_t t = 0; t < steps; ++t) {
      for (std::int64_t s = 0; s < places; ++s) {
        const std::int64_t label = spelled[static_cast<std::size_t>(s)];
        double before = t == 0 && s < 2 ? 0 : kNever;
        if (t > 0) {
          before = alpha[all->cell(i, t - 1, s)];
          if (s > 0) before = log_sum(before, alpha[all->cell(i, t - 1, s - 1)]);
          // A blank may be left out between labels that differ.
          if (s > 1 && label != spelled[static_cast<std::size_t>(s - 2)]) {
            before = log_sum(before, alpha[all->cell(i, t - 1, s - 2)]);
          }
        }
        alpha[all->cell(i, t, s)] = before + all->log_probs[all->at(t, i, label)];
      }
    }
    double found = steps == 0 && places == 1 ? 0 : kNever;
    if (steps > 0) found = alpha[all->cell(i, steps - 1, places - 1)];
    if (steps > 0 && places > 1) found = log_sum(found, alpha[all->cell(i, steps - 1, places - 2)]);
    losses.push_back(-found);
  }
  PTETOOL_CHECK(write_doubles(call, 0, Sizes{all->samples}, losses));
  return write_doubles(call, 1, sizes, alpha);
}

// beta[step, place] is the same from the other end; both together say how likely a label is at a step, given the
// target.
Result<> ctc_loss_backward(Call& call) {
  const auto all = sequences_of(call, 1, lengths_of(call, 3), lengths_of(call, 4), call.integer(7));
  if (!all) return Failure(all.error());
  const Tensor grad = call.tensor(0), loss = call.tensor(5), known = call.tensor(6);
  for (const Tensor* each : {&grad, &loss, &known}) {
    if (!contains(kFloats, each->dtype)) return unsupported_dtype(call, each->dtype);
  }
  const Sizes sizes = {all->samples, all->steps, all->places};
  if (!(grad.sizes == Sizes{all->samples}) || !(loss.sizes == grad.sizes) || !(known.sizes == sizes)) {
    return call.fail(ErrorCode::Mismatch, "the gradients, losses or log_alpha are not those of the sequences");
  }
  const auto gradients = numbers_of<double>(grad, ScalarType::Double);
  const auto losses = numbers_of<double>(loss, ScalarType::Double);
  const auto alpha = numbers_of<double>(known, ScalarType::Double);
  std::vector<double> result(all->log_probs.size());
  for (std::int64_t i = 0; i < all->samples; ++i) {
    const double nll = losses[static_cast<std::size_t>(i)], factor = gradients[static_cast<std::size_t>(i)];
    if (call.boolean(8) && std::isinf(nll)) continue;
    const auto spelled = all->spelled(i);
    const auto places = static_cast<std::int64_t>(spelled.size());
    const std::int64_t steps = all->lengths[static_cast<std::size_t>(i)];
    std::vector<double> beta(spelled.size() + 2, kNever), occupied(static_cast<std::size_t>(all->labels));
    for (std::int64_t t = steps; t-- > 0;) {
      std::fill(occupied.begin(), occupied.end(), kNever);
      for (std::int64_t s = 0; s < places; ++s) {
        const auto place = static_cast<std::size_t>(s), label = static_cast<std::size_t>(spelled[place]);
        double behind = s >= places - 2 ? 0 : kNever;
        if (t + 1 < steps) {
          behind = log_sum(beta[place], beta[place + 1]);
          if (s + 2 < places && spelled[place + 2] != spelled[place]) behind = log_sum(behind, beta[place + 2]);
        }
        beta[place] = behind + all->log_probs[all->at(t, i, spelled[place])];
        occupied[label] = log_sum(occupied[label], alpha[all->cell(i, t, s)] + beta[place]);
      }
      for (std::int64_t c = 0; c < all->labels; ++c) {
        const double p = all->log_probs[all->at(t, i, c)];
        result[all->at(t, i, c)] = (std::exp(p) - std::exp(occupied[static_cast<std::size_t>(c)] + nll - p)) * factor;
      }
    }
  }
  return write_doubles(call, 0, call.tensor(1).sizes, result);
}

constexpr Operator kRows[] = {
    {"aten::_ctc_loss.out(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, "
     "bool zero_infinity=False, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     ctc_loss},
    {"aten::_ctc_loss.Tensor_out(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int "
     "blank=0, bool zero_infinity=False, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     ctc_loss},
    {"aten::_ctc_loss_backward.out(Tensor grad, Tensor log_probs, Tensor targets, int[] input_lengths, int[] "
     "target_lengths, Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     ctc_loss_backward},
};

}  // namespace

std::span<const Operator> ctc_loss_operators() { return kRows; }

}  // namespace ptetool::ops
