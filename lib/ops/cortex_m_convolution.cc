// cortex_m: convolutions of int8 images, channels last, and the table of operators on images.
#include "ops/cortex_m.h"
#include "ops/images.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Which elements of a kernel meet which elements of the input, for one position of the result along a dimension.
struct Tap {
  std::int64_t kernel, input;
};
using Taps = std::vector<std::vector<Tap>>;

struct Dimension {
  std::int64_t input, kernel, stride, padding, dilation, output_padding = 0;

  Result<std::int64_t> size(const Call& call, bool transposed) const {
    std::int64_t size = 0;
    if (kernel >= 1 && kernel <= kMostExtent && input <= kMostExtent) {
      const std::int64_t reach = dilation * (kernel - 1) + 1;
      const std::int64_t room = input + 2 * padding - reach;
      size = transposed ? (input - 1) * stride - 2 * padding + reach + output_padding
             : room < 0 ? 0
                        : room / stride + 1;
    }
    if (size >= 1 && size <= kMostExtent) return size;
    return call.fail(ErrorCode::Mismatch, "a kernel of " + std::to_string(kernel) + " for a size of " +
                                              std::to_string(input) + " gives a size of " + std::to_string(size));
  }

  Taps taps(std::int64_t size, bool transposed) const {
    Taps all(static_cast<std::size_t>(size));
    for (std::int64_t at = 0; at < size; ++at) {
      for (std::int64_t k = 0; k < kernel; ++k) {
        const std::int64_t place = transposed ? at + padding - k * dilation : at * stride - padding + k * dilation;
        const std::int64_t from = transposed ? place / stride : place;
        const bool meets = place >= 0 && from < input && (!transposed || place % stride == 0);
        if (meets) all[static_cast<std::size_t>(at)].push_back({k, from});
      }
    }
    return all;
  }
};

enum class Kind { Plain, Depthwise, Transposed };

// Plain and transposed weights are [out, height, width, in of a group], depthwise ones [1, height, width, out].
template <Kind kKind>
Result<> convolution(Call& call) {
  constexpr bool kDepthwise = kKind == Kind::Depthwise, kTransposed = kKind == Kind::Transposed;
  const Tensor& input = call.tensor(0);
  const Tensor& weight = call.tensor(1);
  PTETOOL_CHECK(check_bytes(call, 0, 4));
  PTETOOL_CHECK(check_bytes(call, 1, 4));
  const std::size_t more = kKind == Kind::Plain ? 0 : 1;  // one argument before, or among, those that follow
  const auto stride = spatial_argument(call, 3, 2, 1, 1);
  if (!stride) return Failure(stride.error());
  const auto padding = spatial_argument(call, 4, 2, 0, 0);
  if (!padding) return Failure(padding.error());
  const auto dilation = spatial_argument(call, kTransposed ? 6 : 5, 2, 1, 1);
  if (!dilation) return Failure(dilation.error());
  Spatial output_padding{};
  if constexpr (kTransposed) {
    const auto given = spatial_argument(call, 5, 2, 0, 0);
    if (!given) return Failure(given.error());
    output_padding = *given;
  }
  const std::int64_t channels = input.sizes[1];
  const std::int64_t outs = weight.sizes[kDepthwise ? 3 : 0];
  const std::int64_t deep = kDepthwise ? 1 : weight.sizes[3];
  const std::int64_t groups = deep == 0 || channels % deep != 0 ? 0 : channels / deep;
  const bool fits = groups > 0 && outs % groups == 0 && (!kTransposed || groups == 1) &&
                    (!kDepthwise || (weight.sizes[0] == 1 && call.integer(6) == outs / groups));
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(input.sizes.span()) + " for weights of " +
                                              shape_text(weight.sizes.span()));
  }
  std::array<Taps, 2> taps;
  Sizes sizes{input.sizes[0], outs};
  std::array<Dimension, 2> dimensions;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t d = i + 1;
    dimensions[i] = {input.sizes[i + 2], weight.sizes[i + 1], (*stride)[d],
                     (*padding)[d],      (*dilation)[d],      output_padding[d]};
    const auto size = dimensions[i].size(call, kTransposed);
    if (!size) return Failure(size.error());
    sizes.push_back(*size);
  }
  PTETOOL_CHECK(prepare(call, call.out(), sizes));  // the tables of positions are no longer than the result
  for (std::size_t i = 0; i < 2; ++i) taps[i] = dimensions[i].taps(sizes[i + 2], kTransposed);
  const auto bias = numbers_of(call, 2, outs);
  if (!bias) return Failure(bias.error());
  const auto offset = offset_argument(call, 6 + more);
  if (!offset) return Failure(offset.error());
  const auto multipliers = numbers_of(call, 8 + more, outs);
  if (!multipliers) return Failure(multipliers.error());
  const auto shifts = numbers_of(call, 9 + more, outs);
  if (!shifts) return Failure(shifts.error());
  std::vector<Rescaling> rescale;
  for (std::size_t o = 0; o < static_cast<std::size_t>(outs); ++o) {
    const auto scale = Requantization::from(call, (*multipliers)[o], (*shifts)[o]);
    if (!scale) return Failure(scale.error());
    rescale.push_back({*scale, call.integer(7 + more), call.integer(10 + more), call.integer(11 + more)});
  }
  const auto image = dense(call, input, *channels_last_order(4));
  if (!image) return Failure(image.error());
  const auto kernel = dense(call, weight, contiguous_order(4));
  if (!kernel) return Failure(kernel.error());
  const std::int64_t rows = sizes[2], columns = sizes[3];
  Tensor& out = call.out();
  const std::int64_t height = weight.sizes[1], width = weight.sizes[2];
  call.parallel(
      input.sizes[0] * rows, columns * outs * height * width * deep, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int64_t> sums(static_cast<std::size_t>(outs));
        for (std::int64_t row = begin; row < end; ++row) {
          const std::int64_t n = row / rows, y = row % rows;
          for (std::int64_t x = 0; x < columns; ++x) {
            sums = *bias;
            for (const Tap& v : taps[0][static_cast<std::size_t>(y)]) {
              for (const Tap& h : taps[1][static_cast<std::size_t>(x)]) {
                const std::int8_t* pixel = image->tensor.as<std::int8_t>() +
                                           ((n * input.sizes[2] + v.input) * input.sizes[3] + h.input) * channels;
                for (std::int64_t o = 0; o < outs; ++o) {
                  const std::int64_t group = o / (outs / groups);
                  const std::int64_t at = v.kernel * width + h.kernel;
                  const std::int8_t* w = kernel->tensor.as<std::int8_t>() +
                                         (kDepthwise ? at * outs + o : (o * height * width + at) * deep);
                  std::int64_t sum = 0;
                  for (std::int64_t c = 0; c < deep; ++c) sum += (pixel[group * deep + c] + *offset) * w[c];
                  sums[static_cast<std::size_t>(o)] += sum;
                }
              }
            }
            for (std::int64_t o = 0; o < outs; ++o) {
              const auto at = static_cast<std::size_t>(o);
              out.as<std::int8_t>()[n * out.strides[0] + o * out.strides[1] + y * out.strides[2] + x * out.strides[3]] =
                  rescale[at](sums[at]);
            }
          }
        }
      });
  return {};
}

constexpr Operator kRows[] = {
    {"cortex_m::quantized_conv2d.out(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] "
     "dilation, int input_offset, int output_offset, Tensor requantize_multipliers, Tensor requantize_shifts, int "
     "activation_min, int activation_max, Tensor scratch, *, Tensor(a!) out) -> Tensor(a!)",
     convolution<Kind::Plain>},
    {"cortex_m::quantized_depthwise_conv2d.out(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, "
     "int[] dilation, int depth_multiplier, int input_offset, int output_offset, Tensor requantize_multipliers, Tensor "
     "requantize_shifts, int activation_min, int activation_max, Tensor scratch, *, Tensor(a!) out) -> Tensor(a!)",
     convolution<Kind::Depthwise>},
    {"cortex_m::quantized_transpose_conv2d.out(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, "
     "int[] output_padding, int[] dilation, int input_offset, int output_offset, Tensor requantize_multipliers, Tensor "
     "requantize_shifts, int activation_min, int activation_max, Tensor scratch, Tensor output_scratch, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     convolution<Kind::Transposed>},
    {"cortex_m::quantized_avg_pool2d.out(Tensor input, int[] kernel_size, int[] stride, int[] padding, Scalar "
     "ceil_mode, "
     "int zero_point, int multiplier, any shift, Tensor? scratch, *, Tensor(a!) out) -> Tensor(a!)",
     cortex_m_average_pool, 1},
    {"cortex_m::quantized_max_pool2d.out(Tensor input, int[] kernel_size, int[] stride, int[] padding, int[] dilation, "
     "bool ceil_mode, int input_zero_point, int output_zero_point, int activation_min, int activation_max, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     cortex_m_max_pool},
};

}  // namespace

std::span<const Operator> cortex_m_image_operators() { return kRows; }

}  // namespace ptetool::ops
