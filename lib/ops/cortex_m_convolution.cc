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

// What a call says about its weights: [out, height, width, in of a group] for plain and transposed convolutions,
// [1, height, width, out] for depthwise ones.
struct Weights {
  std::int64_t channels, outs, deep, groups, height, width;  // deep: channels that a result sums over
  bool depthwise;

  // Where the numbers that meet one element of a kernel begin.
  std::int64_t at(std::int64_t out, std::int64_t element) const {
    return depthwise ? element * outs + out : (out * height * width + element) * deep;
  }
  std::int64_t first_channel(std::int64_t out) const { return out / (outs / groups) * deep; }
};

template <Kind kKind>
Result<Weights> weights_of(Call& call) {
  const Tensor& input = call.tensor(0);
  const Tensor& weight = call.tensor(1);
  constexpr bool kDepthwise = kKind == Kind::Depthwise;
  const std::int64_t channels = input.sizes[1];
  const std::int64_t outs = weight.sizes[kDepthwise ? 3 : 0];
  const std::int64_t deep = kDepthwise ? 1 : weight.sizes[3];
  const std::int64_t groups = deep == 0 || channels % deep != 0 ? 0 : channels / deep;
  const bool fits = groups > 0 && outs % groups == 0 && (kKind != Kind::Transposed || groups == 1) &&
                    (!kDepthwise || (weight.sizes[0] == 1 && call.integer(6) == outs / groups));
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(input.sizes.span()) + " for weights of " +
                                              shape_text(weight.sizes.span()));
  }
  return Weights{channels, outs, deep, groups, weight.sizes[1], weight.sizes[2], kDepthwise};
}

// Height and width.
template <Kind kKind>
Result<std::array<Dimension, 2>> dimensions_of(Call& call) {
  constexpr bool kTransposed = kKind == Kind::Transposed;
  PTETOOL_ASSIGN(const Spatial stride, spatial_argument(call, 3, 2, 1, 1));
  PTETOOL_ASSIGN(const Spatial padding, spatial_argument(call, 4, 2, 0, 0));
  PTETOOL_ASSIGN(const Spatial dilation, spatial_argument(call, kTransposed ? 6 : 5, 2, 1, 1));
  Spatial output_padding{};
  if constexpr (kTransposed) {
    PTETOOL_ASSIGN(output_padding, spatial_argument(call, 5, 2, 0, 0));
  }
  std::array<Dimension, 2> dimensions;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t d = i + 1;
    dimensions[i] = {call.tensor(0).sizes[i + 2],
                     call.tensor(1).sizes[i + 1],
                     stride[d],
                     padding[d],
                     dilation[d],
                     output_padding[d]};
  }
  return dimensions;
}

// How the sums of each channel become bytes; `first`: the argument of the results' zero point.
Result<std::vector<Rescaling>> rescaling_of(Call& call, std::size_t first, std::int64_t outs) {
  PTETOOL_ASSIGN(const auto multipliers, numbers_of(call, first + 1, outs));
  PTETOOL_ASSIGN(const auto shifts, numbers_of(call, first + 2, outs));
  std::vector<Rescaling> rescale;
  for (std::size_t o = 0; o < static_cast<std::size_t>(outs); ++o) {
    PTETOOL_ASSIGN(const Requantization scale, Requantization::from(call, multipliers[o], shifts[o]));
    rescale.push_back({scale, call.integer(first), call.integer(first + 3), call.integer(first + 4)});
  }
  return rescale;
}

template <Kind kKind>
Result<> convolution(Call& call) {
  constexpr bool kTransposed = kKind == Kind::Transposed;
  const Tensor& input = call.tensor(0);
  PTETOOL_CHECK(check_bytes(call, 0, 4));
  PTETOOL_CHECK(check_bytes(call, 1, 4));
  const std::size_t more = kKind == Kind::Plain ? 0 : 1;  // one argument before, or among, those that follow
  PTETOOL_ASSIGN(const auto dimensions, dimensions_of<kKind>(call));
  PTETOOL_ASSIGN(const Weights w, weights_of<kKind>(call));
  Sizes sizes{input.sizes[0], w.outs};
  for (const Dimension& dimension : dimensions) {
    PTETOOL_ASSIGN(const std::int64_t size, dimension.size(call, kTransposed));
    sizes.push_back(size);
  }
  PTETOOL_CHECK(prepare(call, call.out(), sizes));  // the tables of positions are no longer than the result
  const Taps vertical = dimensions[0].taps(sizes[2], kTransposed);
  const Taps horizontal = dimensions[1].taps(sizes[3], kTransposed);
  PTETOOL_ASSIGN(const auto bias, numbers_of(call, 2, w.outs));
  PTETOOL_ASSIGN(const std::int32_t offset, offset_argument(call, 6 + more));
  PTETOOL_ASSIGN(const auto rescale, rescaling_of(call, 7 + more, w.outs));
  PTETOOL_ASSIGN(const auto image, dense(call, input, *channels_last_order(4)));
  PTETOOL_ASSIGN(const auto kernel, dense(call, call.tensor(1), contiguous_order(4)));
  const std::int64_t rows = sizes[2], columns = sizes[3];
  Tensor& out = call.out();
  // Adds what one element of the kernel makes of one pixel.
  const auto add = [&](const std::int8_t* pixel, std::int64_t element, std::vector<std::int64_t>& sums) {
    for (std::int64_t o = 0; o < w.outs; ++o) {
      const std::int8_t* numbers = kernel.tensor.as<std::int8_t>() + w.at(o, element);
      const std::int8_t* from = pixel + w.first_channel(o);
      std::int64_t sum = 0;
      for (std::int64_t c = 0; c < w.deep; ++c) sum += (from[c] + offset) * numbers[c];
      sums[static_cast<std::size_t>(o)] += sum;
    }
  };
  const std::int64_t cost = columns * w.outs * w.height * w.width * w.deep;
  call.parallel(input.sizes[0] * rows, cost, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(w.outs));
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / rows, y = row % rows;
      for (std::int64_t x = 0; x < columns; ++x) {
        sums = bias;
        for (const Tap& v : vertical[static_cast<std::size_t>(y)]) {
          for (const Tap& h : horizontal[static_cast<std::size_t>(x)]) {
            const std::int64_t pixel = (n * input.sizes[2] + v.input) * input.sizes[3] + h.input;
            add(image.tensor.as<std::int8_t>() + pixel * w.channels, v.kernel * w.width + h.kernel, sums);
          }
        }
        std::int8_t* to = out.as<std::int8_t>() + n * out.strides[0] + y * out.strides[2] + x * out.strides[3];
        for (std::size_t o = 0; o < sums.size(); ++o) {
          to[static_cast<std::int64_t>(o) * out.strides[1]] = rescale[o](sums[o]);
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
