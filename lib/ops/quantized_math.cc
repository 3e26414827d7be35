// quantized_decomposed: arithmetic on quantised operands: products with a matrix of int8 (mixed_mm, mixed_linear), and
// the sum of two quantised tensors. Products of int8 and float are added up in double: ExecuTorch's float sums are no
// reference to be close to.
#include <vector>

#include "ops/lines.h"
#include "ops/quantize.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kInputs = dtype_set(ScalarType::Float, ScalarType::Half, ScalarType::BFloat16);

Result<> check_product(Call& call, bool transposed) {
  const Tensor& input = call.tensor(0);
  const Tensor& weight = call.tensor(1);
  const Tensor& scales = call.tensor(2);
  if (!contains(kInputs, input.dtype)) return unsupported_dtype(call, input.dtype);
  if (weight.dtype != ScalarType::Char) return unsupported_dtype(call, weight.dtype);
  if (!contains(kFloats, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(same_dtype(call, input, "input", scales, "weight_scales"));
  if (!call.is_none(3)) return call.fail(ErrorCode::Unsupported, "computes without zero points only");
  const bool ranks = input.rank() == 2 && weight.rank() == 2 &&
                     (scales.rank() == 1 || (transposed && scales.rank() == 2 && scales.sizes[1] > 0));
  if (!ranks || input.sizes[1] != weight.sizes[transposed ? 1 : 0] || scales.sizes[0] != weight.sizes[0]) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(input.sizes.span()) +
                                              " cannot be multiplied with a weight of shape " +
                                              shape_text(weight.sizes.span()) + " and scales of shape " +
                                              shape_text(scales.sizes.span()));
  }
  return {};
}

// All elements of a matrix as float, row by row.
std::vector<float> floats_of(const Tensor& matrix) {
  std::vector<float> numbers(static_cast<std::size_t>(matrix.numel()));
  const Reader reader(matrix.dtype, ScalarType::Float);
  const std::int64_t columns = matrix.rank() == 2 ? matrix.sizes[1] : matrix.numel();
  const std::int64_t step = matrix.rank() == 2 ? matrix.strides[1] : 1;
  for (std::int64_t row = 0; row * columns < matrix.numel(); ++row) {
    const std::int64_t at = matrix.rank() == 2 ? row * matrix.strides[0] : 0;
    read_line(reader, matrix, at, step, columns, numbers.data() + row * columns);
  }
  return numbers;
}

// out[i, j] = sum of x[i, k] * scales[k] * weight[k, j]
Result<> mixed_mm(Call& call) {
  PTETOOL_CHECK(check_product(call, false));
  const Tensor& input = call.tensor(0);
  const Tensor& weight = call.tensor(1);
  const std::int64_t depth = weight.sizes[0];
  const std::int64_t columns = weight.sizes[1];
  const std::vector<float> x = floats_of(input);
  const std::vector<float> scales = floats_of(call.tensor(2));
  const auto* bytes = weight.as<std::int8_t>();
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare(call, out, Sizes{input.sizes[0], columns}));
  const Writer writer(ScalarType::Double, out.dtype);
  call.parallel(out.sizes[0], depth * columns, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sums(static_cast<std::size_t>(columns));
    for (std::int64_t i = begin; i < end; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::int64_t k = 0; k < depth; ++k) {
        const double factor = double{x[static_cast<std::size_t>(i * depth + k)]} * scales[static_cast<std::size_t>(k)];
        const std::int8_t* row = bytes + k * weight.strides[0];
        for (std::int64_t j = 0; j < columns; ++j) {
          sums[static_cast<std::size_t>(j)] += factor * row[j * weight.strides[1]];
        }
      }
      write_line(writer, sums.data(), out, i * out.strides[0], out.strides[1], columns);
    }
  });
  return {};
}

// out[i, j] = sum of x[i, k] * weight[j, k] * scales[j, k / group]
Result<> mixed_linear(Call& call) {
  PTETOOL_CHECK(check_product(call, true));
  const Tensor& input = call.tensor(0);
  const Tensor& weight = call.tensor(1);
  const std::int64_t depth = weight.sizes[1];
  const std::int64_t columns = weight.sizes[0];
  const std::int64_t groups = call.tensor(2).rank() == 2 ? call.tensor(2).sizes[1] : 1;
  const std::int64_t group = std::max<std::int64_t>(depth / groups + (depth % groups != 0 ? 1 : 0), 1);
  const std::vector<float> x = floats_of(input);
  const std::vector<float> scales = floats_of(call.tensor(2));
  Tensor& out = call.out();
  PTETOOL_CHECK(prepare(call, out, Sizes{input.sizes[0], columns}));
  const std::int64_t rows = out.sizes[0];
  const Reader reader(ScalarType::Char, ScalarType::Float);
  const Writer writer(ScalarType::Double, out.dtype);
  call.parallel(columns, depth * (rows + 1), [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> line(static_cast<std::size_t>(depth));
    for (std::int64_t j = begin; j < end; ++j) {
      read_line(reader, weight, j * weight.strides[0], weight.strides[1], depth, line.data());
      for (std::int64_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (std::int64_t k = 0; k < depth; k += group) {
          const float* a = x.data() + i * depth + k;
          const float* b = line.data() + k;
          const std::int64_t count = std::min(group, depth - k);
          double part = 0;
          for (std::int64_t n = 0; n < count; ++n) part += double{a[n]} * b[n];
          sum += part * scales[static_cast<std::size_t>(j * groups + k / group)];
        }
        write_line(writer, &sum, out, i * out.strides[0] + j * out.strides[1], 1, 1);
      }
    }
  });
  return {};
}

struct Quantization {
  float scale;
  double zero_point;
  std::int64_t low, high;
};
Result<Quantization> quantization(Call& call, std::size_t arg) {
  const Quantization q{static_cast<float>(call.real(arg)), static_cast<double>(call.integer(arg + 1)),
                       call.integer(arg + 2), call.integer(arg + 3)};
  if (q.low < 0 || q.high > 255 || q.low > q.high) {
    return call.fail(ErrorCode::Mismatch, "the range from " + std::to_string(q.low) + " to " + std::to_string(q.high) +
                                              " is not within 0 and 255");
  }
  return q;
}

// Both are dequantised, added in float, and quantised again.
Result<> add(Call& call) {
  const auto a = quantization(call, 1);
  if (!a) return Failure(a.error());
  const auto b = quantization(call, 6);
  if (!b) return Failure(b.error());
  const auto sum = quantization(call, 10);
  if (!sum) return Failure(sum.error());
  const ScalarType dtype = call.tensor(0).dtype;
  if (!is_integral(dtype)) return unsupported_dtype(call, dtype);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "a", call.tensor(5), "b"));
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "a", call.out(), "the out"));
  if (!(call.tensor(0).sizes == call.tensor(5).sizes)) {
    return call.fail(ErrorCode::Mismatch, "a of shape " + shape_text(call.tensor(0).sizes.span()) + ", b of shape " +
                                              shape_text(call.tensor(5).sizes.span()));
  }
  const float inverse = 1.0f / sum->scale;
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 5)}, ScalarType::Double, [&]<class C>(C x, C y) {
    const float left = static_cast<float>(x - C(a->zero_point)) * a->scale;
    const float right = static_cast<float>(y - C(b->zero_point)) * b->scale;
    const C moved = C(round_even((left + right) * inverse)) + C(sum->zero_point);
    return smaller(larger(moved, C(sum->low)), C(sum->high));
  });
}

constexpr Operator kRows[] = {
    {"quantized_decomposed::mixed_mm.out(Tensor input, Tensor weight, Tensor weight_scales, Tensor? "
     "weight_zero_points, *, Tensor(a!) out) -> Tensor(a!)",
     mixed_mm},
    {"quantized_decomposed::mixed_linear.out(Tensor input, Tensor weight, Tensor weight_scales, Tensor? "
     "weight_zero_points, ScalarType? dtype=None, *, Tensor(a!) out) -> Tensor(a!)",
     mixed_linear},
    {"quantized_decomposed::add.out(Tensor a, float a_scale, int a_zero_point, int a_quant_min, int a_quant_max, "
     "Tensor b, float b_scale, int b_zero_point, int b_quant_min, int b_quant_max, float out_scale, int "
     "out_zero_point, int out_quant_min, int out_quant_max, *, Tensor(a!) out) -> Tensor(a!)",
     add},
};

}  // namespace

std::span<const Operator> quantized_math_operators() { return kRows; }

}  // namespace ptetool::ops
