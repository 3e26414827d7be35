// cortex_m: elementwise operators and products of int8 tensors, as ExecuTorch's reference in PyTorch defines them.
// cortex_m_convolution.cc and cortex_m_pool.cc have images.
#include "ops/cortex_m.h"

#include <array>
#include <cmath>

#include "ops/pad.h"
#include "ops/pointwise.h"
#include "ops/quantize.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kBytes = dtype_set(ScalarType::Char);

// Sums are computed with so many bits below the unit.
constexpr int kLeftShift = 20;

Result<> add(Call& call) {
  for (const std::size_t arg : {0, 4}) PTETOOL_CHECK(check_bytes(call, arg, call.tensor(arg).rank()));
  const std::int64_t zero = call.integer(1), other_zero = call.integer(5);
  const auto self = Requantization::from(call, call.integer(2), call.integer(3));
  if (!self) return Failure(self.error());
  const auto other = Requantization::from(call, call.integer(6), call.integer(7));
  if (!other) return Failure(other.error());
  const auto sum = Requantization::from(call, call.integer(9), call.integer(10));
  if (!sum) return Failure(sum.error());
  const Rescaling rescale{*sum, call.integer(8), call.integer(11), call.integer(12)};
  const auto widened = [](std::int64_t x, std::int64_t zero_point) {
    return static_cast<std::int32_t>(times(minus(x, zero_point), std::int64_t{1} << kLeftShift));
  };
  return pointwise<2, kBytes>(call, {arg(call, 0), arg(call, 4)}, ScalarType::Char, [&]<class C>(C x, C y) -> C {
    return rescale(std::int64_t{(*self)(widened(x, zero))} + (*other)(widened(y, other_zero)));
  });
}

Result<> mul(Call& call) {
  for (const std::size_t arg : {0, 2}) PTETOOL_CHECK(check_bytes(call, arg, call.tensor(arg).rank()));
  const std::int64_t zero = call.integer(1), other_zero = call.integer(3);
  const auto product = Requantization::from(call, call.integer(5), call.integer(6));
  if (!product) return Failure(product.error());
  const Rescaling rescale{*product, call.integer(4)};
  return pointwise<2, kBytes>(call, {arg(call, 0), arg(call, 2)}, ScalarType::Char, [&]<class C>(C x, C y) -> C {
    return rescale(times(minus(x, zero), minus(y, other_zero)));
  });
}

// A function as a table of 256 answers.
Result<> activation(Call& call) {
  PTETOOL_CHECK(check_bytes(call, 0, call.tensor(0).rank()));
  PTETOOL_CHECK(check_bytes(call, 1, 1));
  if (call.tensor(1).numel() != 256) return call.fail(ErrorCode::Mismatch, "lut does not have 256 elements");
  const auto lut = dense(call, call.tensor(1), contiguous_order(1));
  if (!lut) return Failure(lut.error());
  std::array<std::int8_t, 256> answers;  // the out may be where the table is
  std::copy_n(lut->tensor.as<std::int8_t>(), answers.size(), answers.begin());
  return pointwise<1, kBytes>(call, {arg(call, 0)}, ScalarType::Char,
                              [&]<class C>(C x) -> C { return answers[static_cast<std::size_t>(x + 128)]; });
}

// Rows of x times rows of y, with offsets added to both.
struct Products {
  std::int64_t rows, columns, depth;
  std::int32_t x_offset, y_offset;

  void compute(const Call& call, const std::int8_t* x, const std::int8_t* y, const std::int64_t* start,
               const Rescaling& rescale, std::int8_t* out) const {
    call.parallel(columns, rows * depth, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t j = begin; j < end; ++j) {
        for (std::int64_t i = 0; i < rows; ++i) {
          const std::int8_t* a = x + i * depth;
          const std::int8_t* b = y + j * depth;
          std::int64_t sum = start == nullptr ? 0 : start[j];
          for (std::int64_t k = 0; k < depth; ++k) sum += (a[k] + x_offset) * (b[k] + y_offset);
          out[i * columns + j] = rescale(sum);
        }
      }
    });
  }
};

// The out is written in contiguous order first.
Result<> multiply(Call& call, const Products& products, std::int64_t batch, const Tensor& x, const Tensor& y,
                  const std::int64_t* start, const Rescaling& rescale, const Sizes& sizes) {
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  const auto left = dense(call, x, contiguous_order(x.rank()));
  if (!left) return Failure(left.error());
  const auto right = dense(call, y, contiguous_order(y.rank()));
  if (!right) return Failure(right.error());
  auto result = allocate_tensor(ScalarType::Char, sizes);
  if (!result) return call.fail(result.error().code, result.error().message);
  for (std::int64_t b = 0; b < batch; ++b) {
    products.compute(call, left->tensor.as<std::int8_t>() + b * products.rows * products.depth,
                     right->tensor.as<std::int8_t>() + b * products.columns * products.depth, start, rescale,
                     result->tensor.as<std::int8_t>() + b * products.rows * products.columns);
  }
  return copy_view(call, View(result->tensor), View(call.out()));
}

// With kernel_sum, that has the offset of the input in it, and the bias.
Result<> linear(Call& call) {
  const Tensor& input = call.tensor(0);
  const Tensor& weights = call.tensor(1);
  PTETOOL_CHECK(check_bytes(call, 0, std::max<std::size_t>(input.rank(), 1)));
  PTETOOL_CHECK(check_bytes(call, 1, 2));
  const std::int64_t depth = weights.sizes[1], columns = weights.sizes[0];
  if (input.sizes[input.rank() - 1] != depth) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(input.sizes.span()) + " for weights of " +
                                              shape_text(weights.sizes.span()));
  }
  const bool summed = !call.is_none(3);
  const auto start = numbers_of(call, summed ? 3 : 2, columns);
  if (!start) return Failure(start.error());
  const auto input_offset = offset_argument(call, 4);
  if (!input_offset) return Failure(input_offset.error());
  const auto filter_offset = offset_argument(call, 5);
  if (!filter_offset) return Failure(filter_offset.error());
  const auto multipliers = call.integers(7), shifts = call.integers(8);
  if (multipliers.empty() || shifts.empty()) return call.fail(ErrorCode::Mismatch, "there is no scale");
  const auto scale = Requantization::from(call, multipliers[0], shifts[0]);
  if (!scale) return Failure(scale.error());
  Sizes sizes = input.sizes;
  sizes[sizes.size() - 1] = columns;
  std::int64_t rows = 1;
  for (std::size_t dim = 0; dim + 1 < input.rank(); ++dim) rows *= input.sizes[dim];
  const Products products{rows, columns, depth, summed ? 0 : *input_offset, *filter_offset};
  return multiply(call, products, 1, input, weights, start->data(),
                  {*scale, call.integer(6), call.integer(10), call.integer(9)}, sizes);
}

Result<> batch_matmul(Call& call) {
  const Tensor& x = call.tensor(0);
  const Tensor& y = call.tensor(2);
  PTETOOL_CHECK(check_bytes(call, 0, 3));
  PTETOOL_CHECK(check_bytes(call, 2, 3));
  if (x.sizes[0] != y.sizes[0] || x.sizes[2] != y.sizes[2]) {
    return call.fail(ErrorCode::Mismatch, "lhs of shape " + shape_text(x.sizes.span()) + ", rhs_transposed of " +
                                              shape_text(y.sizes.span()));
  }
  const auto x_offset = offset_argument(call, 1);
  if (!x_offset) return Failure(x_offset.error());
  const auto y_offset = offset_argument(call, 3);
  if (!y_offset) return Failure(y_offset.error());
  const auto scale = Requantization::from(call, call.integer(5), call.integer(6));
  if (!scale) return Failure(scale.error());
  const Products products{x.sizes[1], y.sizes[1], x.sizes[2], *x_offset, *y_offset};
  return multiply(call, products, x.sizes[0], x, y, nullptr, {*scale, call.integer(4)},
                  Sizes{x.sizes[0], x.sizes[1], y.sizes[1]});
}

// Probabilities in steps of 1/256.
Result<> softmax(Call& call) {
  const Tensor& input = call.tensor(0);
  PTETOOL_CHECK(check_bytes(call, 0, std::max<std::size_t>(input.rank(), 1)));
  const auto dim = dimension(call, call.integer(1), input.rank());
  if (!dim) return Failure(dim.error());
  constexpr int kIntegerBits = 5;
  const std::int64_t zero_point = call.integer(3), shift = call.integer(5);
  const double scale = std::ldexp(static_cast<double>(call.integer(4)),
                                  static_cast<int>(std::clamp<std::int64_t>(shift, -1000, 1000)) + kIntegerBits - 62);
  if (zero_point != -128 || !(scale > 0)) {
    return call.fail(ErrorCode::Mismatch, "computes with a zero point of -128 and a positive scale only");
  }
  const auto step = static_cast<float>(scale);
  DimOrder order;
  for (std::size_t i = 0; i < input.rank(); ++i) {
    if (i != *dim) order.push_back(static_cast<std::uint8_t>(i));
  }
  order.push_back(static_cast<std::uint8_t>(*dim));
  PTETOOL_CHECK(prepare(call, call.out(), Sizes(input.sizes)));
  auto lines = dense(call, input, order);
  if (!lines) return Failure(lines.error());
  auto result = allocate_tensor(ScalarType::Char, input.sizes);
  if (!result) return call.fail(result.error().code, result.error().message);
  result->tensor.strides = lines->tensor.strides;
  const std::int64_t length = input.sizes[*dim];
  std::vector<float> powers(static_cast<std::size_t>(length));
  for (std::int64_t at = 0; at < input.numel(); at += length) {
    const std::int8_t* x = lines->tensor.as<std::int8_t>() + at;
    const int largest = *std::max_element(x, x + length);
    double sum = 0;
    for (std::int64_t i = 0; i < length; ++i) {
      sum += powers[static_cast<std::size_t>(i)] = std::exp(static_cast<float>(x[i] - largest) * step);
    }
    for (std::int64_t i = 0; i < length; ++i) {
      const double share = 256 * (powers[static_cast<std::size_t>(i)] / sum);
      result->tensor.as<std::int8_t>()[at + i] = static_cast<std::int8_t>(std::min(round_even(share) - 128, 127.0));
    }
  }
  return copy_view(call, View(result->tensor), View(call.out()));
}

// Four numbers, of which the last belong to the dimensions of the input as they are in memory.
Result<> pad(Call& call) {
  const Tensor& input = call.tensor(0);
  const std::size_t rank = input.rank();
  const auto before = call.integers(1), after = call.integers(2);
  if (rank > 4 || before.size() != 4 || after.size() != 4) {
    return call.fail(ErrorCode::Mismatch, "pads up to four dimensions, by four numbers each");
  }
  const bool last = rank == 4 && (input.sizes[1] == 1 || (input.sizes[2] == 1 && input.sizes[3] == 1) ||
                                  input.dim_order == *channels_last_order(4));
  constexpr std::array<std::size_t, 4> kChannelsLast{0, 3, 1, 2};
  std::vector<std::int64_t> pads;
  for (std::size_t i = rank; i-- > 0;) {
    const std::size_t at = last ? kChannelsLast[i] : 4 - rank + i;
    pads.insert(pads.end(), {before[at], after[at]});
  }
  return pad_with(call, pads, call.scalar(3));
}

constexpr Operator kRows[] = {
    {"cortex_m::quantized_add.out(Tensor self, int self_zero_point, int self_multiplier, int self_shift, Tensor other, "
     "int other_zero_point, int other_multiplier, int other_shift, int output_zero_point, int output_multiplier, int "
     "output_shift, int activation_min, int activation_max, *, Tensor(a!) out) -> Tensor(a!)",
     add},
    {"cortex_m::quantized_mul.out(Tensor self, int self_zero_point, Tensor other, int other_zero_point, int "
     "output_zero_point, int output_multiplier, int output_shift, *, Tensor(a!) out) -> Tensor(a!)",
     mul},
    {"cortex_m::quantized_activation.out(Tensor input, Tensor lut, *, Tensor(a!) out) -> Tensor(a!)", activation},
    {"cortex_m::quantized_linear.out(Tensor input, Tensor weights, Tensor? bias, Tensor? kernel_sum, int input_offset, "
     "int filter_offset, int output_offset, int[] requantize_multipliers, int[] requantize_shifts, int activation_max, "
     "int activation_min, *, Tensor(a!) out) -> Tensor(a!)",
     linear},
    {"cortex_m::quantized_batch_matmul.out(Tensor lhs, int lhs_zero_point, Tensor rhs_transposed, int rhs_zero_point, "
     "int output_zero_point, int output_multiplier, int output_shift, Tensor scratch, *, Tensor(a!) out) -> Tensor(a!)",
     batch_matmul},
    {"cortex_m::softmax.out(Tensor input, int dim, int input_zero_point, int output_zero_point, int input_multiplier, "
     "int input_shift, int diff_min, *, Tensor(a!) out) -> Tensor(a!)",
     softmax},
    {"cortex_m::pad.out(Tensor input, int[] pre_pad, int[] post_pad, int pad_value, *, Tensor(a!) out) -> Tensor(a!)",
     pad},
};

}  // namespace

std::span<const Operator> cortex_m_operators() { return kRows; }

}  // namespace ptetool::ops
