// XNN: what each kind of node inside XNNPACK delegates demands (format-facts 3.2).
#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;

using xnn::NodeKind;

// The value of an input operand, if it can be looked at.
const xnn::Value* input_value(const xnn::Graph& graph, const xnn::Node& node, std::string_view role) {
  const xnn::Value* value = graph.find_value(node.input(role));
  return value && sound_dims(*value) ? value : nullptr;
}

std::string rank_text(const xnn::Value& value) { return counted(value.dims.size(), "dimension"); }

void transposes_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticTranspose) return;
    const auto perm = node.list("perm");
    const bool counted_right = perm.size() == node.number("num_dims") && perm.size() <= kMaxDims;
    std::uint32_t seen = 0;
    if (counted_right) {
      for (const std::uint32_t item : perm) seen |= item < kMaxDims ? 1u << item : 1u << 31;
    }
    if (!counted_right || seen != (1u << perm.size()) - 1) {
      context.report(node_path(subject, i, "perm"), node.offset,
                     perm.size() > kMaxDims ? "has " + std::to_string(perm.size()) + " items"
                                            : "is " + shape_text(perm) + ", not a permutation of num_dims = " +
                                                  std::to_string(node.number("num_dims")));
      return;
    }
    const xnn::Value* input = input_value(subject.graph, node, "input");
    if (input && input->dims.size() != perm.size()) {
      context.report(node_path(subject, i, "perm"), node.offset,
                     "has " + counted(perm.size(), "item") + ", the input has " + rank_text(*input));
    }
  });
}

void reshapes_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticReshape) return;
    const auto shape = node.list("new_shape");
    if (shape.size() != node.number("num_dims") || shape.size() > kMaxDims) {
      context.report(
          node_path(subject, i, "new_shape"), node.offset,
          "has " + counted(shape.size(), "item") + ", num_dims is " + std::to_string(node.number("num_dims")));
    } else if (std::ranges::count(shape, 0u) > 1) {
      context.report(node_path(subject, i, "new_shape"), node.offset,
                     "is " + shape_text(shape) + ", only one item can be inferred (0)");
    }
  });
}

void slices_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticSlice) return;
    const std::size_t offsets = node.list("offsets").size();
    const std::size_t sizes = node.list("sizes").size();
    const xnn::Value* input = input_value(subject.graph, node, "input");
    const std::uint32_t count = node.number("num_dims");
    if (offsets == count && sizes == count && count <= kMaxDims && (!input || input->dims.size() == count)) return;
    context.report(node_path(subject, i), node.offset,
                   counted(offsets, "offset") + " and " + counted(sizes, "size") + " for num_dims = " +
                       std::to_string(count) + (input ? " and an input of " + rank_text(*input) : std::string()));
  });
}

void pads_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticConstantPad) return;
    const std::size_t before = node.list("pre_paddings").size();
    const std::size_t after = node.list("post_paddings").size();
    const xnn::Value* input = input_value(subject.graph, node, "input");
    if (before == after && before <= kMaxDims && (!input || input->dims.size() == before)) return;
    context.report(node_path(subject, i), node.offset,
                   counted(before, "padding") + " before and " + std::to_string(after) + " behind" +
                       (input ? " an input of " + rank_text(*input) : std::string()));
  });
}

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
    const bool transposed = (node.flags & 1u) != 0;
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
    {{.id = "XNN030",
      .guards_execution = true,
      .title = "transposes permute all dimensions of their input",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from perm without looking how many there are",
      .cure = kExportProgramAgain},
     transposes_sound},
    {{.id = "XNN031",
      .guards_execution = true,
      .title = "reshapes have a shape with at most one size to infer",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from new_shape without looking how many there are",
      .cure = kExportProgramAgain},
     reshapes_sound},
    {{.id = "XNN032",
      .guards_execution = true,
      .title = "slices have an offset and a size for every dimension",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from both lists without looking how many there are",
      .cure = kExportProgramAgain},
     slices_sound},
    {{.id = "XNN033",
      .guards_execution = true,
      .title = "pads have two paddings for every dimension",
      .cause = kDamagedPayload,
      .effect = kReadsForeignMemory,
      .cure = kExportProgramAgain},
     pads_sound},
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
