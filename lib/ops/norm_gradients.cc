// Gradients of layer, group and batch normalisation. In all three, elements share a mean and a factor within a group,
// and a weight and a bias within a channel; they differ only in which element belongs where. Computed in double.
#include <cmath>
#include <optional>
#include <vector>

#include "ops/normalize.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Of element i in C order: group i / group_step % groups, channel i / channel_step % channels.
struct Layout {
  std::int64_t group_step = 1, groups = 1, channel_step = 1, channels = 1;
  bool statistics_depend = true;  // mean and factor are those of the elements: their gradient counts as well
};

Result<std::vector<double>> numbers(Call& call, const Tensor& tensor, std::int64_t count, std::string_view name) {
  if (!contains(kFloats, tensor.dtype)) return unsupported_dtype(call, tensor.dtype);
  if (tensor.numel() != count) {
    return call.fail(ErrorCode::Mismatch, std::string(name) + " has " +
                                              counted(static_cast<std::uint64_t>(tensor.numel()), "element") +
                                              " instead of " + std::to_string(count));
  }
  return numbers_of<double>(tensor, ScalarType::Double);
}

Result<> write_back(Call& call, std::size_t which, const Sizes& sizes, const std::vector<double>& result) {
  Tensor& out = call.out(which);
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  write_results<double>(result.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

// Outs: the gradients of the input, of the weight, of the bias; those whose mask is false are left alone.
Result<> backward(Call& call, const Layout& layout, const std::vector<double>& mean, const std::vector<double>& factor,
                  const Tensor* weight, const Sizes& weight_sizes, const std::vector<bool>& mask) {
  const Tensor input = call.tensor(1);
  const Sizes sizes = input.sizes;
  const std::int64_t count = input.numel();
  const auto gradient = numbers(call, call.tensor(0), count, "grad_out");
  if (!gradient) return Failure(gradient.error());
  const auto x = numbers(call, input, count, "input");
  if (!x) return Failure(x.error());
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  std::vector<double> weights(at(layout.channels), 1.0);
  if (weight) {
    auto given = numbers(call, *weight, layout.channels, "weight");
    if (!given) return Failure(given.error());
    weights = *std::move(given);
  }
  std::vector<double> sums(at(layout.groups)), products(sums.size()), of_weight(weights.size()),
      of_bias(weights.size());
  std::vector<double> result(at(count));
  const auto group_of = [&](std::int64_t i) { return at(i / layout.group_step % layout.groups); };
  const auto channel_of = [&](std::int64_t i) { return at(i / layout.channel_step % layout.channels); };
  for (std::int64_t i = 0; i < count; ++i) {
    const std::size_t group = group_of(i), channel = channel_of(i);
    const double normal = ((*x)[at(i)] - mean[group]) * factor[group], g = (*gradient)[at(i)];
    of_weight[channel] += g * normal;
    of_bias[channel] += g;
    sums[group] += g * weights[channel];
    products[group] += g * weights[channel] * normal;
  }
  const double in_group = static_cast<double>(count) / static_cast<double>(layout.groups);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::size_t group = group_of(i);
    double g = (*gradient)[at(i)] * weights[channel_of(i)];
    if (layout.statistics_depend) {
      const double normal = ((*x)[at(i)] - mean[group]) * factor[group];
      g -= (sums[group] + normal * products[group]) / in_group;
    }
    result[at(i)] = g * factor[group];
  }
  const std::vector<double>* const results[] = {&result, &of_weight, &of_bias};
  for (std::size_t i = 0; i < 3; ++i) {
    if (i < mask.size() && mask[i]) PTETOOL_CHECK(write_back(call, i, i == 0 ? sizes : weight_sizes, *results[i]));
  }
  return {};
}

Result<> layer_norm_backward(Call& call) {
  const Tensor input = call.tensor(1);
  PTETOOL_ASSIGN(const std::size_t outer, outer_dimensions(call, input, call.integers(2)));
  const std::int64_t rows = numel(input.sizes.span().first(outer));
  const std::int64_t columns = numel(input.sizes.span().subspan(outer));
  const auto mean = numbers(call, call.tensor(3), rows, "mean");
  if (!mean) return Failure(mean.error());
  const auto factor = numbers(call, call.tensor(4), rows, "rstd");
  if (!factor) return Failure(factor.error());
  const Layout layout = {std::max<std::int64_t>(columns, 1), std::max<std::int64_t>(rows, 1), 1, columns};
  return backward(call, layout, *mean, *factor, call.optional_tensor(5), Sizes(input.sizes.span().subspan(outer)),
                  call.booleans(7));
}

Result<> group_norm_backward(Call& call) {
  const Tensor input = call.tensor(1);
  const Sizes given = {call.integer(5), call.integer(6), call.integer(7)};  // N, C, HxW
  const std::int64_t groups = call.integer(8);
  if (input.rank() < 2 || input.sizes[0] != given[0] || input.sizes[1] != given[1] ||
      checked_numel(given.span()) != input.numel()) {
    return call.fail(ErrorCode::Mismatch, "N, C and HxW are " + shape_text(given.span()) + " for an input of shape " +
                                              shape_text(input.sizes.span()));
  }
  if (groups <= 0 || given[1] % groups != 0 || !checked_numel(Sizes{given[0], groups}.span())) {
    return call.fail(ErrorCode::Mismatch, "the channels are no whole groups");
  }
  const std::int64_t rows = given[0] * groups;
  const auto mean = numbers(call, call.tensor(2), rows, "mean");
  if (!mean) return Failure(mean.error());
  const auto factor = numbers(call, call.tensor(3), rows, "rstd");
  if (!factor) return Failure(factor.error());
  const std::int64_t in_group = rows == 0 ? 1 : std::max<std::int64_t>(input.numel() / rows, 1);
  const Layout layout = {in_group, std::max<std::int64_t>(rows, 1), std::max<std::int64_t>(given[2], 1), given[1]};
  return backward(call, layout, *mean, *factor, call.optional_tensor(4), Sizes{given[1]}, call.booleans(9));
}

Result<> batch_norm_backward(Call& call) {
  const Tensor input = call.tensor(1);
  if (input.rank() < 2) return call.fail(ErrorCode::Mismatch, "the input has no channels");
  const std::int64_t channels = input.sizes[1];
  const bool train = call.boolean(7);
  const double eps = call.real(8);
  const std::size_t statistics = train ? 5 : 3;
  const Tensor* const mean_tensor = call.optional_tensor(statistics);
  const Tensor* const spread_tensor = call.optional_tensor(statistics + 1);
  if (!mean_tensor || !spread_tensor) return call.fail(ErrorCode::Mismatch, "the statistics are missing");
  const auto mean = numbers(call, *mean_tensor, channels, "the mean");
  if (!mean) return Failure(mean.error());
  auto factor = numbers(call, *spread_tensor, channels, "the variance");
  if (!factor) return Failure(factor.error());
  if (!train) {
    for (double& each : *factor) each = 1 / std::sqrt(each + eps);
  }
  const std::int64_t inner = std::max<std::int64_t>(numel(input.sizes.span().subspan(2)), 1);
  const Layout layout = {inner, std::max<std::int64_t>(channels, 1), inner, std::max<std::int64_t>(channels, 1), train};
  return backward(call, layout, *mean, *factor, call.optional_tensor(2), Sizes{channels}, call.booleans(9));
}

constexpr Operator kRows[] = {
    {"aten::native_layer_norm_backward.out(Tensor grad_out, Tensor input, SymInt[] normalized_shape, Tensor mean, "
     "Tensor rstd, Tensor? weight, Tensor? bias, bool[3] output_mask, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) "
     "out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     layer_norm_backward},
    {"aten::native_group_norm_backward.out(Tensor grad_out, Tensor input, Tensor mean, Tensor rstd, Tensor? weight, "
     "SymInt N, SymInt C, SymInt HxW, int group, bool[3] output_mask, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) "
     "out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     group_norm_backward},
    {"aten::native_batch_norm_backward.out(Tensor grad_out, Tensor input, Tensor? weight, Tensor? running_mean, "
     "Tensor? running_var, Tensor? save_mean, Tensor? save_invstd, bool train, float eps, bool[3] output_mask, *, "
     "Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     batch_norm_backward},
};

}  // namespace

std::span<const Operator> norm_gradient_operators() { return kRows; }

}  // namespace ptetool::ops
