// One node of a graph in XNNPACK's own call.
#include "xnnpack/define_node.h"

#include <algorithm>
#include <vector>

#include "ptetool/version.h"
#include "xnnpack/node_shapes.h"

namespace ptetool::xnn {

namespace {

std::vector<std::size_t> list_of(const Node& node, std::string_view name) {
  const auto items = node.list(name);
  return {items.begin(), items.end()};
}

xnn_status binary(const NodeDefinition& definition, xnn_binary_operator type) {
  const xnn_binary_params params{definition.min, definition.max};
  const std::uint32_t flags =
      (definition.node.flags & ~kXnnpackAddendFlag) | (definition.alike ? kXnnpackAddendFlag : 0);
  return xnn_define_binary(definition.subgraph, type, &params, definition.inputs[0], definition.inputs[1],
                           definition.output, flags);
}

xnn_status unary(const NodeDefinition& definition, xnn_unary_operator type, const xnn_unary_params* params = nullptr) {
  return xnn_define_unary(definition.subgraph, type, params, definition.inputs[0], definition.output,
                          definition.node.flags);
}

// The window numbers that convolutions and pooling name alike.
struct Numbers {
  const Node& node;
  std::uint32_t operator()(std::string_view name) const { return node.number(name); }
};

xnn_status convolution(const NodeDefinition& d) {
  const Numbers n{d.node};
  return xnn_define_convolution_2d(d.subgraph, n("padding_top"), n("padding_right"), n("padding_bottom"),
                                   n("padding_left"), n("kernel_height"), n("kernel_width"), n("subsampling_height"),
                                   n("subsampling_width"), n("dilation_height"), n("dilation_width"), n("groups"),
                                   n("group_input_channels"), n("group_output_channels"), d.min, d.max, d.inputs[0],
                                   d.inputs[1], d.inputs[2], d.output, d.node.flags);
}

// Groups are the input channels, and the outputs of one group the depth multiplier (format-facts 3.3).
xnn_status depthwise_convolution(const NodeDefinition& d) {
  const Numbers n{d.node};
  return xnn_define_depthwise_convolution_2d(d.subgraph, n("padding_top"), n("padding_right"), n("padding_bottom"),
                                             n("padding_left"), n("kernel_height"), n("kernel_width"),
                                             n("subsampling_height"), n("subsampling_width"), n("dilation_height"),
                                             n("dilation_width"), n("group_output_channels"), n("groups"), d.min, d.max,
                                             d.inputs[0], d.inputs[1], d.inputs[2], d.output, d.node.flags);
}

xnn_status transposed_convolution(const NodeDefinition& d) {
  const Numbers n{d.node};
  return xnn_define_deconvolution_2d(
      d.subgraph, n("padding_top"), n("padding_right"), n("padding_bottom"), n("padding_left"), n("adjustment_height"),
      n("adjustment_width"), n("kernel_height"), n("kernel_width"), n("subsampling_height"), n("subsampling_width"),
      n("dilation_height"), n("dilation_width"), n("groups"), n("group_input_channels"), n("group_output_channels"),
      d.min, d.max, d.inputs[0], d.inputs[1], d.inputs[2], d.output, d.node.flags);
}

xnn_status max_pooling(const NodeDefinition& d) {
  const Numbers n{d.node};
  return xnn_define_max_pooling_2d(d.subgraph, n("padding_top"), n("padding_right"), n("padding_bottom"),
                                   n("padding_left"), n("pooling_height"), n("pooling_width"), n("stride_height"),
                                   n("stride_width"), n("dilation_height"), n("dilation_width"), d.min, d.max,
                                   d.inputs[0], d.output, d.node.flags);
}

xnn_status average_pooling(const NodeDefinition& d) {
  const Numbers n{d.node};
  return xnn_define_average_pooling_2d(d.subgraph, n("padding_top"), n("padding_right"), n("padding_bottom"),
                                       n("padding_left"), n("pooling_height"), n("pooling_width"), n("stride_height"),
                                       n("stride_width"), d.min, d.max, d.inputs[0], d.output, d.node.flags);
}

// Without XNN_FLAG_KEEP_DIMS the two axes disappear, as in the node's own flags.
xnn_status global_average_pooling(const NodeDefinition& d) {
  constexpr xnn_reduce_operator kOperators[] = {xnn_reduce_mean, xnn_reduce_sum};
  const auto axes = reduced_axes(d.node);
  return xnn_define_static_reduce(d.subgraph, kOperators[d.node.number("reduction")], axes.size(), axes.data(),
                                  d.inputs[0], d.output, d.node.flags);
}

}  // namespace

xnn_status define_node(const NodeDefinition& d) {
  const Node& node = d.node;
  xnn_unary_params params{};
  switch (node.kind) {
    case NodeKind::Add: return binary(d, xnn_binary_add);
    case NodeKind::Subtract: return binary(d, xnn_binary_subtract);
    case NodeKind::Multiply: return binary(d, xnn_binary_multiply);
    case NodeKind::Div: return binary(d, xnn_binary_divide);
    case NodeKind::Minimum: return binary(d, xnn_binary_minimum);
    case NodeKind::Maximum: return binary(d, xnn_binary_maximum);
    case NodeKind::PReLU: return binary(d, xnn_binary_prelu);
    case NodeKind::Clamp: params.clamp = {d.min, d.max}; return unary(d, xnn_unary_clamp, &params);
    case NodeKind::ELU: params.elu.alpha = node.real("alpha", 1.0f); return unary(d, xnn_unary_elu, &params);
    case NodeKind::LeakyReLU:
      params.leaky_relu.negative_slope = node.real("negative_slope", 0.01f);
      return unary(d, xnn_unary_leaky_relu, &params);
    case NodeKind::Sigmoid: return unary(d, xnn_unary_sigmoid);
    case NodeKind::Floor: return unary(d, xnn_unary_floor);
    case NodeKind::Ceiling: return unary(d, xnn_unary_ceiling);
    case NodeKind::SquareRoot: return unary(d, xnn_unary_square_root);
    case NodeKind::ReciprocalSquareRoot: return unary(d, xnn_unary_reciprocal_square_root);
    case NodeKind::Hardswish: return unary(d, xnn_unary_hardswish);
    case NodeKind::Negate: return unary(d, xnn_unary_negate);
    case NodeKind::Square: return unary(d, xnn_unary_square);
    case NodeKind::Abs: return unary(d, xnn_unary_abs);
    case NodeKind::Log: return unary(d, xnn_unary_log);
    case NodeKind::Exp: return unary(d, xnn_unary_exp);
    case NodeKind::Tanh: return unary(d, xnn_unary_tanh);
    case NodeKind::Gelu: return unary(d, xnn_unary_gelu);
    case NodeKind::Sin: return unary(d, xnn_unary_sine);
    case NodeKind::Cos: return unary(d, xnn_unary_cosine);
    case NodeKind::Conv2d: return convolution(d);
    case NodeKind::DepthwiseConv2d: return depthwise_convolution(d);
    case NodeKind::ConvTranspose2d: return transposed_convolution(d);
    case NodeKind::MaxPooling2d: return max_pooling(d);
    case NodeKind::AvgPooling2d: return average_pooling(d);
    case NodeKind::GlobalAvgPooling2d: return global_average_pooling(d);
    case NodeKind::StaticResizeBilinear2D:
      return xnn_define_static_resize_bilinear_2d(d.subgraph, node.number("new_height"), node.number("new_width"),
                                                  d.inputs[0], d.output, node.flags);
    case NodeKind::ArgMaxPooling2d: {
      const Numbers n{node};
      return xnn_define_argmax_pooling_2d(d.subgraph, n("padding_top"), n("padding_right"), n("padding_bottom"),
                                          n("padding_left"), n("pooling_height"), n("pooling_width"), d.inputs[0],
                                          d.output, d.second_output, node.flags);
    }
    case NodeKind::Convert: return unary(d, xnn_unary_convert);
    case NodeKind::Copy: return xnn_define_copy(d.subgraph, d.inputs[0], d.output, node.flags);
    case NodeKind::Softmax: return xnn_define_softmax(d.subgraph, d.inputs[0], d.output, node.flags);
    case NodeKind::FullyConnected:
      return xnn_define_fully_connected(d.subgraph, d.min, d.max, d.inputs[0], d.inputs[1], d.inputs[2], d.output,
                                        node.flags);
    case NodeKind::BatchMatrixMultiply:
      return xnn_define_batch_matrix_multiply(d.subgraph, d.inputs[0], d.inputs[1], d.output, node.flags);
    case NodeKind::StaticTranspose: {
      const auto perm = list_of(node, "perm");
      return xnn_define_static_transpose(d.subgraph, perm.size(), perm.data(), d.inputs[0], d.output, node.flags);
    }
    case NodeKind::StaticReshape: {
      const auto shape = list_of(node, "new_shape");
      return xnn_define_static_reshape(d.subgraph, shape.size(), shape.data(), d.inputs[0], d.output, node.flags);
    }
    case NodeKind::StaticSlice: {
      const auto offsets = list_of(node, "offsets");
      const auto sizes = list_of(node, "sizes");
      // XNNPACK takes a size of 0 for the whole dim, from the offset on: beyond its end.
      for (std::size_t dim = 0; dim < std::min(sizes.size(), offsets.size()); ++dim) {
        if (sizes[dim] == 0 && offsets[dim] != 0) return xnn_status_unsupported_parameter;
      }
      return xnn_define_static_slice(d.subgraph, offsets.size(), offsets.data(), sizes.data(), d.inputs[0], d.output,
                                     node.flags);
    }
    case NodeKind::StaticConstantPad: {
      const auto before = list_of(node, "pre_paddings");
      const auto after = list_of(node, "post_paddings");
      return xnn_define_static_constant_pad(d.subgraph, before.data(), after.data(), node.real("padding_value"),
                                            d.inputs[0], d.output, node.flags);
    }
    case NodeKind::Concatenate2:
      return xnn_define_concatenate2(d.subgraph, node.number("axis"), d.inputs[0], d.inputs[1], d.output, node.flags);
    case NodeKind::Concatenate3:
      return xnn_define_concatenate3(d.subgraph, node.number("axis"), d.inputs[0], d.inputs[1], d.inputs[2], d.output,
                                     node.flags);
    case NodeKind::Concatenate4:
      return xnn_define_concatenate4(d.subgraph, node.number("axis"), d.inputs[0], d.inputs[1], d.inputs[2],
                                     d.inputs[3], d.output, node.flags);
    case NodeKind::Concatenate5:
      return xnn_define_concatenate5(d.subgraph, node.number("axis"), d.inputs[0], d.inputs[1], d.inputs[2],
                                     d.inputs[3], d.inputs[4], d.output, node.flags);
    default: return xnn_status_unsupported_parameter;
  }
}

}  // namespace ptetool::xnn
