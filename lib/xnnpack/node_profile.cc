// XNNPACK gives names and times of operators; a table tells how those of each node kind are called, and what a node
// computes is counted from its shapes.
#include "xnnpack/node_profile.h"

#include <algorithm>

#include "ptetool/format/xnnpack_types.h"

namespace ptetool::xnn {

namespace {

// Lower-case letters of the name before its datatypes: "Convolution (NHWC, F32) IGEMM" is "convolution".
std::string stem(std::string_view name) {
  std::string letters;
  for (const char c : name.substr(0, name.find('('))) {
    if (c >= 'a' && c <= 'z') letters += c;
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
  }
  return letters;
}

// How the names of XNNPACK's operators for a node begin.
std::vector<std::string> stems_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::Conv2d:
    case NodeKind::DepthwiseConv2d: return {"convolution"};
    case NodeKind::ConvTranspose2d: return {"deconvolution"};
    case NodeKind::AvgPooling2d: return {"averagepooling", "globalaveragepooling"};
    case NodeKind::GlobalAvgPooling2d: return {"globalaveragepooling", "mean", "sum", "reduce"};
    case NodeKind::MaxPooling2d: return {"maxpooling"};
    case NodeKind::ArgMaxPooling2d: return {"argmaxpooling"};
    case NodeKind::StaticTranspose: return {"transpose"};
    case NodeKind::StaticSlice: return {"slice"};
    case NodeKind::StaticConstantPad: return {"constantpad"};
    case NodeKind::StaticResizeBilinear2D: return {"resizebilinear"};
    case NodeKind::StaticReshape: return {"copy", "reshape"};
    case NodeKind::Softmax: return {"softmax"};
    case NodeKind::FullyConnected: return {"fullyconnected"};
    case NodeKind::BatchMatrixMultiply: return {"batchmatrixmultiply"};
    case NodeKind::Concatenate2:
    case NodeKind::Concatenate3:
    case NodeKind::Concatenate4:
    case NodeKind::Concatenate5:
    case NodeKind::Copy: return {"copy"};
    case NodeKind::Convert: return {"convert", "unaryelementwise"};
    case NodeKind::Add:
    case NodeKind::Subtract:
    case NodeKind::Multiply:
    case NodeKind::Div:
    case NodeKind::Minimum:
    case NodeKind::Maximum:
    case NodeKind::PReLU: return {"binaryelementwise", stem(node_kind_name(kind))};
    default: return {"unaryelementwise", stem(node_kind_name(kind))};
  }
}

std::uint64_t count_of(const Sizes& sizes) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(checked_numel(sizes.span()).value_or(0), 0));
}

// Multiplications and additions.
std::uint64_t operations_of(const Node& node, const Sizes& input, const Sizes& output) {
  const std::uint64_t outputs = count_of(output);
  const std::uint64_t window = std::uint64_t{node.number("kernel_height")} * node.number("kernel_width");
  switch (node.kind) {
    case NodeKind::Conv2d: return 2 * outputs * window * node.number("group_input_channels");
    case NodeKind::DepthwiseConv2d: return 2 * outputs * window;
    case NodeKind::ConvTranspose2d: return 2 * count_of(input) * window * node.number("group_output_channels");
    case NodeKind::FullyConnected:
    case NodeKind::BatchMatrixMultiply:
      return input.size() == 0 ? 0 : 2 * outputs * static_cast<std::uint64_t>(input[input.size() - 1]);
    default: return 0;
  }
}

}  // namespace

std::vector<std::string> operator_names(xnn_runtime_t runtime) {
  // Names, each ended by a zero; asked for their size first.
  std::size_t size = 0;
  xnn_get_runtime_profiling_info(runtime, xnn_profile_info_operator_name, 0, nullptr, &size);
  std::string all(size, 0);
  std::vector<std::string> names;
  if (xnn_get_runtime_profiling_info(runtime, xnn_profile_info_operator_name, all.size(), all.data(), &size) !=
      xnn_status_success) {
    return names;
  }
  for (std::size_t at = 0; at < all.size(); at += names.back().size() + 1) names.emplace_back(all.c_str() + at);
  return names;
}

std::vector<std::uint64_t> operator_microseconds(xnn_runtime_t runtime) {
  std::size_t count = 0;
  std::size_t size = 0;
  if (xnn_get_runtime_profiling_info(runtime, xnn_profile_info_num_operators, sizeof(count), &count, &size) !=
      xnn_status_success) {
    return {};
  }
  std::vector<std::uint64_t> times(count);
  if (xnn_get_runtime_profiling_info(runtime, xnn_profile_info_operator_timing, times.size() * sizeof(times[0]),
                                     times.data(), &size) != xnn_status_success) {
    return {};
  }
  return times;
}

std::vector<DelegateNode> describe_operators(std::span<const std::string> names, const GraphPlan& plan,
                                             std::span<const Sizes> shapes) {
  const std::vector<Node>& nodes = plan.graph().nodes;
  std::vector<DelegateNode> result;
  std::size_t next = 0;
  for (const std::string& name : names) {
    DelegateNode& described = result.emplace_back(DelegateNode{name, {}, {}, 0, 0});
    const std::string begin = stem(name);
    std::size_t n = next;
    const auto fits = [&](const Node& node) {
      return std::ranges::any_of(stems_of(node.kind), [&](const std::string& each) { return begin.starts_with(each); });
    };
    while (n < nodes.size() && !fits(nodes[n])) ++n;
    if (n == nodes.size() || nodes[n].inputs.empty() || nodes[n].outputs.empty()) continue;
    next = n + 1;
    const Node& node = nodes[n];
    const auto shape_of = [&](const Operand& operand) -> const Sizes* {
      const auto index = plan.index_of(operand.id);
      return index && *index < shapes.size() ? &shapes[*index] : nullptr;
    };
    const Sizes* input = shape_of(node.inputs[0]);
    const Sizes* output = shape_of(node.outputs[0]);
    if (!input || !output) continue;
    described.type = node_kind_name(node.kind) + " " +
                     datatype_name(plan.graph().values[*plan.index_of(node.outputs[0].id)].datatype);
    described.shape.assign(output->begin(), output->end());
    described.operations = operations_of(node, *input, *output);
    const auto add_bytes = [&](const Operand& operand) {
      const auto index = plan.index_of(operand.id);
      if (!index) return;
      const std::uint64_t bits = datatype_bits(plan.graph().values[*index].datatype).value_or(0);
      const ByteView constant = plan.constant(*index);
      described.bytes += constant.empty() ? count_of(shapes[*index]) * bits / 8 : constant.size();
    };
    std::ranges::for_each(node.inputs, add_bytes);
    std::ranges::for_each(node.outputs, add_bytes);
  }
  return result;
}

}  // namespace ptetool::xnn
