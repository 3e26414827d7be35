// Convolutions, pooling and normalisation of images as XNNPACK nodes.
#include <cmath>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

constexpr double kPortableProducts = 1.0e4;  // per microsecond, on one thread, about
constexpr double kBackendProducts = 4.0e4;

Sizes channels_last(const Sizes& sizes) { return {sizes[0], sizes[2], sizes[3], sizes[1]}; }

// A list of one or two numbers of 0 or more, for height and width; nullopt for others.
struct Pair {
  std::uint32_t height = 0, width = 0;
};
std::optional<Pair> pair_of(Step& s, std::size_t arg) {
  const auto list = s.call().integers(arg);
  if (list.empty() || list.size() > 2) return std::nullopt;
  for (const std::int64_t number : list) {
    if (number < 0 || number > (1 << 20)) return std::nullopt;
  }
  return Pair{static_cast<std::uint32_t>(list.front()), static_cast<std::uint32_t>(list.back())};
}

bool is_image(Step& s, std::size_t tensor) { return s.described(tensor).rank() == 4; }

// Numbers of a constant list of channels; nullopt where it is none.
std::optional<std::vector<float>> numbers_of(Step& s, std::size_t tensor) {
  const ConstantRecipe* constant = s.lowering().constant(tensor);
  if (!constant || !constant->source || constant->source->rank() != 1) return std::nullopt;
  const auto* data = constant->source->as<float>();
  return std::vector<float>(data, data + constant->source->numel());
}

bool convolution(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const std::size_t weight = *s.tensor(1);
  const auto bias = s.tensor(2);
  const ConstantRecipe* filter = l.constant(weight);
  if (!is_image(s, input) || !filter || !filter->source || filter->source->rank() != 4 ||
      (bias && !numbers_of(s, *bias)))
    return false;
  const auto stride = pair_of(s, 3);
  const auto padding = pair_of(s, 4);
  const auto dilation = pair_of(s, 5);
  const bool transposed = s.call().boolean(6);
  const auto adjustment = pair_of(s, 7);
  const std::int64_t groups = s.call().integer(8);
  const Sizes& w = filter->source->sizes;
  if (!stride || !padding || !dilation || groups <= 0 || w[0] % groups != 0 || w[1] <= 0) return false;
  if (transposed && !adjustment) return false;
  const std::int64_t inputs = transposed ? w[0] / groups : w[1];
  const std::int64_t outputs = transposed ? w[1] : w[0] / groups;
  if (s.described(input).sizes[1] != inputs * groups) return false;
  const std::int64_t all = outputs * groups;
  const bool depthwise = !transposed && inputs == 1;
  ConstantRecipe stored = *filter;
  Sizes filter_sizes;
  if (depthwise) {
    stored.order = {1, 2, 3, 0};
    filter_sizes = {1, w[2], w[3], all};
  } else if (!transposed) {
    stored.order = {0, 2, 3, 1};
    filter_sizes = {all, w[2], w[3], inputs};
  } else if (groups == 1) {
    stored.order = {1, 2, 3, 0};
    filter_sizes = {all, w[2], w[3], inputs};
  } else {
    return false;
  }
  const std::uint32_t image = l.value(input, Layout::ChannelsLast);
  Lowering::Folding folding;
  const std::uint32_t filter_id = l.add_constant(filter_sizes, std::move(stored));
  folding.filter = l.constant_index(filter_id);
  folding.channel_dim = transposed ? 1 : 0;
  std::uint32_t bias_id = kInvalidId;
  if (bias) {
    bias_id = l.add_constant({all}, *l.constant(*bias));
    folding.bias = l.constant_index(bias_id);
  }
  const auto number = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  std::vector<Attribute> attributes = {{"padding_top", padding->height},
                                       {"padding_right", padding->width},
                                       {"padding_bottom", padding->height},
                                       {"padding_left", padding->width},
                                       {"kernel_height", number(w[2])},
                                       {"kernel_width", number(w[3])},
                                       {"subsampling_height", stride->height},
                                       {"subsampling_width", stride->width},
                                       {"dilation_height", dilation->height},
                                       {"dilation_width", dilation->width},
                                       {"group_input_channels", number(inputs)},
                                       {"group_output_channels", number(outputs)},
                                       {"groups", number(groups)},
                                       {"adjustment_height", transposed ? adjustment->height : 0u},
                                       {"adjustment_width", transposed ? adjustment->width : 0u}};
  const NodeKind kind = depthwise    ? NodeKind::DepthwiseConv2d
                        : transposed ? NodeKind::ConvTranspose2d
                                     : NodeKind::Conv2d;
  const Sizes& sizes = s.described(s.result()).sizes;
  const std::uint32_t result =
      l.node(kind, {image, filter_id, bias_id}, channels_last(sizes), {std::move(attributes), 0, {}});
  l.define(s.result(), Layout::ChannelsLast, result);
  folding.node = l.last_node();
  l.remember(s.result(), folding);
  const double products =
      static_cast<double>(transposed ? s.described(input).numel() : s.described(s.result()).numel()) *
      static_cast<double>(w[2] * w[3] * (transposed ? outputs : inputs));
  l.spend(products / kPortableProducts, products / kBackendProducts);
  return true;
}

// With statistics that do not change: a factor and a summand per channel, put into a convolution before it.
bool batch_norm(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Tensor& image = s.described(input);
  const auto mean = numbers_of(s, *s.tensor(3));
  const auto variance = numbers_of(s, *s.tensor(4));
  const auto weight = s.tensor(1) ? numbers_of(s, *s.tensor(1)) : std::nullopt;
  const auto bias = s.tensor(2) ? numbers_of(s, *s.tensor(2)) : std::nullopt;
  if (!mean || !variance || (s.tensor(1) && !weight) || (s.tensor(2) && !bias) || image.rank() < 2) return false;
  const auto channels = static_cast<std::size_t>(image.sizes[1]);
  if (mean->size() != channels || variance->size() != channels || (weight && weight->size() != channels) ||
      (bias && bias->size() != channels)) {
    return false;
  }
  std::vector<float> scale(channels);
  std::vector<float> shift(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor =
        (weight ? (*weight)[c] : 1.0) / std::sqrt(static_cast<double>((*variance)[c]) + s.call().real(6));
    if (!std::isfinite(factor)) return false;
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>((bias ? (*bias)[c] : 0.0) - (*mean)[c] * factor);
  }
  const auto count = static_cast<double>(image.numel());
  if (l.fold(input, scale, shift)) {
    l.same(s.result(), input);
    l.spend(count * 0.5e-3, 0);
    return true;
  }
  const Layout layout = image.rank() == 4 ? l.found(input) : Layout::Plain;
  const bool last = layout == Layout::ChannelsLast || image.rank() == 2;
  Sizes sizes = {static_cast<std::int64_t>(channels)};
  for (std::size_t d = 2; !last && d < image.rank(); ++d) sizes.push_back(1);
  const Sizes physical = layout == Layout::ChannelsLast ? channels_last(image.sizes) : image.sizes;
  ConstantRecipe factors;
  factors.numbers = std::move(scale);
  ConstantRecipe summands;
  summands.numbers = std::move(shift);
  const std::uint32_t scaled =
      l.node(NodeKind::Multiply, {l.value(input, layout), l.add_constant(sizes, std::move(factors))}, physical);
  l.define(s.result(), layout, l.node(NodeKind::Add, {scaled, l.add_constant(sizes, std::move(summands))}, physical));
  l.spend(count * 0.5e-3, count * 0.8e-3);
  return true;
}

struct Pool {
  Pair kernel, stride, padding;
};

std::optional<Pool> pool_of(Step& s) {
  const auto kernel = pair_of(s, 1);
  const auto stride = s.call().integers(2).empty() ? kernel : pair_of(s, 2);
  const auto padding = pair_of(s, 3);
  if (!kernel || !stride || !padding) return std::nullopt;
  // XNNPACK has no pooling of single pixels.
  if (kernel->height * kernel->width < 2 || stride->height == 0 || stride->width == 0) return std::nullopt;
  return Pool{*kernel, *stride, *padding};
}

bool pool(Step& s, NodeKind kind, const Pool& p, Pair dilation, bool ceil_mode) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  if (!is_image(s, input)) return false;
  const Sizes& from = s.described(input).sizes;
  const Sizes& to = s.described(s.result()).sizes;
  if (ceil_mode) {  // unless it makes no difference
    const auto down = [](std::int64_t size, std::uint32_t padding, std::uint32_t window, std::uint32_t step) {
      return (size + 2 * std::int64_t{padding} - window) / step + 1;
    };
    const std::uint32_t height = (p.kernel.height - 1) * dilation.height + 1;
    const std::uint32_t width = (p.kernel.width - 1) * dilation.width + 1;
    if (s.bounded(input) || down(from[2], p.padding.height, height, p.stride.height) != to[2] ||
        down(from[3], p.padding.width, width, p.stride.width) != to[3]) {
      return false;
    }
  }
  const std::uint32_t image = l.value(input, Layout::ChannelsLast);
  l.define(s.result(), Layout::ChannelsLast,
           l.node(kind, {image}, channels_last(to),
                  {{{"padding_top", p.padding.height},
                    {"padding_right", p.padding.width},
                    {"padding_bottom", p.padding.height},
                    {"padding_left", p.padding.width},
                    {"pooling_height", p.kernel.height},
                    {"pooling_width", p.kernel.width},
                    {"stride_height", p.stride.height},
                    {"stride_width", p.stride.width},
                    {"dilation_height", dilation.height},
                    {"dilation_width", dilation.width}},
                   0,
                   {}}));
  l.guard(image);
  const double steps = static_cast<double>(numel(to.span())) * p.kernel.height * p.kernel.width;
  l.spend(steps * 0.3e-3, steps * 0.15e-3);
  return true;
}

bool max_pool(Step& s) {
  const auto p = pool_of(s);
  const auto dilation = pair_of(s, 4);
  return p && dilation && pool(s, NodeKind::MaxPooling2d, *p, *dilation, s.call().boolean(5));
}

// XNNPACK does not count padding.
bool avg_pool(Step& s) {
  const auto p = pool_of(s);
  const bool padded = p && (p->padding.height != 0 || p->padding.width != 0);
  if (!p || (padded && s.call().boolean(5)) || !s.call().is_none(6)) return false;
  return pool(s, NodeKind::AvgPooling2d, *p, {1, 1}, s.call().boolean(4));
}

bool global_mean(Step& s, bool keep) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  if (!is_image(s, input)) return false;
  const Sizes& from = s.described(input).sizes;
  const std::uint32_t image = l.value(input, Layout::ChannelsLast);
  const Sizes sizes = keep ? Sizes{from[0], 1, 1, from[1]} : Sizes{from[0], from[1]};
  l.define(s.result(), keep ? Layout::ChannelsLast : Layout::Plain,
           l.node(NodeKind::GlobalAvgPooling2d, {image}, sizes, {{}, keep ? kKeepDimsFlag : 0u, {}}));
  const auto count = static_cast<double>(s.described(input).numel());
  l.spend(count * 0.3e-3, count * 0.15e-3);
  return true;
}

bool mean(Step& s) {
  const auto dims = s.call().integers(1);
  if (dims.size() != 2 || !s.call().is_none(3)) return false;
  bool height = false;
  bool width = false;
  for (const std::int64_t dim : dims) {
    height = height || dim == 2 || dim == -2;
    width = width || dim == 3 || dim == -1;
  }
  return height && width && global_mean(s, s.call().boolean(2));
}

bool adaptive_mean(Step& s) {
  const auto size = s.call().integers(1);
  return size.size() == 2 && size[0] == 1 && size[1] == 1 && global_mean(s, true);
}

constexpr LoweringRow kRows[] = {
    {"aten::convolution.out", convolution},
    {"aten::_native_batch_norm_legit_no_training.out", batch_norm},
    {"aten::max_pool2d_with_indices.out", max_pool},
    {"aten::avg_pool2d.out", avg_pool},
    {"aten::mean.out", mean},
    {"aten::adaptive_avg_pool2d.out", adaptive_mean},
    {"aten::_adaptive_avg_pool2d.out", adaptive_mean},
};

}  // namespace

std::span<const LoweringRow> image_lowerings() { return kRows; }

}  // namespace ptetool::xnn
