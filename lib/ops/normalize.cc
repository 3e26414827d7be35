// Layer, group and batch normalisation: (x - mean) / sqrt(variance + eps) * weight + bias. Half and bfloat16 are
// computed in float.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/moments.h"
#include "ops/reduce.h"
#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/vector_math.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// The numbers of an optional weight or bias of `count` elements; `absent` throughout where there is none.
template <class C>
Result<std::vector<C>> parameters(Call& call, std::size_t arg, std::int64_t count, ScalarType dtype, C absent) {
  std::vector<C> numbers(static_cast<std::size_t>(count), absent);
  const Tensor* given = call.optional_tensor(arg);
  if (!given) return numbers;
  if (given->numel() != count || !given->contiguous() || !contains(kFloats, given->dtype)) {
    return call.fail(ErrorCode::Mismatch, std::string(call.schema().arguments[arg].name) + " is " +
                                              dtype_name(given->dtype) + " " + shape_text(given->sizes.span()) +
                                              " for " + counted(static_cast<std::uint64_t>(count), "element"));
  }
  const ScalarType as = dtype == ScalarType::Double ? ScalarType::Double : ScalarType::Float;
  read_line(Reader(given->dtype, as), *given, 0, 1, count, numbers.data());
  return numbers;
}

template <class C>
struct Scale {
  C mean, factor;  // x becomes (x - mean) * factor
};

double sum_of_numbers(const float* numbers, std::int64_t count) { return simd::sum(numbers, count); }
double sum_of_numbers(const double* numbers, std::int64_t count) {
  return sum_of(numbers, count, [](double x) { return x; });
}
double squared_distances(const float* numbers, float center, std::int64_t count) {
  return simd::squared_distances(numbers, center, count);
}
double squared_distances(const double* numbers, double center, std::int64_t count) {
  return sum_of(numbers, count, [center](double x) { return (x - center) * (x - center); });
}
void apply(float* x, const Scale<float>& scale, const float* weight, const float* bias, std::int64_t count) {
  simd::normalize(x, scale.mean, scale.factor, weight, bias, count);
}
void apply(double* x, const Scale<double>& scale, const double* weight, const double* bias, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) x[i] = (x[i] - scale.mean) * scale.factor * weight[i] + bias[i];
}

template <class C>
Scale<C> scale_of(const C* numbers, std::int64_t count, double eps) {
  const auto n = static_cast<double>(count);
  const double mean = sum_of_numbers(numbers, count) / n;
  const C center = static_cast<C>(mean);
  // Around a rounded mean, the squares are too large by the square of what was rounded away.
  const double lost = mean - static_cast<double>(center);
  const double squares = squared_distances(numbers, center, count);
  const double variance = squares / n - lost * lost;
  return {center, static_cast<C>(1 / std::sqrt(variance + eps))};
}

// Writes a number of the input's dtype to element `at` of a contiguous out.
template <class C>
void put(const Writer& writer, Tensor& out, std::int64_t at, C number) {
  write_line(writer, &number, out, at, 1, 1);
}

Result<> floats(const Call& call, const Tensor& out) {
  return contains(kFloats, out.dtype) ? Result<>() : unsupported_dtype(call, out.dtype);
}
Result<> contiguous_floats(const Call& call, const Tensor& out) {
  PTETOOL_CHECK(floats(call, out));
  if (out.contiguous()) return {};
  return call.fail(ErrorCode::Unsupported, "writes contiguous statistics only");
}

// Rows of `count` elements each; weight and bias change every `repeat` elements, and wrap around after all of theirs.
struct Rows {
  std::int64_t rows = 0, count = 0, parameters = 0, repeat = 1;
  std::size_t weight = 0;  // argument; the bias follows
  double eps = 0;
  Sizes statistics;
};

Result<> normalize_rows(Call& call, const Rows& plan) {
  const Tensor& input = call.tensor(0);
  Tensor& out = call.out();
  const Sizes sizes = input.sizes;
  auto straight = input.contiguous() ? Result<OwnedTensor>(OwnedTensor{input, nullptr}) : contiguous_copy(input);
  if (!straight) return forward_error(std::move(straight));
  const Tensor self = straight->tensor;
  for (std::size_t i = 0; i < 3; ++i) {
    PTETOOL_CHECK(i == 0 ? floats(call, out) : contiguous_floats(call, call.out(i)));
    PTETOOL_CHECK(prepare(call, call.out(i), i == 0 ? sizes : plan.statistics));
  }
  // Rows are written one after the other; an out in another order takes its elements from there.
  OwnedTensor rows{out, nullptr};
  if (!out.contiguous()) {
    PTETOOL_ASSIGN(rows, allocate_tensor(out.dtype, out.sizes));
  }
  const Result<> written = with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    const Writer mean_writer(self.dtype, call.out(1).dtype), factor_writer(self.dtype, call.out(2).dtype);
    if (out.numel() == 0) {
      for (std::int64_t row = 0; row < plan.rows; ++row) {
        put(mean_writer, call.out(1), row, C(0));
        put(factor_writer, call.out(2), row, std::numeric_limits<C>::quiet_NaN());
      }
      return {};
    }
    const auto weight = parameters<C>(call, plan.weight, plan.parameters, self.dtype, C(1));
    if (!weight) return Failure(weight.error());
    const auto bias = parameters<C>(call, plan.weight + 1, plan.parameters, self.dtype, C(0));
    if (!bias) return Failure(bias.error());
    const Reader reader(self.dtype, self.dtype);
    const Writer writer(self.dtype, out.dtype);
    call.parallel(plan.rows, 4 * plan.count, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> numbers(static_cast<std::size_t>(plan.count));
      C* x = numbers.data();
      for (std::int64_t row = first; row < last; ++row) {
        read_line(reader, self, row * plan.count, 1, plan.count, x);
        const Scale<C> scale = scale_of(x, plan.count, plan.eps);
        put(mean_writer, call.out(1), row, scale.mean);
        put(factor_writer, call.out(2), row, scale.factor);
        std::int64_t at = row * (plan.count / plan.repeat) % plan.parameters;  // in weight and bias
        if (plan.repeat == 1) {
          apply(x, scale, weight->data() + at, bias->data() + at, plan.count);
        } else {
          for (std::int64_t done = 0; done < plan.count; done += plan.repeat, ++at) {
            const C w = (*weight)[static_cast<std::size_t>(at)];
            const C b = (*bias)[static_cast<std::size_t>(at)];
            for (std::int64_t i = done; i < done + plan.repeat; ++i) x[i] = (x[i] - scale.mean) * scale.factor * w + b;
          }
        }
        write_line(writer, x, rows.tensor, row * plan.count, 1, plan.count);
      }
    });
    return {};
  });
  return written && rows.memory ? copy_elements(rows.tensor, out) : written;
}

Result<> layer_norm(Call& call) {
  const Tensor& input = call.tensor(0);
  const auto shape = call.integers(1);
  const std::size_t outer = input.rank() - std::min(input.rank(), shape.size());
  if (shape.empty() || shape.size() > input.rank() ||
      !std::equal(shape.begin(), shape.end(), input.sizes.begin() + outer)) {
    return call.fail(ErrorCode::Mismatch, "normalized_shape " + shape_text(std::span(shape)) +
                                              " for an input of shape " + shape_text(input.sizes.span()));
  }
  Rows plan;
  plan.rows = numel(input.sizes.span().first(outer));
  plan.count = plan.parameters = numel(input.sizes.span().subspan(outer));
  plan.weight = 2;
  plan.eps = call.real(4);
  plan.statistics = Sizes::filled(input.rank(), 1);
  std::copy_n(input.sizes.begin(), outer, plan.statistics.begin());
  return normalize_rows(call, plan);
}

Result<> group_norm(Call& call) {
  const Tensor& input = call.tensor(0);
  const Sizes given = {call.integer(3), call.integer(4), call.integer(5)};  // N, C, HxW
  const std::int64_t groups = call.integer(6);
  if (input.rank() < 2 || input.sizes[0] != given[0] || input.sizes[1] != given[1] ||
      checked_numel(given.span()) != input.numel()) {
    return call.fail(ErrorCode::Mismatch, "N, C and HxW are " + shape_text(given.span()) + " for an input of shape " +
                                              shape_text(input.sizes.span()));
  }
  if (groups <= 0 || given[1] % groups != 0) {
    return call.fail(ErrorCode::Mismatch, counted(static_cast<std::uint64_t>(given[1]), "channel") + " in " +
                                              std::to_string(groups) + " groups");
  }
  const Sizes statistics = {given[0], groups};
  if (!checked_numel(statistics.span())) return call.fail(ErrorCode::Limit, "too many groups");
  Rows plan;
  plan.rows = given[0] * groups;
  plan.parameters = given[1];
  plan.repeat = given[2];
  plan.count = input.numel() == 0 ? 0 : input.numel() / plan.rows;
  plan.weight = 1;
  plan.eps = call.real(7);
  plan.statistics = statistics;
  return normalize_rows(call, plan);
}

// --- Batch normalisation: a factor and an offset per channel (dimension 1).

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
    {"aten::native_layer_norm.out(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps, "
     "*, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     layer_norm},
    {"aten::native_group_norm.out(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int "
     "group, float eps, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), "
     "Tensor(c!))",
     group_norm},
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

std::span<const Operator> normalize_operators() { return kRows; }

}  // namespace ptetool::ops
