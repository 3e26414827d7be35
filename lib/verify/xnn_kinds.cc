// XNN: what nodes with weights, windows, an axis or an output range demand, and which values nobody uses
// (format-facts 3.2).
#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::NodeKind;

bool is_convolution(NodeKind kind) {
  return kind == NodeKind::Conv2d || kind == NodeKind::DepthwiseConv2d || kind == NodeKind::ConvTranspose2d;
}

void convolutions_sound(const GraphSubject& subject, Context& context) {
  constexpr std::string_view kPositive[] = {"kernel_height",        "kernel_width",          "subsampling_height",
                                            "subsampling_width",    "dilation_height",       "dilation_width",
                                            "group_input_channels", "group_output_channels", "groups"};
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (!is_convolution(node.kind)) return;
    const auto zero = std::ranges::find_if(kPositive, [&](std::string_view name) { return node.number(name) == 0; });
    if (zero != std::end(kPositive)) {
      context.report(node_path(subject, i, *zero), node.offset, "is 0");
      return;
    }
    const auto product = [&](std::initializer_list<std::string_view> names) {
      std::optional<std::uint64_t> total = 1;
      for (const std::string_view name : names) {
        if (total) total = checked_mul<std::uint64_t>(*total, node.number(name));
      }
      return total;
    };
    const auto channels = product({"groups", "group_output_channels"});
    const auto elements =
        product({"groups", "group_output_channels", "group_input_channels", "kernel_height", "kernel_width"});
    const xnn::Value* filter = input_value(subject.graph, node, "filter");
    const auto held = filter ? checked_numel(filter->dims) : std::nullopt;
    if (filter && (filter->dims.size() != 4 || !held || !elements || static_cast<std::uint64_t>(*held) != *elements)) {
      context.report(
          node_path(subject, i, "filter_id"), node.offset,
          "the filter " + shape_text(filter->dims) + " does not fit the kernel, groups and channels of the node");
    }
    const xnn::Value* bias = input_value(subject.graph, node, "bias");
    const auto biases = bias ? checked_numel(bias->dims) : std::nullopt;
    if (bias && (!biases || !channels || static_cast<std::uint64_t>(*biases) != *channels)) {
      context.report(node_path(subject, i, "bias_id"), node.offset,
                     "the bias " + shape_text(bias->dims) + " does not fit the output channels of the node");
    }
  });
}

void poolings_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    const auto positive = [&](std::initializer_list<std::string_view> names) {
      for (const std::string_view name : names) {
        if (node.number(name) == 0) context.report(node_path(subject, i, name), node.offset, "is 0");
      }
    };
    const bool max = node.kind == NodeKind::MaxPooling2d;
    const bool average = node.kind == NodeKind::AvgPooling2d;
    if (max || average || node.kind == NodeKind::ArgMaxPooling2d) positive({"pooling_height", "pooling_width"});
    if (max || average) positive({"stride_height", "stride_width"});
    if (max) positive({"dilation_height", "dilation_width"});
  });
}

void fully_connected_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::FullyConnected) return;
    const xnn::Value* filter = input_value(subject.graph, node, "filter");
    if (!filter) return;
    if (filter->dims.size() != 2) {
      context.report(node_path(subject, i, "filter_id"), node.offset,
                     "the filter " + shape_text(filter->dims) + " is no matrix");
      return;
    }
    const bool transposed = (node.flags & xnn::kTransposeWeights) != 0;
    const std::uint32_t outputs = filter->dims[transposed ? 1 : 0];
    const xnn::Value* bias = input_value(subject.graph, node, "bias");
    const auto biases = bias ? checked_numel(bias->dims) : std::nullopt;
    if (bias && (!biases || *biases != outputs)) {
      context.report(
          node_path(subject, i, "bias_id"), node.offset,
          "the bias " + shape_text(bias->dims) + " does not fit the filter's " + counted(outputs, "output channel"));
    }
  });
}

void concatenations_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::Concatenate2 && node.kind != NodeKind::Concatenate3 &&
        node.kind != NodeKind::Concatenate4 && node.kind != NodeKind::Concatenate5) {
      return;
    }
    const xnn::Value* input = input_value(subject.graph, node, "input1");
    if (!input) return;
    // Exporters may count from the end.
    const auto axis = static_cast<std::int64_t>(static_cast<std::int32_t>(node.number("axis")));
    const auto rank = static_cast<std::int64_t>(input->dims.size());
    if (axis >= -rank && axis < rank) return;
    context.report(node_path(subject, i, "axis"), node.offset,
                   "is " + std::to_string(axis) + ", the inputs have " + rank_text(*input));
  });
}

void clamps_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    const auto& range = node.output_min_max;
    if (!range || range->min <= range->max) return;
    context.report(node_path(subject, i, "output_min_max"), node.offset,
                   "goes from " + std::to_string(range->min) + " to " + std::to_string(range->max));
  });
}

void node_flags_known(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if ((node.flags & ~kNodeFlags) == 0) return;
    context.report(node_path(subject, i, "flags"), node.offset, "is " + hex(node.flags) + ", which no exporter writes");
  });
}

void values_used(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> used;
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t) {
    for (const xnn::Operand& operand : node.inputs) used.insert(operand.id);
    for (const xnn::Operand& operand : node.outputs) used.insert(operand.id);
  });
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (!used.contains(value.id)) context.report(value_path(subject, i), value.offset, "no node uses it");
  });
}

constexpr Rule kRules[] = {
    {{.id = "XNN034",
      .guards_execution = true,
      .title = "filter and bias of a convolution fit its numbers",
      .cause = kDamagedPayload,
      .effect = "XNNPACK refuses zeros; it reads as many weights as the numbers say, whatever the filter holds",
      .cure = kExportProgramAgain},
     convolutions_sound},
    {{.id = "XNN035",
      .guards_execution = true,
      .title = "windows and strides of poolings are not 0",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     poolings_sound},
    {{.id = "XNN036",
      .guards_execution = true,
      .title = "filter and bias of a fully connected node fit",
      .cause = kDamagedPayload,
      .effect = kReadsForeignMemory,
      .cure = kExportProgramAgain},
     fully_connected_sound},
    {{.id = "XNN037",
      .guards_execution = true,
      .title = "the axis of a concatenation is a dimension of its inputs",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     concatenations_sound},
    {{.id = "XNN038",
      .guards_execution = true,
      .title = "output ranges are not empty and hold no NaN",
      .cause = "a clamp with exchanged bounds, or a damaged payload",
      .effect = kRefusedByXnnpack,
      .cure = "correct the model's clamp and export again"},
     clamps_sound},
    {{.id = "XNN039",
      .severity = Severity::Warning,
      .title = "nodes have known flags only",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch passes them on; XNNPACK refuses flags that it does not know",
      .cure = kExportProgramAgain},
     node_flags_known},
    {{.id = "XNN040",
      .severity = Severity::Note,
      .title = "values of a graph are used",
      .cause = "an exporter that left values of fused operators",
      .effect = "none but some bytes",
      .cure = "none is needed"},
     values_used},
};

}  // namespace

std::span<const Rule> xnn_kind_rules() { return kRules; }

}  // namespace ptetool::verify
