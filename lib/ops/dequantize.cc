// quantized_decomposed: small integers to numbers, (q - zero_point) * scale, rounded after each step to the dtype in
// which PyTorch takes it.
#include <algorithm>
#include <vector>

#include "ops/lines.h"
#include "ops/quantize.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kWide = dtype_set(ScalarType::Float, ScalarType::Double);

Result<> check_input(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  if (!is_integral(dtype)) return unsupported_dtype(call, dtype);
  return {};
}

// --- The common case: bytes to float, many elements in a row with the same scale and zero point

template <class T, class S>
void dequantize_run(const T* q, std::int32_t zero, S scale, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(static_cast<S>(q[i] - zero) * scale);
}

// Where a tensor of `rank` dimensions has its runs: `outer` times a parameter for each of `channels` runs of `length`.
struct Runs {
  std::int64_t outer = 1, channels = 1, length = 1;
};

// How the parameters that were laid along the input divide it; nullopt where runs are too short to be worth it.
std::optional<Runs> runs_of(const Tensor& input, const Tensor& laid) {
  Runs runs;
  bool inside = true;
  for (std::size_t dim = input.rank(); dim-- > 0;) {
    const std::int64_t size = input.sizes[dim];
    if (laid.sizes[dim] != 1) {
      if (laid.sizes[dim] != size || runs.outer != 1) return std::nullopt;
      inside = false;
      runs.channels *= size;
    } else if (size != 1) {
      (inside ? runs.length : runs.outer) *= size;
    }
  }
  constexpr std::int64_t kWorthwhile = 16;
  return runs.length < kWorthwhile ? std::nullopt : std::optional(runs);
}

// True where this was such a case, and has been computed.
bool dequantize_bytes(Call& call, const Tensor& scales, const std::optional<Tensor>& zero_points) {
  const Tensor& input = call.tensor(0);
  Tensor& out = call.out();
  const bool bytes = input.dtype == ScalarType::Char || input.dtype == ScalarType::Byte;
  const bool wide = contains(kWide, scales.dtype);
  const bool integral = !zero_points || zero_points->dtype == ScalarType::Int || zero_points->dtype == ScalarType::Long;
  if (!bytes || !wide || !integral || out.dtype != ScalarType::Float || !input.contiguous() || !out.contiguous() ||
      !is_aligned(out.data, alignof(float))) {
    return false;
  }
  const auto runs = runs_of(input, scales);
  if (!runs) return false;
  std::vector<double> scale(static_cast<std::size_t>(runs->channels));
  std::vector<std::int64_t> zero(scale.size(), 0);
  read_line(Reader(scales.dtype, ScalarType::Double), scales, 0, 1, runs->channels, scale.data());
  if (zero_points) {
    read_line(Reader(zero_points->dtype, ScalarType::Long), *zero_points, 0, 1, runs->channels, zero.data());
  }
  constexpr std::int64_t kLargest = std::int64_t{1} << 20;  // differences stay exact
  if (std::ranges::any_of(zero, [](std::int64_t z) { return z < -kLargest || z > kLargest; })) return false;
  constexpr std::int64_t kPiece = 4096;
  const std::int64_t pieces = (runs->length + kPiece - 1) / kPiece;
  call.parallel(runs->outer * runs->channels * pieces, std::min(runs->length, kPiece),
                [&](std::int64_t begin, std::int64_t end) {
                  const auto run = [&]<class T, class S>(const T* q, S) {
                    for (std::int64_t i = begin; i < end; ++i) {
                      const std::int64_t from = i % pieces * kPiece;
                      const std::int64_t at = i / pieces * runs->length + from;
                      const auto channel = static_cast<std::size_t>(i / pieces % runs->channels);
                      dequantize_run(q + at, static_cast<std::int32_t>(zero[channel]), static_cast<S>(scale[channel]),
                                     out.as<float>() + at, std::min(kPiece, runs->length - from));
                    }
                  };
                  const bool single_precision = scales.dtype == ScalarType::Float;
                  if (input.dtype == ScalarType::Char) {
                    single_precision ? run(input.as<std::int8_t>(), 0.0f) : run(input.as<std::int8_t>(), 0.0);
                  } else {
                    single_precision ? run(input.as<std::uint8_t>(), 0.0f) : run(input.as<std::uint8_t>(), 0.0);
                  }
                });
  return true;
}

// A single number for all elements of the input.
Tensor laid_everywhere(const Tensor& input, ScalarType dtype, void* number) {
  Tensor laid = make_tensor(dtype, Sizes::filled(input.rank(), 1).span());
  laid.data = number;
  return laid;
}

// --- Every other case

// Everything happens in the out's dtype.
Result<> dequantize_per_tensor(Call& call) {
  const auto scale = single(call, 1);
  if (!scale) return Failure(scale.error());
  const auto zero_point = single(call, 2);
  if (!zero_point) return Failure(zero_point.error());
  PTETOOL_CHECK(check_input(call));
  const ScalarType dtype = call.out().dtype;
  if (dtype == ScalarType::Float) {
    PTETOOL_CHECK(prepare(call, call.out(), Sizes(call.tensor(0).sizes)));
    float number = static_cast<float>(*scale);
    std::int64_t zero = to_int64(*zero_point);
    if (dequantize_bytes(call, laid_everywhere(call.tensor(0), ScalarType::Float, &number),
                         laid_everywhere(call.tensor(0), ScalarType::Long, &zero))) {
      return {};
    }
  }
  return with_rounding(dtype, [&](auto round) {
    return pointwise<1, kFloats>(call, {arg(call, 0)}, dtype, [&, s = *scale, z = *zero_point]<class C>(C q) {
      return round(q - static_cast<C>(z)) * static_cast<C>(s);
    });
  });
}

// Calls f(wrap) where wrap(x) is what an integer of `dtype` keeps of x, a difference of two such integers.
template <class F>
auto with_wrapping(ScalarType dtype, F&& f) {
  switch (dtype) {
    case ScalarType::Byte:
      return f([](double x) { return static_cast<double>(static_cast<std::uint8_t>(static_cast<std::int32_t>(x))); });
    case ScalarType::Char:
      return f([](double x) { return static_cast<double>(static_cast<std::int8_t>(static_cast<std::int32_t>(x))); });
    case ScalarType::Short:
      return f([](double x) { return static_cast<double>(static_cast<std::int16_t>(static_cast<std::int32_t>(x))); });
    case ScalarType::Int:
      return f([](double x) { return static_cast<double>(static_cast<std::int32_t>(static_cast<std::int64_t>(x))); });
    default: return f([](double x) { return x; });
  }
}

// The difference is an integer unless the zero points are not, the product is of the scales' dtype. Both are computed
// in double, which holds them exactly.
template <class Laid>
Result<> dequantize(Call& call, const Laid& laid) {
  PTETOOL_CHECK(check_input(call));
  const Result<Tensor> scales = laid(call.tensor(1));
  if (!scales) return Failure(scales.error());
  if (!contains(kFloats, scales->dtype)) return unsupported_dtype(call, scales->dtype);
  if (call.is_none(2)) {
    PTETOOL_CHECK(prepare(call, call.out(), Sizes(call.tensor(0).sizes)));
    if (dequantize_bytes(call, *scales, std::nullopt)) return {};
    return with_rounding(scales->dtype, [&](auto round) {
      return pointwise<2, kWide>(call, {arg(call, 0), operand(*scales)}, ScalarType::Double,
                                 [&](auto q, auto scale) { return round(round(q) * scale); });
    });
  }
  const Result<Tensor> zero_points = laid(call.tensor(2));
  if (!zero_points) return Failure(zero_points.error());
  if (!contains(kReals, zero_points->dtype)) return unsupported_dtype(call, zero_points->dtype);
  PTETOOL_CHECK(prepare(call, call.out(), Sizes(call.tensor(0).sizes)));
  if (dequantize_bytes(call, *scales, *zero_points)) return {};
  const ScalarType difference = promote_types(call.tensor(0).dtype, zero_points->dtype);
  const ScalarType product = promote_types(difference, scales->dtype);
  const auto run = [&](auto subtract) {
    return with_rounding(product, [&](auto round) {
      return pointwise<3, kWide>(
          call, {arg(call, 0), operand(*scales), operand(*zero_points)}, ScalarType::Double,
          [&](auto q, auto scale, auto zero_point) { return round(round(subtract(q, zero_point)) * scale); });
    });
  };
  if (is_integral(difference)) {
    return with_wrapping(difference,
                         [&](auto wrap) { return run([=](double q, double zero) { return wrap(q - zero); }); });
  }
  return with_rounding(difference,
                       [&](auto round) { return run([=](double q, double zero) { return round(round(q) - zero); }); });
}

Result<> dequantize_per_channel(Call& call) {
  return dequantize(call, [&](const Tensor& t) { return along_axis(call, t, call.integer(3), call.tensor(0)); });
}
Result<> dequantize_per_token(Call& call) {
  return dequantize(call, [&](const Tensor& t) { return along_rows(call, t, call.tensor(0)); });
}

// The dequantize operators of v0.1 have no out_dtype.
constexpr Operator kRows[] = {
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

std::span<const Operator> dequantize_operators() { return kRows; }

}  // namespace ptetool::ops
