// Convolutions of images and of lists, and normalisation with fixed statistics, as XNNPACK nodes.
#include <cmath>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

constexpr double kPortableProducts = 1.0e4;  // per microsecond, on one thread, about
constexpr double kBackendProducts = 4.0e4;

// Numbers of 0 or more for height and width, of which a list has the width only; nullopt for others.
struct Pair {
  std::uint32_t height = 0, width = 0;
};
std::optional<Pair> pair_of(Step& s, std::size_t arg, bool line, std::uint32_t height) {
  const auto list = s.call().integers(arg);
  if (list.empty() || list.size() > (line ? 1u : 2u)) return std::nullopt;
  for (const std::int64_t number : list) {
    if (number < 0 || number > (1 << 20)) return std::nullopt;
  }
  const auto width = static_cast<std::uint32_t>(list.back());
  return Pair{line ? height : static_cast<std::uint32_t>(list.front()), width};
}

// Numbers of a constant list of channels; nullopt where it is none.
std::optional<std::vector<float>> numbers_of(Step& s, std::size_t tensor) {
  const ConstantRecipe* constant = s.lowering().constant(tensor);
  if (!constant || !constant->source || constant->source->rank() != 1) return std::nullopt;
  const auto* data = constant->source->as<float>();
  return std::vector<float>(data, data + constant->source->numel());
}

// A filter as the program has it, [out, in of a group, ..] or, where it is transposed, [in, out of a group, ..].
struct Filter {
  std::int64_t inputs = 0, outputs = 0, groups = 0;  // of one group, and how many there are
  Pair kernel;
  bool transposed = false;

  bool depthwise() const { return !transposed && inputs == 1; }
  // Kernels for depthwise convolutions are for so many taps, and multiply elements beside the window by 0 where there
  // are fewer: of an infinity that is a NaN.
  bool touches_neighbours() const {
    const std::uint64_t taps = std::uint64_t{kernel.height} * kernel.width;
    return depthwise() && taps != 3 && taps != 4 && taps != 9 && taps != 25;
  }
  NodeKind kind() const {
    return depthwise() ? NodeKind::DepthwiseConv2d : transposed ? NodeKind::ConvTranspose2d : NodeKind::Conv2d;
  }
  Sizes sizes() const {
    const std::int64_t all = outputs * groups;
    return depthwise() ? Sizes{1, kernel.height, kernel.width, all} : Sizes{all, kernel.height, kernel.width, inputs};
  }
};

std::optional<Filter> filter_of(Step& s, std::size_t weight, bool transposed, std::int64_t groups) {
  const Sizes& w = s.described(weight).sizes;
  if (!is_image(w.size()) || groups <= 0 || w[0] % groups != 0) return std::nullopt;
  for (const std::int64_t size : w) {
    if (size <= 0 || size > (1 << 24)) return std::nullopt;
  }
  Filter filter;
  filter.groups = groups;
  filter.transposed = transposed;
  filter.inputs = transposed ? w[0] / groups : w[1];
  filter.outputs = transposed ? w[1] : w[0] / groups;
  filter.kernel = {w.size() == 3 ? 1u : static_cast<std::uint32_t>(w[2]), static_cast<std::uint32_t>(w[w.size() - 1])};
  return filter;
}

// Its elements in XNNPACK's order; `constant` is the tensor of the program.
ConstantRecipe arranged(Lowering& l, const ConstantRecipe& constant, const Filter& filter) {
  ConstantRecipe result;
  result.source = constant.source;
  const DimOrder& order = constant.order;
  const auto add_kernel = [&] {
    for (std::size_t d = 2; d < order.size(); ++d) result.order.push_back(order[d]);
  };
  if (filter.transposed && filter.groups > 1) {
    // The input channels of each group by themselves: [groups, in, out, ..] in the same memory.
    const Tensor& source = *constant.source;
    Sizes sizes{filter.groups, filter.inputs};
    Strides strides{filter.inputs * source.strides[order[0]], source.strides[order[0]]};
    for (std::size_t d = 1; d < order.size(); ++d) {
      sizes.push_back(source.sizes[order[d]]);
      strides.push_back(source.strides[order[d]]);
    }
    result.source = l.view_of(source, sizes, strides);
    result.order = {0, 2};
    for (std::size_t d = 3; d < sizes.size(); ++d) result.order.push_back(static_cast<std::uint8_t>(d));
    result.order.push_back(1);
    return result;
  }
  const bool inputs_first = filter.depthwise() || filter.transposed;
  result.order.push_back(order[inputs_first ? 1 : 0]);
  add_kernel();
  result.order.push_back(order[inputs_first ? 0 : 1]);
  return result;
}

bool convolution(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const std::size_t weight = *s.tensor(1);
  const auto bias = s.tensor(2);
  const ConstantRecipe* constant = l.constant(weight);
  const std::size_t rank = s.described(input).rank();
  const bool line = rank == 3;
  if (!is_image(rank) || s.described(weight).rank() != rank || !constant || !constant->source ||
      (bias && !numbers_of(s, *bias)) || (line && s.bounded(input)))
    return false;
  const auto stride = pair_of(s, 3, line, 1);
  const auto padding = pair_of(s, 4, line, 0);
  const auto dilation = pair_of(s, 5, line, 1);
  const bool transposed = s.call().boolean(6);
  const auto adjustment = transposed ? pair_of(s, 7, line, 0) : Pair();
  const auto filter = filter_of(s, weight, transposed, s.call().integer(8));
  if (!stride || !padding || !dilation || !adjustment || !filter) return false;
  if (s.described(input).sizes[1] != filter->inputs * filter->groups) return false;
  const std::uint32_t image = l.value(input, Layout::ChannelsLast);
  const std::uint32_t filter_id = l.add_constant(filter->sizes(), arranged(l, *constant, *filter));
  Lowering::Folding folding;
  folding.filter = l.constant_index(filter_id);
  folding.channel_dim = constant->order[transposed ? 1 : 0];
  std::uint32_t bias_id = kInvalidId;
  if (bias) {
    bias_id = l.add_constant({filter->outputs * filter->groups}, *l.constant(*bias));
    folding.bias = l.constant_index(bias_id);
  }
  const auto number = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  std::vector<Attribute> attributes = {{"padding_top", padding->height},
                                       {"padding_right", padding->width},
                                       {"padding_bottom", padding->height},
                                       {"padding_left", padding->width},
                                       {"kernel_height", filter->kernel.height},
                                       {"kernel_width", filter->kernel.width},
                                       {"subsampling_height", stride->height},
                                       {"subsampling_width", stride->width},
                                       {"dilation_height", dilation->height},
                                       {"dilation_width", dilation->width},
                                       {"group_input_channels", number(filter->inputs)},
                                       {"group_output_channels", number(filter->outputs)},
                                       {"groups", number(filter->groups)},
                                       {"adjustment_height", adjustment->height},
                                       {"adjustment_width", adjustment->width}};
  const Sizes& sizes = s.described(s.result()).sizes;
  const std::uint32_t result = l.node(filter->kind(), {image, filter_id, bias_id},
                                      physical(sizes, Layout::ChannelsLast), {std::move(attributes), 0, {}});
  l.define(s.result(), Layout::ChannelsLast, result);
  folding.node = l.last_node();
  if (filter->touches_neighbours()) l.guard(result);
  // The output channels of a transposed filter in groups are in two dims.
  if (!transposed || filter->groups == 1) l.remember(s.result(), folding);
  const double products = static_cast<double>(s.described(transposed ? input : s.result()).numel()) *
                          filter->kernel.height * filter->kernel.width *
                          static_cast<double>(transposed ? filter->outputs : filter->inputs);
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
  const Layout layout = is_image(image.rank()) ? l.found(input) : Layout::Plain;
  const bool last = layout == Layout::ChannelsLast || image.rank() == 2;
  Sizes sizes = {static_cast<std::int64_t>(channels)};
  for (std::size_t d = 2; !last && d < image.rank(); ++d) sizes.push_back(1);
  const Sizes lying = physical(image.sizes, layout);
  ConstantRecipe factors;
  factors.numbers = std::move(scale);
  ConstantRecipe summands;
  summands.numbers = std::move(shift);
  const std::uint32_t scaled =
      l.node(NodeKind::Multiply, {l.value(input, layout), l.add_constant(sizes, std::move(factors))}, lying);
  l.define(s.result(), layout, l.node(NodeKind::Add, {scaled, l.add_constant(sizes, std::move(summands))}, lying));
  l.spend(count * 0.5e-3, count * 0.8e-3);
  return true;
}

constexpr LoweringRow kRows[] = {
    {"aten::convolution.out", convolution},
    {"aten::_native_batch_norm_legit_no_training.out", batch_norm},
};

}  // namespace

std::span<const LoweringRow> convolution_lowerings() { return kRows; }

}  // namespace ptetool::xnn
