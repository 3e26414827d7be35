// Fake quantisation, as models in quantisation-aware training have it: numbers rounded to the steps of a quantised type
// and back, and a mask of those that were within its range.
#include <cmath>

#include "ops/quantize.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Where quant_min, which quant_max follows, and the zero points are among the arguments.
struct Places {
  std::size_t low, zero_point;
  bool per_channel = false;
};

// The quantised number before it is bounded. Zero points that are fractions are added before rounding.
template <class C>
C quantized(C x, float scale, C zero_point, bool fractions) {
  const C scaled = x * static_cast<C>(1.0f / scale);
  return fractions ? std::nearbyint(zero_point + scaled) : zero_point + std::nearbyint(scaled);
}

// The number that a quantised one stands for, after it is bounded. Per channel, what no int64 can hold becomes the
// least, infinity too, and the product has self's precision, not float's.
template <class C>
C dequantized(C q, float scale, C zero_point, double low, double high, bool per_channel) {
  const bool lost = per_channel && q >= C(0x1p63);
  const C bounded = q >= C(low) && !lost ? (q > C(high) ? C(high) : q) : C(low);  // NaN becomes the least
  if (!per_channel) return static_cast<C>(static_cast<float>(bounded - zero_point) * scale);
  return (bounded - zero_point) * static_cast<C>(scale);
}

Result<> fake_quantize(Call& call, std::array<Operand, 3> operands, Places places) {
  const ScalarType dtype = call.tensor(0).dtype;
  if (!contains(kFloats, dtype)) return unsupported_dtype(call, dtype);
  for (std::size_t i = 1; i < 3; ++i) operands[i].as = dtype == ScalarType::Double ? dtype : ScalarType::Float;
  const auto low = static_cast<double>(call.integer(places.low));
  const auto high = static_cast<double>(call.integer(places.low + 1));
  const Tensor* zero_points = call.optional_tensor(places.zero_point);
  const bool fractions = zero_points && contains(kFloats, zero_points->dtype);
  // The mask before the numbers, which may be written over the input.
  PTETOOL_CHECK(
      (pointwise_to<3, kFloats>(call, call.out(1), operands, dtype, [=]<class C>(C x, C scale, C zero) -> bool {
        const C q = quantized(x, static_cast<float>(scale), zero, fractions);
        return q >= C(low) && q <= C(high);
      })));
  return pointwise<3, kFloats>(call, operands, dtype, [=]<class C>(C x, C scale, C zero) {
    const C q = quantized(x, static_cast<float>(scale), zero, fractions);
    return dequantized(q, static_cast<float>(scale), zero, low, high, places.per_channel);
  });
}

Result<> per_tensor(Call& call) { return fake_quantize(call, {arg(call, 0), arg(call, 1), arg(call, 2)}, {3, 2}); }
// With scale and zero point in tensors, and a tensor that tells whether to quantise at all.
Result<> per_tensor_in_tensors(Call& call) {
  const auto enabled = single(call, 3);
  if (!enabled) return Failure(enabled.error());
  if (*enabled != 0) return fake_quantize(call, {arg(call, 0), arg(call, 1), arg(call, 2)}, {4, 2});
  const ScalarType dtype = call.tensor(0).dtype;
  PTETOOL_CHECK(
      (pointwise_to<1, kFloats>(call, call.out(1), {arg(call, 0)}, dtype, [](auto) -> bool { return true; })));
  return pointwise<1, kFloats>(call, {arg(call, 0)}, dtype, [](auto x) { return x; });
}
Result<> per_channel(Call& call) {
  const auto scales = along_axis(call, call.tensor(1), call.integer(3), call.tensor(0));
  if (!scales) return Failure(scales.error());
  const auto zero_points = along_axis(call, call.tensor(2), call.integer(3), call.tensor(0));
  if (!zero_points) return Failure(zero_points.error());
  return fake_quantize(call, {arg(call, 0), operand(*scales), operand(*zero_points)}, {4, 2, true});
}

// With a scale and zero points that are learnt: fractions, which are rounded half up and bounded, and no mask.
Result<> learnable(Call& call, const Operand& scales, const Tensor& zero_points, std::size_t low_arg,
                   bool per_channel) {
  const ScalarType dtype = call.tensor(0).dtype;
  const auto low = static_cast<double>(call.integer(low_arg));
  const auto high = static_cast<double>(call.integer(low_arg + 1));
  Operand operands[] = {scales, operand(zero_points)};
  for (Operand& each : operands) each.as = dtype == ScalarType::Double ? dtype : ScalarType::Float;
  return pointwise<3, kFloats>(call, {arg(call, 0), operands[0], operands[1]}, dtype,
                               [=]<class C>(C x, C scale, C zero) {
                                 const C point = std::trunc(std::clamp(zero + C(0.5), C(low), C(high)));
                                 return dequantized(quantized(x, static_cast<float>(scale), point, false),
                                                    static_cast<float>(scale), point, low, high, per_channel);
                               });
}
Result<> learnable_per_tensor(Call& call) { return learnable(call, arg(call, 1), call.tensor(2), 3, false); }
Result<> learnable_per_channel(Call& call) {
  const auto scales = along_axis(call, call.tensor(1), call.integer(3), call.tensor(0));
  if (!scales) return Failure(scales.error());
  const auto zero_points = along_axis(call, call.tensor(2), call.integer(3), call.tensor(0));
  if (!zero_points) return Failure(zero_points.error());
  return learnable(call, operand(*scales), *zero_points, 4, true);
}

constexpr Operator kRows[] = {
    {"aten::fake_quantize_per_tensor_affine_cachemask.out(Tensor self, float scale, int zero_point, int quant_min, int "
     "quant_max, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     per_tensor},
    {"aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams.out(Tensor self, Tensor scale, Tensor "
     "zero_point, "
     "Tensor fake_quant_enabled, int quant_min, int quant_max, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), "
     "Tensor(b!))",
     per_tensor_in_tensors},
    {"aten::fake_quantize_per_channel_affine_cachemask.out(Tensor self, Tensor scale, Tensor zero_point, int axis, int "
     "quant_min, int quant_max, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     per_channel},
    {"aten::_fake_quantize_learnable_per_tensor_affine.out(Tensor self, Tensor scale, Tensor zero_point, int "
     "quant_min, int quant_max, float grad_factor=1., *, Tensor(a!) out) -> Tensor(a!)",
     learnable_per_tensor},
    {"aten::_fake_quantize_learnable_per_channel_affine.out(Tensor self, Tensor scale, Tensor zero_point, int axis, "
     "int quant_min, int quant_max, float grad_factor=1., *, Tensor(a!) out) -> Tensor(a!)",
     learnable_per_channel},
};

}  // namespace

std::span<const Operator> fake_quantize_operators() { return kRows; }

}  // namespace ptetool::ops
