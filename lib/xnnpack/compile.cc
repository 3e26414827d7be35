// Writes a graph down once more in XNNPACK's own calls, node by node.
#include "xnnpack/compile.h"

#include <array>
#include <limits>

#include "ptetool/base/text.h"

namespace ptetool::xnn {

namespace {

// One node on its way into the subgraph: operand ids are XNNPACK's.
struct NodeDefinition {
  xnn_subgraph_t subgraph;
  const Node& node;
  std::array<std::uint32_t, 5> inputs;
  std::uint32_t output;
  float min;
  float max;

  std::vector<std::size_t> list(std::string_view name) const {
    const auto items = node.list(name);
    return {items.begin(), items.end()};
  }
};

xnn_status binary(const NodeDefinition& definition, xnn_binary_operator type) {
  const xnn_binary_params params{definition.min, definition.max};
  return xnn_define_binary(definition.subgraph, type, &params, definition.inputs[0], definition.inputs[1],
                           definition.output, definition.node.flags);
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
  constexpr std::array<std::size_t, 2> kAxes = {1, 2};
  return xnn_define_static_reduce(d.subgraph, xnn_reduce_mean, kAxes.size(), kAxes.data(), d.inputs[0], d.output,
                                  d.node.flags);
}

xnn_status define(const NodeDefinition& d) {
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
    case NodeKind::Copy: return xnn_define_copy(d.subgraph, d.inputs[0], d.output, node.flags);
    case NodeKind::Softmax: return xnn_define_softmax(d.subgraph, d.inputs[0], d.output, node.flags);
    case NodeKind::FullyConnected:
      return xnn_define_fully_connected(d.subgraph, d.min, d.max, d.inputs[0], d.inputs[1], d.inputs[2], d.output,
                                        node.flags);
    case NodeKind::BatchMatrixMultiply:
      return xnn_define_batch_matrix_multiply(d.subgraph, d.inputs[0], d.inputs[1], d.output, node.flags);
    case NodeKind::StaticTranspose: {
      const auto perm = d.list("perm");
      return xnn_define_static_transpose(d.subgraph, perm.size(), perm.data(), d.inputs[0], d.output, node.flags);
    }
    case NodeKind::StaticReshape: {
      const auto shape = d.list("new_shape");
      return xnn_define_static_reshape(d.subgraph, shape.size(), shape.data(), d.inputs[0], d.output, node.flags);
    }
    case NodeKind::StaticSlice: {
      const auto offsets = d.list("offsets");
      const auto sizes = d.list("sizes");
      return xnn_define_static_slice(d.subgraph, offsets.size(), offsets.data(), sizes.data(), d.inputs[0], d.output,
                                     node.flags);
    }
    case NodeKind::StaticConstantPad: {
      const auto before = d.list("pre_paddings");
      const auto after = d.list("post_paddings");
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

}  // namespace

std::string status_text(xnn_status status) {
  switch (status) {
    case xnn_status_success: return "success";
    case xnn_status_uninitialized: return "it is not initialised";
    case xnn_status_invalid_parameter: return "it calls a parameter invalid";
    case xnn_status_invalid_state: return "it is in an invalid state";
    case xnn_status_unsupported_parameter: return "it does not support a parameter";
    case xnn_status_unsupported_hardware: return "it has no kernels for this CPU";
    case xnn_status_out_of_memory: return "it is out of memory";
    default: return "status " + std::to_string(static_cast<int>(status));
  }
}

Result<Subgraph> compile(const GraphPlan& plan) {
  const Graph& graph = plan.graph();
  std::uint32_t externals = graph.num_externs;
  for (const Value& value : graph.values) {
    const bool external = value.external_input() || value.external_output();
    if (external && value.external_id >= externals) {
      return fail(ErrorCode::Malformed, "external id " + std::to_string(value.external_id) + " is beyond the graph's " +
                                            std::to_string(externals));
    }
  }
  xnn_subgraph_t raw = nullptr;
  if (const auto status = xnn_create_subgraph(externals, 0, &raw); status != xnn_status_success) {
    return fail(ErrorCode::Unsupported, "XNNPACK cannot create the subgraph: " + status_text(status));
  }
  Subgraph subgraph(raw);
  std::vector<std::uint32_t> ids(graph.values.size(), XNN_INVALID_VALUE_ID);
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    const bool external = value.external_input() || value.external_output();
    const std::vector<std::size_t> dims(value.dims.begin(), value.dims.end());
    const auto status =
        xnn_define_tensor_value(raw, xnn_datatype_fp32, dims.size(), dims.data(), plan.constant(i).data(),
                                external ? value.external_id : XNN_INVALID_VALUE_ID,
                                (value.external_input() ? XNN_VALUE_FLAG_EXTERNAL_INPUT : 0u) |
                                    (value.external_output() ? XNN_VALUE_FLAG_EXTERNAL_OUTPUT : 0u),
                                &ids[i]);
    if (status != xnn_status_success) {
      return fail(ErrorCode::Unsupported, "", indexed("xvalues", i),
                  "XNNPACK refuses the value: " + status_text(status));
    }
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    NodeDefinition definition{raw, node, {}, XNN_INVALID_VALUE_ID, -kInfinity, kInfinity};
    definition.inputs.fill(XNN_INVALID_VALUE_ID);
    for (std::size_t i = 0; i < node.inputs.size() && i < definition.inputs.size(); ++i) {
      if (const auto index = plan.index_of(node.inputs[i].id)) definition.inputs[i] = ids[*index];
    }
    if (!node.outputs.empty()) {
      if (const auto index = plan.index_of(node.outputs[0].id)) definition.output = ids[*index];
    }
    if (node.output_min_max) {
      definition.min = node.output_min_max->min;
      definition.max = node.output_min_max->max;
    }
    if (const auto status = define(definition); status != xnn_status_success) {
      return fail(ErrorCode::Unsupported, "", indexed("xnodes", n),
                  "XNNPACK refuses the node " + node_kind_name(node.kind) + ": " + status_text(status));
    }
  }
  return subgraph;
}

}  // namespace ptetool::xnn
