// _softmax, _log_softmax and their gradients: a line at a time, shifted by its maximum, half and bfloat16 in float.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

// to = exp(from - shift); their sum.
double exponentials(const float* from, float shift, float* to, std::int64_t count) {
  return simd::shifted_exponential(from, shift, to, count);
}
double exponentials(const double* from, double shift, double* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = vector_exp(from[i] - shift);
  return sum_of(to, count, [](double x) { return x; });
}
float top_of(const float* line, std::int64_t count) { return simd::largest(line, count); }
double top_of(const double* line, std::int64_t count) {
  return fold(line, count, -std::numeric_limits<double>::infinity(), [](double a, double b) { return larger(b, a); });
}

// Turns a line into its softmax, or into the logarithm of that.
template <class C>
void normalise(C* line, std::int64_t count, bool logarithm, C* scratch) {
  const C top = top_of(line, count);
  const double sum = exponentials(line, top, logarithm ? scratch : line, count);
  if (logarithm) {
    const C log_sum = static_cast<C>(std::log(sum));
    for (std::int64_t i = 0; i < count; ++i) line[i] = line[i] - top - log_sum;
  } else {
    const C factor = static_cast<C>(1 / sum);
    for (std::int64_t i = 0; i < count; ++i) line[i] *= factor;
  }
}

// Lines of float that lie side by side: `width` of them at a time, so that every loop runs over neighbours. Where in
// and out are strided by `step` from one number of a line to the next.
constexpr std::int64_t kColumns = 256;
void normalise_columns(const float* in, float* out, std::int64_t step, std::int64_t count, std::int64_t width,
                       bool logarithm) {
  float tops[kColumns], line[kColumns], ends[kColumns];
  double sums[kColumns] = {};
  std::copy_n(in, width, tops);
  for (std::int64_t k = 1; k < count; ++k) {
    for (std::int64_t i = 0; i < width; ++i) tops[i] = larger(in[k * step + i], tops[i]);
  }
  for (std::int64_t k = 0; k < count; ++k) {
    float* to = logarithm ? line : out + k * step;
    for (std::int64_t i = 0; i < width; ++i) line[i] = in[k * step + i] - tops[i];
    simd::exponential(line, to, width);
    for (std::int64_t i = 0; i < width; ++i) sums[i] += static_cast<double>(to[i]);
  }
  for (std::int64_t i = 0; i < width; ++i) {
    ends[i] = static_cast<float>(logarithm ? std::log(sums[i]) : 1 / sums[i]);
  }
  for (std::int64_t k = 0; k < count; ++k) {
    for (std::int64_t i = 0; i < width; ++i) {
      out[k * step + i] = logarithm ? in[k * step + i] - tops[i] - ends[i] : out[k * step + i] * ends[i];
    }
  }
}
// Both tensors contiguous, the dimension not the last.
void normalise_inner(const Call& call, const Tensor& self, Tensor& out, std::size_t dim, bool logarithm) {
  const std::int64_t count = self.sizes[dim], step = self.strides[dim];
  const std::int64_t groups = (step + kColumns - 1) / kColumns;
  call.parallel(self.numel() / (count * step) * groups, 4 * count * kColumns,
                [&](std::int64_t first, std::int64_t last) {
                  for (std::int64_t item = first; item < last; ++item) {
                    const std::int64_t column = item % groups * kColumns;
                    const std::int64_t at = item / groups * count * step + column;
                    normalise_columns(self.as<float>() + at, out.as<float>() + at, step, count,
                                      std::min(kColumns, step - column), logarithm);
                  }
                });
}

Result<> along_dimension(Call& call, bool logarithm) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto dim = dimension(call, call.integer(1), self.rank());
  if (!dim) return Failure(dim.error());
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    if (out.numel() == 0) return {};
    if (std::is_same_v<C, float> && self.dtype == ScalarType::Float && out.dtype == ScalarType::Float &&
        self.contiguous() && out.contiguous() && self.rank() > 0 && self.strides[*dim] >= 16 && self.data != out.data) {
      normalise_inner(call, self, out, *dim, logarithm);
      return {};
    }
    const Lines<2> lines(self.sizes, *dim, {self.strides, out.strides});
    const std::int64_t count = lines.length();
    const Reader reader(self.dtype, self.dtype);
    const Writer writer(self.dtype, out.dtype);
    call.parallel(lines.count(), 4 * count, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> line(static_cast<std::size_t>(count)), scratch(logarithm ? line.size() : 0);
      lines.each(first, last, [&](const auto& offsets) {
        read_line(reader, self, offsets[0], lines.step(0), count, line.data());
        normalise(line.data(), count, logarithm, scratch.data());
        write_line(writer, line.data(), out, offsets[1], lines.step(1), count);
      });
    });
    return {};
  });
}

Result<> softmax(Call& call) { return along_dimension(call, false); }
Result<> log_softmax(Call& call) { return along_dimension(call, true); }

// With g the gradient and y the result: y * (g - sum(g * y)), or g - exp(y) * sum(g) for the logarithm.
Result<> gradient(Call& call, bool logarithm) {
  const Tensor g = call.tensor(0), y = call.tensor(1);
  Tensor& out = call.out();
  const auto dim = dimension(call, call.integer(2), g.rank());
  if (!dim) return Failure(dim.error());
  PTETOOL_CHECK(same_dtype(call, g, "grad_output", y, "output"));
  if (!(g.sizes == y.sizes)) return call.fail(ErrorCode::Mismatch, "grad_output and output differ in shape");
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, g.sizes));
  return with_compute_type<kFloats>(call, g.dtype, [&]<class C>() -> Result<> {
    if (out.numel() == 0) return {};
    const Lines<3> lines(g.sizes, *dim, {g.strides, y.strides, out.strides});
    const std::int64_t count = lines.length();
    const Reader reader(g.dtype, g.dtype);
    const Writer writer(g.dtype, out.dtype);
    call.parallel(lines.count(), count, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> gradients(static_cast<std::size_t>(count)), results(gradients.size());
      lines.each(first, last, [&](const auto& offsets) {
        read_line(reader, g, offsets[0], lines.step(0), count, gradients.data());
        read_line(reader, y, offsets[1], lines.step(1), count, results.data());
        double sum = 0;
        for (std::size_t i = 0; i < gradients.size(); ++i) {
          sum += static_cast<double>(gradients[i]) * (logarithm ? 1.0 : static_cast<double>(results[i]));
        }
        const C total = static_cast<C>(sum);
        for (std::size_t i = 0; i < gradients.size(); ++i) {
          gradients[i] =
              logarithm ? gradients[i] - vector_exp(results[i]) * total : results[i] * (gradients[i] - total);
        }
        write_line(writer, gradients.data(), out, offsets[2], lines.step(2), count);
      });
    });
    return {};
  });
}
Result<> softmax_backward(Call& call) { return gradient(call, false); }
Result<> log_softmax_backward(Call& call) { return gradient(call, true); }

constexpr Operator kRows[] = {
    {"aten::_softmax.out(Tensor self, int dim, bool half_to_float, *, Tensor(a!) out) -> Tensor(a!)", softmax},
    {"aten::_log_softmax.out(Tensor self, int dim, bool half_to_float, *, Tensor(a!) out) -> Tensor(a!)", log_softmax},
    {"aten::_softmax_backward_data.out(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype, *, "
     "Tensor(a!) grad_input) -> Tensor(a!)",
     softmax_backward},
    {"aten::_log_softmax_backward_data.out(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     log_softmax_backward},
};

}  // namespace

std::span<const Operator> softmax_operators() { return kRows; }

}  // namespace ptetool::ops
