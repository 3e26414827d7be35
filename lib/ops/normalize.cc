// Layer and group normalisation: rows of (x - mean) / sqrt(variance + eps) * weight + bias. Half and bfloat16 are
// computed in float.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/normalize.h"
#include "ops/reduce.h"
#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/vector_math.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

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
  PTETOOL_ASSIGN(const std::size_t outer, outer_dimensions(call, input, call.integers(1)));
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

constexpr Operator kRows[] = {
    {"aten::native_layer_norm.out(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps, "
     "*, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), Tensor(c!))",
     layer_norm},
    {"aten::native_group_norm.out(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int "
     "group, float eps, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), Tensor(b!), "
     "Tensor(c!))",
     group_norm},
};

}  // namespace

std::span<const Operator> normalize_operators() { return kRows; }

}  // namespace ptetool::ops
