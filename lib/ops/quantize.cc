// quantized_decomposed: numbers to small integers. Scales and zero points are operands like any other, laid along the
// axis or the rows they belong to, so that each operator is a formula.
#include "ops/quantize.h"

#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

struct Range {
  double low, high;
};
// quant_min and quant_max, in this order, which the kind of the out must be able to hold.
Result<Range> range_of(Call& call, std::size_t arg) {
  const std::int64_t low = call.integer(arg);
  const std::int64_t high = call.integer(arg + 1);
  const ScalarType dtype = call.out().dtype;
  if (!is_integral(dtype)) return unsupported_dtype(call, dtype);
  const std::int64_t bits = 8 * static_cast<std::int64_t>(*dtype_size(dtype));
  const bool is_signed = find_dtype(dtype)->kind == DtypeKind::Signed;
  const bool fits = bits == 64 || (low >= (is_signed ? -(std::int64_t{1} << (bits - 1)) : 0) &&
                                   high < std::int64_t{1} << (is_signed ? bits - 1 : bits));
  if (low > high || !fits) {
    return call.fail(ErrorCode::Mismatch, "the range from " + std::to_string(low) + " to " + std::to_string(high) +
                                              " is none of " + dtype_name(dtype));
  }
  return Range{static_cast<double>(low), static_cast<double>(high)};
}

template <class C>
C clamped(C x, Range range) {
  return smaller(larger(x, static_cast<C>(range.low)), static_cast<C>(range.high));
}

constexpr DtypeSet kFloat = dtype_set(ScalarType::Float);
constexpr DtypeSet kWide = dtype_set(ScalarType::Float, ScalarType::Double);

Result<> check_input(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  if (!contains(kFloats, dtype)) return unsupported_dtype(call, dtype);
  return {};
}

// The common case: float to bytes in the same order. NaN becomes 0, as the hardware makes it.
template <class T>
void quantize_run(const float* x, float inverse, float zero, Range range, T* q, std::int64_t count) {
  const auto low = static_cast<float>(range.low);
  const auto high = static_cast<float>(range.high);
  for (std::int64_t i = 0; i < count; ++i) {
    float y = round_even(x[i] * inverse) + zero;
    y = y < low ? low : y;
    y = y > high ? high : y;
    q[i] = static_cast<T>(static_cast<std::int32_t>(y == y ? y : 0.0f));
  }
}

bool quantize_to_bytes(const Call& call, const Tensor& input, Tensor& out, float inverse, float zero, Range range) {
  const bool bytes = out.dtype == ScalarType::Char || out.dtype == ScalarType::Byte;
  if (!bytes || input.dtype != ScalarType::Float || !(input.strides == out.strides) ||
      !is_aligned(input.data, alignof(float))) {
    return false;
  }
  call.parallel(input.numel(), 2, [&](std::int64_t begin, std::int64_t end) {
    const float* x = input.as<float>() + begin;
    if (out.dtype == ScalarType::Char) {
      quantize_run(x, inverse, zero, range, out.as<std::int8_t>() + begin, end - begin);
    } else {
      quantize_run(x, inverse, zero, range, out.as<std::uint8_t>() + begin, end - begin);
    }
  });
  return true;
}

// clamp(round(x / scale) + zero_point)
Result<> quantize_per_tensor(Call& call) {
  const auto scale = single(call, 1);
  if (!scale) return Failure(scale.error());
  const auto zero_point = single(call, 2);
  if (!zero_point) return Failure(zero_point.error());
  const auto range = range_of(call, 3);
  if (!range) return Failure(range.error());
  PTETOOL_CHECK(check_input(call));
  const auto inverse = static_cast<float>(1.0 / *scale);
  const auto zero = static_cast<float>(*zero_point);
  PTETOOL_CHECK(prepare(call, call.out(), Sizes(call.tensor(0).sizes)));
  if (quantize_to_bytes(call, call.tensor(0), call.out(), inverse, zero, *range)) return {};
  return pointwise<1, kFloat>(call, {arg(call, 0)}, ScalarType::Float,
                              [&]<class C>(C x) { return clamped(round_even(x * C(inverse)) + C(zero), *range); });
}

Result<> quantize_per_channel(Call& call) {
  const auto scales = along_axis(call, call.tensor(1), call.integer(3), call.tensor(0));
  if (!scales) return Failure(scales.error());
  const auto zero_points = along_axis(call, call.tensor(2), call.integer(3), call.tensor(0));
  if (!zero_points) return Failure(zero_points.error());
  const auto range = range_of(call, 4);
  if (!range) return Failure(range.error());
  PTETOOL_CHECK(check_input(call));
  // Half and bfloat16 become float first.
  const ScalarType common = scales->dtype == ScalarType::Double ? ScalarType::Double : ScalarType::Float;
  return with_rounding(scales->dtype, [&](auto round) {
    return pointwise<3, kWide>(call, {arg(call, 0), operand(*scales), operand(*zero_points)}, common,
                               [&]<class C>(C x, C scale, C zero_point) {
                                 return clamped(round_even(x * round(C(1) / scale)) + zero_point, *range);
                               });
  });
}

// Here rounding comes after the zero point, and half stays half.
Result<> quantize_per_token(Call& call) {
  const auto scales = along_rows(call, call.tensor(1), call.tensor(0));
  if (!scales) return Failure(scales.error());
  const auto zero_points = along_rows(call, call.tensor(2), call.tensor(0));
  if (!zero_points) return Failure(zero_points.error());
  const auto range = range_of(call, 3);
  if (!range) return Failure(range.error());
  PTETOOL_CHECK(check_input(call));
  const ScalarType common = promote_types(call.tensor(0).dtype, scales->dtype);
  const ScalarType wide = common == ScalarType::Double ? common : ScalarType::Float;
  return with_rounding(scales->dtype, [&](auto round_scale) {
    return with_rounding(common, [&](auto round) {
      return pointwise<3, kWide>(call, {arg(call, 0), operand(*scales), operand(*zero_points)}, wide,
                                 [&]<class C>(C x, C scale, C zero_point) {
                                   const C moved = round(round(x * round_scale(C(1) / scale)) + round(zero_point));
                                   return clamped(round_even(moved), *range);
                                 });
    });
  });
}

constexpr Operator kRows[] = {
    {"quantized_decomposed::quantize_per_tensor.out(Tensor input, float scale, int zero_point, int quant_min, int "
     "quant_max, ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)",
     quantize_per_tensor},
    {"quantized_decomposed::quantize_per_tensor.Tensor_out(Tensor input, Tensor scale, Tensor zero_point, int "
     "quant_min, int quant_max, ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)",
     quantize_per_tensor},
    {"quantized_decomposed::quantize_per_channel.out(Tensor input, Tensor scales, Tensor zero_points, int axis, int "
     "quant_min, int quant_max, ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)",
     quantize_per_channel},
    {"quantized_decomposed::quantize_per_token.out(Tensor input, Tensor scales, Tensor zero_points, int quant_min, int "
     "quant_max, ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)",
     quantize_per_token},
};

}  // namespace

std::span<const Operator> quantize_operators() { return kRows; }

Result<Tensor> along_axis(const Call& call, const Tensor& parameters, std::int64_t axis, const Tensor& input) {
  const auto dim = dimension(call, axis, input.rank());
  if (!dim) return Failure(dim.error());
  if (input.rank() == 0 || parameters.numel() != input.sizes[*dim] || !parameters.contiguous()) {
    return call.fail(ErrorCode::Mismatch, "parameters of shape " + shape_text(parameters.sizes.span()) +
                                              " for dimension " + std::to_string(*dim) + " of an input of shape " +
                                              shape_text(input.sizes.span()));
  }
  Tensor laid = parameters;
  laid.sizes = Sizes::filled(input.rank(), 1);
  laid.sizes[*dim] = parameters.numel();
  laid.strides = Strides::filled(input.rank(), 1);
  return laid;
}

Result<Tensor> along_rows(const Call& call, const Tensor& parameters, const Tensor& input) {
  Sizes sizes = input.sizes;
  if (!sizes.empty()) sizes[sizes.size() - 1] = 1;
  if (parameters.numel() != numel(sizes) || !parameters.contiguous()) {
    return call.fail(ErrorCode::Mismatch, "parameters of shape " + shape_text(parameters.sizes.span()) +
                                              " for the rows of an input of shape " + shape_text(input.sizes.span()));
  }
  Tensor laid = parameters;
  laid.sizes = sizes;
  laid.strides = strides_of(sizes, contiguous_order(sizes.size()));
  return laid;
}

Result<double> single(Call& call, std::size_t arg) {
  const Tensor* tensor = call.optional_tensor(arg);
  if (!tensor) return call.real(arg);
  if (!contains(kRealsAndBool, tensor->dtype)) return unsupported_dtype(call, tensor->dtype);
  if (tensor->numel() != 1) {
    return call.fail(ErrorCode::Mismatch, quoted(call.schema().arguments[arg].name) + " is not a single number");
  }
  Block block;
  return *Reader(tensor->dtype, ScalarType::Double).read_as<double>(tensor->as<std::uint8_t>(), 1, 1, block);
}

}  // namespace ptetool::ops
