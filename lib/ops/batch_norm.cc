// Batch normalisation: a factor and an offset per channel (dimension 1), from running statistics or the batch's own.
// Half and bfloat16 are computed in float.
#include <cmath>
#include <vector>

#include "ops/moments.h"
#include "ops/normalize.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

Result<std::int64_t> channels_of(Call& call) {
  const Tensor& input = call.tensor(0);
  if (input.rank() < 2) return call.fail(ErrorCode::Mismatch, "the input has no channels");
  return input.sizes[1];
}

// out = input * factor + offset
template <class C>
Result<> apply_channels(Call& call, std::vector<C>& factor, std::vector<C>& offset) {
  const Tensor input = call.tensor(0);
  Tensor& out = call.out();
  constexpr ScalarType kOwn = std::is_same_v<C, float> ? ScalarType::Float : ScalarType::Double;
  if (input.dtype == kOwn && out.dtype == kOwn && input.contiguous() && out.contiguous() && input.numel() != 0) {
    PTETOOL_CHECK(prepare(call, out, input.sizes));
    const auto channels = static_cast<std::int64_t>(factor.size());
    const std::int64_t count = input.numel() / (input.sizes[0] * channels);
    call.parallel(input.sizes[0] * channels, count, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        const C* from = input.as<C>() + row * count;
        C* to = out.as<C>() + row * count;
        const C scale = factor[static_cast<std::size_t>(row % channels)];
        const C shift = offset[static_cast<std::size_t>(row % channels)];
        for (std::int64_t i = 0; i < count; ++i) to[i] = from[i] * scale + shift;
      }
    });
    return {};
  }
  Sizes sizes = Sizes::filled(input.rank(), 1);
  sizes[1] = input.sizes[1];
  const ScalarType wide = input.dtype == ScalarType::Double ? ScalarType::Double : ScalarType::Float;
  Tensor a = make_tensor(wide, sizes.span()), b = a;
  a.data = factor.data();
  b.data = offset.data();
  const std::array<Operand, 3> operands = {operand(input), Operand{&a, {}, wide, false}, Operand{&b, {}, wide, false}};
  return run_formula<C>(
      call, operands, input.dtype, [](C x, C f, C o) { return x * f + o; }, std::make_index_sequence<3>());
}

// Factors and offsets from means and variances, in place.
template <class C>
Result<> finish_batch_norm(Call& call, std::int64_t channels, std::vector<C>& mean, std::vector<C>& factor) {
  const auto weight = parameters<C>(call, 1, channels, call.tensor(0).dtype, C(1));
  if (!weight) return Failure(weight.error());
  const auto bias = parameters<C>(call, 2, channels, call.tensor(0).dtype, C(0));
  if (!bias) return Failure(bias.error());
  for (std::size_t i = 0; i < factor.size(); ++i) {
    factor[i] *= (*weight)[i];
    mean[i] = (*bias)[i] - mean[i] * factor[i];
  }
  return apply_channels(call, factor, mean);
}

// With the running mean and variance, which are arguments 3 and 4; the other outs stay empty.
Result<> with_running_statistics(Call& call, double eps) {
  const auto channels = channels_of(call);
  if (!channels) return Failure(channels.error());
  const std::int64_t nothing[] = {0};
  for (std::size_t i = 1; i < 3; ++i) {
    if (call.out(i).rank() == 1) PTETOOL_CHECK(prepare(call, call.out(i), nothing));
  }
  const ScalarType dtype = call.tensor(0).dtype;
  return with_compute_type<kFloats>(call, dtype, [&]<class C>() -> Result<> {
    auto mean = parameters<C>(call, 3, *channels, dtype, C(0));
    if (!mean) return Failure(mean.error());
    auto factor = parameters<C>(call, 4, *channels, dtype, C(0));
    if (!factor) return Failure(factor.error());
    for (C& each : *factor) each = C(1) / std::sqrt(each + static_cast<C>(eps));
    return finish_batch_norm(call, *channels, *mean, *factor);
  });
}

// With the batch's own statistics, which also go to the outs, and into the running ones if there are any.
Result<> with_batch_statistics(Call& call, double eps, std::optional<double> momentum) {
  const auto channels = channels_of(call);
  if (!channels) return Failure(channels.error());
  const Tensor input = call.tensor(0);
  std::vector<std::int64_t> dims;
  for (std::size_t dim = 0; dim < input.rank(); ++dim) {
    if (dim != 1) dims.push_back(static_cast<std::int64_t>(dim));
  }
  const auto plan = reduction(call, input, dims, false);
  if (!plan) return Failure(plan.error());
  for (std::size_t i = 1; i < 3; ++i) {
    PTETOOL_CHECK(contiguous_floats(call, call.out(i)));
    PTETOOL_CHECK(prepare(call, call.out(i), plan->out_sizes));
  }
  return with_compute_type<kFloats>(call, input.dtype, [&]<class C>() -> Result<> {
    const auto count = static_cast<std::size_t>(*channels);
    std::vector<Moments> moments(count);
    reduce<C>(call, input, *plan, input.dtype, moments.data(), AddMoments<C>());
    std::vector<C> mean(count), factor(count);
    for (std::size_t i = 0; i < count; ++i) {
      mean[i] = static_cast<C>(moments[i].mean);
      factor[i] = static_cast<C>(1 / std::sqrt(moments[i].squares / moments[i].count + eps));
    }
    if (momentum) {
      for (std::size_t arg = 3; arg < 5; ++arg) {
        auto running = parameters<double>(call, arg, *channels, ScalarType::Double, 0.0);
        if (!running) return Failure(running.error());
        for (std::size_t i = 0; i < count; ++i) {
          const double now = arg == 3 ? moments[i].mean : moments[i].squares / (moments[i].count - 1);
          (*running)[i] = (1 - *momentum) * (*running)[i] + *momentum * now;
        }
        Tensor& target = call.tensor(arg);
        write_line(Writer(ScalarType::Double, target.dtype), running->data(), target, 0, 1, *channels);
      }
    }
    std::vector<C> saved = mean;
    write_line(Writer(input.dtype, call.out(1).dtype), saved.data(), call.out(1), 0, 1, *channels);
    saved = factor;
    write_line(Writer(input.dtype, call.out(2).dtype), saved.data(), call.out(2), 0, 1, *channels);
    return finish_batch_norm(call, *channels, mean, factor);
  });
}

Result<> batch_norm_no_training(Call& call) { return with_running_statistics(call, call.real(6)); }

// Has a fourth out for what a backward pass would want to keep: nothing.
Result<> batch_norm_no_update(Call& call) {
  if (call.is_none(3) || call.is_none(4)) return call.fail(ErrorCode::Mismatch, "there are no running statistics");
  PTETOOL_CHECK(prepare(call, call.out(3), Sizes{0}));
  return with_running_statistics(call, call.real(6));
}

Result<> batch_norm_no_stats(Call& call) { return with_batch_statistics(call, call.real(5), std::nullopt); }

Result<> batch_norm(Call& call) {
  if (call.boolean(5)) return with_batch_statistics(call, call.real(7), call.real(6));
  return with_running_statistics(call, call.real(7));
}

// The older form changes the running statistics without saying so: only where both are there and no constants.
Result<> batch_norm_older(Call& call) {
  if (call.boolean(5)) {
    const Tensor* mean = call.optional_tensor(3);
    const Tensor* variance = call.optional_tensor(4);
    const bool updates = mean && variance && !mean->read_only && !variance->read_only;
    return with_batch_statistics(call, call.real(7), updates ? std::optional(call.real(6)) : std::nullopt);
  }
  if (call.is_none(3) || call.is_none(4)) return call.fail(ErrorCode::Mismatch, "there are no running statistics");
  return with_running_statistics(call, call.real(7));
}

constexpr Operator kRows[] = {
    {"aten::_native_batch_norm_legit_no_training.out(Tensor input, Tensor? weight, Tensor? bias, Tensor "
     "running_mean, Tensor running_var, float momentum, float eps, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) "
     "out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     batch_norm_no_training},
    {"aten::_native_batch_norm_legit.out(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, "
     "Tensor(b!) running_var, bool training, float momentum, float eps, *, Tensor(d!) out, Tensor(e!) save_mean, "
     "Tensor(f!) save_invstd) -> (Tensor(d!), Tensor(e!), Tensor(f!))",
     batch_norm},
    {"aten::native_batch_norm.out(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? "
     "running_var, bool training, float momentum, float eps, *, Tensor(a!) out, Tensor(b!) save_mean, Tensor(c!) "
     "save_invstd) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     batch_norm_older},
    {"aten::_native_batch_norm_legit.no_stats_out(Tensor input, Tensor? weight, Tensor? bias, bool training, float "
     "momentum, float eps, *, Tensor(a!) out, Tensor(b!) save_mean, Tensor(c!) save_invstd) -> (Tensor(a!), "
     "Tensor(b!), Tensor(c!))",
     batch_norm_no_stats},
    {"aten::_batch_norm_no_update.out(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? "
     "running_var, float momentum, float eps, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2, Tensor(d!) out3) "
     "-> (Tensor(a!), Tensor(b!), Tensor(c!), Tensor(d!))",
     batch_norm_no_update},
};

}  // namespace

std::span<const Operator> batch_norm_operators() { return kRows; }

}  // namespace ptetool::ops
