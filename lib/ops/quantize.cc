// quantized_decomposed: numbers to small integers and back. Scales and zero points are operands like any other, laid
// along the axis or the rows they belong to, so that each operator is a formula.
#include <cmath>

#include "ops/pointwise.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// A parameter per channel: `parameters` laid along dimension `axis` of the input.
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

// A parameter per row of the last dimension.
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

// The single number that a parameter is, given as a tensor or as a number.
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

struct Range {
  double low, high;
};
// quant_min and quant_max, in this order, which the kind of the out must be able to hold.
Result<Range> range_of(Call& call, std::size_t arg) {
  const std::int64_t low = call.integer(arg);
  const std::int64_t high = call.integer(arg + 1);
  if (!is_integral(call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  if (low > high) return call.fail(ErrorCode::Mismatch, "quant_min is above quant_max");
  return Range{static_cast<double>(low), static_cast<double>(high)};
}

template <class C>
C clamped(C x, Range range) {
  return smaller(larger(x, static_cast<C>(range.low)), static_cast<C>(range.high));
}

constexpr DtypeSet kWide = dtype_set(ScalarType::Float, ScalarType::Double);

// Half and bfloat16 are quantised in float32.
ScalarType at_least_float(ScalarType type) { return type == ScalarType::Double ? type : ScalarType::Float; }

// clamp(round(x / scale) + zero_point)
Result<> quantize_per_tensor(Call& call) {
  const auto scale = single(call, 1);
  if (!scale) return Failure(scale.error());
  const auto zero_point = single(call, 2);
  if (!zero_point) return Failure(zero_point.error());
  const auto range = range_of(call, 3);
  if (!range) return Failure(range.error());
  if (!contains(kFloats, call.tensor(0).dtype)) return unsupported_dtype(call, call.tensor(0).dtype);
  return pointwise<1, kWide>(call, {arg(call, 0)}, ScalarType::Float, [&]<class C>(C x) {
    return clamped(std::nearbyint(x * static_cast<C>(1.0 / *scale)) + static_cast<C>(*zero_point), *range);
  });
}

Result<> quantize_per_channel(Call& call) {
  const auto scales = along_axis(call, call.tensor(1), call.integer(3), call.tensor(0));
  if (!scales) return Failure(scales.error());
  const auto zero_points = along_axis(call, call.tensor(2), call.integer(3), call.tensor(0));
  if (!zero_points) return Failure(zero_points.error());
  const auto range = range_of(call, 4);
  if (!range) return Failure(range.error());
  return pointwise<3, kWide>(call, {arg(call, 0), operand(*scales), operand(*zero_points)},
                             at_least_float(promote_types(call.tensor(0).dtype, scales->dtype)),
                             [&]<class C>(C x, C scale, C zero_point) {
                               return clamped(std::nearbyint(x * (C(1) / scale)) + zero_point, *range);
                             });
}

// Here rounding comes after the zero point.
Result<> quantize_per_token(Call& call) {
  const auto scales = along_rows(call, call.tensor(1), call.tensor(0));
  if (!scales) return Failure(scales.error());
  const auto zero_points = along_rows(call, call.tensor(2), call.tensor(0));
  if (!zero_points) return Failure(zero_points.error());
  const auto range = range_of(call, 3);
  if (!range) return Failure(range.error());
  return pointwise<3, kWide>(call, {arg(call, 0), operand(*scales), operand(*zero_points)},
                             at_least_float(promote_types(call.tensor(0).dtype, scales->dtype)),
                             [&]<class C>(C x, C scale, C zero_point) {
                               return clamped(std::nearbyint(x * (C(1) / scale) + zero_point), *range);
                             });
}

// (q - zero_point) * scale
Result<> dequantize_per_tensor(Call& call) {
  const auto scale = single(call, 1);
  if (!scale) return Failure(scale.error());
  const auto zero_point = single(call, 2);
  if (!zero_point) return Failure(zero_point.error());
  if (!is_integral(call.tensor(0).dtype)) return unsupported_dtype(call, call.tensor(0).dtype);
  return pointwise<1, kFloats>(call, {arg(call, 0)}, call.out().dtype, [&]<class C>(C q) {
    return (q - static_cast<C>(*zero_point)) * static_cast<C>(*scale);
  });
}

template <class Laid>
Result<> dequantize(Call& call, const Laid& laid) {
  if (!is_integral(call.tensor(0).dtype)) return unsupported_dtype(call, call.tensor(0).dtype);
  const Result<Tensor> scales = laid(call.tensor(1));
  if (!scales) return Failure(scales.error());
  const ScalarType common = at_least_float(scales->dtype);
  if (call.is_none(2)) {
    return pointwise<2, kWide>(call, {arg(call, 0), operand(*scales)}, common, [](auto q, auto s) { return q * s; });
  }
  const Result<Tensor> zero_points = laid(call.tensor(2));
  if (!zero_points) return Failure(zero_points.error());
  return pointwise<3, kWide>(call, {arg(call, 0), operand(*scales), operand(*zero_points)}, common,
                             [](auto q, auto scale, auto zero_point) { return (q - zero_point) * scale; });
}
Result<> dequantize_per_channel(Call& call) {
  return dequantize(call, [&](const Tensor& t) { return along_axis(call, t, call.integer(3), call.tensor(0)); });
}
Result<> dequantize_per_token(Call& call) {
  return dequantize(call, [&](const Tensor& t) { return along_rows(call, t, call.tensor(0)); });
}

// The dequantize operators of v0.1 have no out_dtype.
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
    {"quantized_decomposed::dequantize_per_tensor.out(Tensor input, float scale, int zero_point, int quant_min, int "
     "quant_max, ScalarType dtype, *, ScalarType? out_dtype=None, Tensor(a!) out) -> Tensor(a!)",
     dequantize_per_tensor, 1},
    {"quantized_decomposed::dequantize_per_tensor.Tensor_out(Tensor input, Tensor scale, Tensor zero_point, int "
     "quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None, Tensor(a!) out) -> Tensor(a!)",
     dequantize_per_tensor, 1},
    {"quantized_decomposed::dequantize_per_channel.out(Tensor input, Tensor scales, Tensor? zero_points, int axis, int "
     "quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None, Tensor(a!) out) -> Tensor(a!)",
     dequantize_per_channel, 1},
    {"quantized_decomposed::dequantize_per_token.out(Tensor input, Tensor scales, Tensor zero_points, int quant_min, "
     "int quant_max, ScalarType dtype, ScalarType output_dtype, *, Tensor(a!) out) -> Tensor(a!)",
     dequantize_per_token},
};

}  // namespace

std::span<const Operator> quantize_operators() { return kRows; }

}  // namespace ptetool::ops
