// quantized_decomposed: choosing scale and zero point from the numbers that are to be quantised, as PyTorch chooses
// them. A range always includes zero, so that zero is exactly one of the integers.
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/quantize.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

template <class C>
struct Extent {
  C least = std::numeric_limits<C>::infinity();
  C most = -std::numeric_limits<C>::infinity();

  // NaN wherever one is met.
  void add(const C* numbers, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      least = smaller(numbers[i], least);
      most = larger(numbers[i], most);
    }
  }
};

Result<> check_outs(const Call& call, const Tensor& scale, const Tensor& zero_point) {
  if (!contains(kFloats, scale.dtype)) return unsupported_dtype(call, scale.dtype);
  if (!contains(kReals, zero_point.dtype)) return unsupported_dtype(call, zero_point.dtype);
  return {};
}

// One scale and one zero point, written to the outs at `offset`.
class Parameters {
 public:
  Parameters(Tensor& scale, Tensor& zero_point)
      : scale_(scale),
        zero_point_(zero_point),
        write_scale_(ScalarType::Double, scale.dtype),
        write_zero_(ScalarType::Long, zero_point.dtype) {}

  void put(std::int64_t scale_offset, double scale, std::int64_t zero_offset, std::int64_t zero_point) {
    write_line(write_scale_, &scale, scale_, scale_offset, 1, 1);
    write_line(write_zero_, &zero_point, zero_point_, zero_offset, 1, 1);
  }

 private:
  Tensor& scale_;
  Tensor& zero_point_;
  Writer write_scale_;
  Writer write_zero_;
};

// float to int as the hardware does it: what does not fit becomes the least.
std::int64_t to_int(float value) {
  return value >= -0x1p31f && value < 0x1p31f ? static_cast<std::int64_t>(value)
                                              : std::numeric_limits<std::int32_t>::min();
}

// scale = max((most - least) / (high - low), eps), zero_point = low - round(least / scale).
Result<> choose_qparams(Call& call) {
  const Tensor input = call.tensor(0);
  const std::int64_t low = call.integer(1);
  const std::int64_t high = call.integer(2);
  Tensor& scale_out = call.out(0);
  Tensor& zero_out = call.out(1);
  constexpr DtypeSet kNarrow = dtype_set(ScalarType::Float, ScalarType::Half, ScalarType::BFloat16);
  if (!contains(kNarrow, input.dtype)) return unsupported_dtype(call, input.dtype);
  PTETOOL_CHECK(check_outs(call, scale_out, zero_out));
  constexpr std::int64_t kLimit = std::int64_t{1} << 31;
  if (low >= high || low < -kLimit || high >= kLimit) {
    return call.fail(ErrorCode::Mismatch,
                     "there are no integers from " + std::to_string(low) + " to " + std::to_string(high));
  }
  if (input.numel() == 0) return call.fail(ErrorCode::Mismatch, "nothing to choose from: the input is empty");
  PTETOOL_CHECK(prepare(call, scale_out, Sizes{1}));
  PTETOOL_CHECK(prepare(call, zero_out, Sizes{1}));

  Extent<float> extent;
  const Reader reader(input.dtype, ScalarType::Float);
  const auto width = static_cast<std::int64_t>(input.element_size());
  Block block;
  for (std::int64_t done = 0; done < input.numel(); done += kBlock) {
    const std::int64_t count = std::min(kBlock, input.numel() - done);
    extent.add(reader.read_as<float>(input.as<std::uint8_t>() + done * width, 1, count, block), count);
  }
  Parameters outs(scale_out, zero_out);
  if (extent.least == std::numeric_limits<float>::infinity() &&
      extent.most == -std::numeric_limits<float>::infinity()) {
    outs.put(0, 1.0, 0, 0);
    return {};
  }
  const float least = smaller(extent.least, 0.0f);
  const float most = larger(extent.most, 0.0f);
  with_rounding(input.dtype, [&](auto round) {
    const float step = round(round(most - least) / static_cast<float>(high - low));
    const float scale = larger(step, static_cast<float>(call.real(3)));
    const auto zero_point = static_cast<std::int32_t>(low - to_int(round_even(least / scale)));  // wraps
    outs.put(0, double{scale}, 0, std::clamp(std::int64_t{zero_point}, low, high));
  });
  return {};
}

// For int8 and one row: the end with the smaller error decides where zero lies.
template <class C, class Round>
void choose_for_row(const Extent<C>& extent, const Round& round, double& scale, std::int64_t& zero_point) {
  constexpr C kLow = -128;
  constexpr C kHigh = 127;
  const C least = smaller(extent.least, C(0));
  const C most = larger(extent.most, C(0));
  const C step = larger(round(round(most - least) / (kHigh - kLow)), C(std::numeric_limits<float>::epsilon()));
  const C from_least = round(least / step);
  const C from_most = round(most / step);
  const bool low_end = round(round(kLow + from_least) + round(kHigh + from_most)) > 0;
  const C zero = round(low_end ? kLow - from_least : kHigh - from_most);
  scale = static_cast<double>(step);
  zero_point = to_int64(static_cast<double>(round_even(smaller(larger(zero, kLow), kHigh))));
}

Result<> choose_qparams_per_token(Call& call) {
  const Tensor input = call.tensor(0);
  Tensor& scale_out = call.out(0);
  Tensor& zero_out = call.out(1);
  PTETOOL_CHECK(check_outs(call, scale_out, zero_out));
  if (input.rank() == 0) return call.fail(ErrorCode::Mismatch, "the input has no rows");
  Sizes sizes = input.sizes;
  const std::size_t last = input.rank() - 1;
  sizes[last] = 1;
  if (input.sizes[last] == 0 && numel(sizes) != 0) {
    return call.fail(ErrorCode::Mismatch, "nothing to choose from: the rows are empty");
  }
  PTETOOL_CHECK(prepare(call, scale_out, sizes));
  PTETOOL_CHECK(prepare(call, zero_out, sizes));
  return with_compute_type<kFloats>(call, input.dtype, [&]<class C>() -> Result<> {
    const Lines<3> lines(input.sizes, last, {input.strides, scale_out.strides, zero_out.strides});
    const Reader reader(input.dtype, input.dtype);
    const auto width = static_cast<std::int64_t>(input.element_size());
    if (numel(sizes) == 0) return {};
    with_rounding(input.dtype, [&](auto round) {
      call.parallel(lines.count(), lines.length() * 2, [&](std::int64_t first, std::int64_t end) {
        Parameters outs(scale_out, zero_out);
        Block block;
        lines.each(first, end, [&](const auto& offsets) {
          Extent<C> extent;
          for (std::int64_t done = 0; done < lines.length(); done += kBlock) {
            const std::int64_t count = std::min(kBlock, lines.length() - done);
            const auto* from = input.as<std::uint8_t>() + (offsets[0] + done * lines.step(0)) * width;
            extent.add(reader.read_as<C>(from, lines.step(0), count, block), count);
          }
          double scale = 0;
          std::int64_t zero_point = 0;
          choose_for_row(extent, round, scale, zero_point);
          outs.put(offsets[1], scale, offsets[2], zero_point);
        });
      });
    });
    return {};
  });
}

constexpr Operator kRows[] = {
    {"quantized_decomposed::choose_qparams.Tensor_out(Tensor input, int quant_min, int quant_max, float eps, "
     "ScalarType dtype, *, Tensor(a!) scale_out, Tensor(b!) zero_point_out) -> (Tensor(a!), Tensor(b!))",
     choose_qparams},
    {"quantized_decomposed::choose_qparams_per_token_asymmetric.out(Tensor input, ScalarType dtype, *, Tensor(a!) "
     "scale_out, Tensor(b!) zero_point_out) -> (Tensor(a!), Tensor(b!))",
     choose_qparams_per_token},
};

}  // namespace

std::span<const Operator> quantize_parameter_operators() { return kRows; }

}  // namespace ptetool::ops
