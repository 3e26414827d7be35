// Shape rules of convolutions, pooling and resizing.
#include <algorithm>

#include "ptetool/base/text.h"
#include "xnnpack/node_shapes.h"

namespace ptetool::xnn {

namespace {

Result<> image(const Sizes& sizes) {
  if (sizes.size() == 4) return {};
  return mismatch("takes an image [batch, height, width, channels], not " + shape_text(sizes.span()));
}

// Positions of the window along an axis.
Result<std::int64_t> positions(std::int64_t size, const WindowAxis& axis) {
  const std::int64_t room = size + axis.before + axis.after - axis.reach();
  if (room < 0) return mismatch("the window is larger than the image");
  return room / axis.stride + 1;
}

Result<Sizes> slide(const Sizes& input, const Window& window, std::int64_t channels) {
  PTETOOL_ASSIGN(const std::int64_t height, positions(input[1], window.height));
  PTETOOL_ASSIGN(const std::int64_t width, positions(input[2], window.width));
  return Sizes{input[0], height, width, channels};
}

// Input [N, H, W, groups * in], filter as given, bias of all output channels.
Result<> operands(const NodeShapes& node, std::int64_t in_channels, const Sizes& filter, std::int64_t out_channels) {
  PTETOOL_CHECK(image(node.inputs[0]));
  if (node.inputs[0][3] != in_channels) {
    return mismatch("the image " + shape_text(node.inputs[0].span()) + " does not have " + std::to_string(in_channels) +
                    " channels");
  }
  if (!(node.inputs[1] == filter)) {
    return mismatch("the filter is " + shape_text(node.inputs[1].span()) + ", not " + shape_text(filter.span()));
  }
  if (node.inputs.size() > 2 && numel(node.inputs[2].span()) != out_channels) {
    return mismatch("the bias " + shape_text(node.inputs[2].span()) + " does not have " + std::to_string(out_channels) +
                    " channels");
  }
  return {};
}

struct Channels {
  std::int64_t groups, in, out;  // in and out of one group
};

Result<Channels> channels_of(const Node& node) {
  const std::uint32_t groups = node.number("groups");
  const std::uint32_t in = node.number("group_input_channels");
  const std::uint32_t out = node.number("group_output_channels");
  for (const std::uint32_t number : {groups, in, out}) {
    if (number == 0 || number >= kMaxWindow) return mismatch("its channel counts are implausible");
  }
  return Channels{groups, in, out};
}

}  // namespace

Result<Window> window_of(const Node& node) {
  const bool indices = node.kind == NodeKind::ArgMaxPooling2d;
  const bool pooling = node.kind == NodeKind::MaxPooling2d || node.kind == NodeKind::AvgPooling2d || indices;
  const auto number = [&](std::string_view convolution, std::string_view pool) {
    return node.number(pooling ? pool : convolution);
  };
  // Averages are not dilated, and exporters write 0 there. Windows of ArgMaxPooling2d lie side by side.
  const bool dilated = node.kind != NodeKind::AvgPooling2d && !indices;
  const Window window{
      {number("kernel_height", "pooling_height"),
       number("subsampling_height", indices ? "pooling_height" : "stride_height"),
       dilated ? node.number("dilation_height") : 1, node.number("padding_top"), node.number("padding_bottom")},
      {number("kernel_width", "pooling_width"), number("subsampling_width", indices ? "pooling_width" : "stride_width"),
       dilated ? node.number("dilation_width") : 1, node.number("padding_left"), node.number("padding_right")}};
  for (const WindowAxis& axis : {window.height, window.width}) {
    for (const std::int64_t size : {axis.kernel, axis.stride, axis.dilation}) {
      if (size == 0 || size >= kMaxWindow) return mismatch("its window, stride or dilation is implausible");
    }
    if (axis.before >= kMaxWindow || axis.after >= kMaxWindow) return mismatch("its padding is implausible");
  }
  return window;
}

Result<Sizes> convolution_shape(const NodeShapes& node) {
  PTETOOL_ASSIGN(const Window window, window_of(node.node));
  PTETOOL_ASSIGN(const Channels channels, channels_of(node.node));
  const std::int64_t out = channels.groups * channels.out;
  const Sizes filter{out, window.height.kernel, window.width.kernel, channels.in};
  PTETOOL_CHECK(operands(node, channels.groups * channels.in, filter, out));
  return slide(node.inputs[0], window, out);
}

Result<Sizes> depthwise_convolution_shape(const NodeShapes& node) {
  PTETOOL_ASSIGN(const Window window, window_of(node.node));
  PTETOOL_ASSIGN(const Channels channels, channels_of(node.node));
  if (channels.in != 1) return mismatch("a depthwise convolution has one input channel per group");
  const std::int64_t out = channels.groups * channels.out;
  const Sizes filter{1, window.height.kernel, window.width.kernel, out};
  PTETOOL_CHECK(operands(node, channels.groups, filter, out));
  return slide(node.inputs[0], window, out);
}

Result<Sizes> transposed_convolution_shape(const NodeShapes& node) {
  PTETOOL_ASSIGN(const Window window, window_of(node.node));
  PTETOOL_ASSIGN(const Channels channels, channels_of(node.node));
  const std::int64_t out = channels.groups * channels.out;
  const Sizes filter{out, window.height.kernel, window.width.kernel, channels.in};
  PTETOOL_CHECK(operands(node, channels.groups * channels.in, filter, out));
  const auto grown = [](std::int64_t size, const WindowAxis& axis, std::uint32_t adjustment) -> Result<std::int64_t> {
    if (std::int64_t{adjustment} >= axis.stride) return mismatch("its adjustment is not below the stride");
    const auto steps = checked_mul(size - 1, axis.stride);
    const std::int64_t result = steps ? *steps + axis.reach() - axis.before - axis.after + adjustment : 0;
    if (size == 0 || result <= 0) return mismatch("the result would be empty");
    return result;
  };
  PTETOOL_ASSIGN(const std::int64_t height,
                 grown(node.inputs[0][1], window.height, node.node.number("adjustment_height")));
  PTETOOL_ASSIGN(const std::int64_t width,
                 grown(node.inputs[0][2], window.width, node.node.number("adjustment_width")));
  return Sizes{node.inputs[0][0], height, width, out};
}

Result<Sizes> pooling_shape(const NodeShapes& node) {
  PTETOOL_CHECK(image(node.inputs[0]));
  PTETOOL_ASSIGN(const Window window, window_of(node.node));
  for (const WindowAxis& axis : {window.height, window.width}) {
    if (axis.before >= axis.reach() || axis.after >= axis.reach()) return mismatch("a window would hold padding only");
  }
  return slide(node.inputs[0], window, node.inputs[0][3]);
}

std::vector<std::size_t> reduced_axes(const Node& node) {
  const auto axes = node.list("axes");
  if (axes.empty()) return {1, 2};
  return {axes.begin(), axes.end()};
}

Result<Sizes> global_pooling_shape(const NodeShapes& node) {
  const Sizes& input = node.inputs[0];
  const auto axes = reduced_axes(node.node);
  if (node.node.list("axes").empty()) PTETOOL_CHECK(image(input));
  if (axes.back() >= input.size()) return mismatch(shape_text(input.span()) + " has too few dims");
  Sizes result;
  for (std::size_t d = 0; d < input.size(); ++d) {
    const bool reduced = std::ranges::find(axes, d) != axes.end();
    if (reduced && input[d] == 0) return mismatch("the image is empty");
    if (!reduced || (node.node.flags & kKeepDims) != 0) result.push_back(reduced ? 1 : input[d]);
  }
  return result;
}

Result<Sizes> resize_shape(const NodeShapes& node) {
  const Sizes& input = node.inputs[0];
  PTETOOL_CHECK(image(input));
  const std::uint32_t height = node.node.number("new_height");
  const std::uint32_t width = node.node.number("new_width");
  if (height == 0 || width == 0 || height >= kMaxWindow || width >= kMaxWindow || input[1] == 0 || input[2] == 0) {
    return mismatch("cannot be resized to " + std::to_string(height) + " by " + std::to_string(width));
  }
  return Sizes{input[0], height, width, input[3]};
}

}  // namespace ptetool::xnn
