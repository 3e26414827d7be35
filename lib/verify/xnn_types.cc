// XNN: datatypes of operands, and scales that lie in constant data (format-facts 3.4).
#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"
#include "ptetool/tensor/scales.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

void report_problems(const GraphSubject& subject, Context& context, xnn::TypeProblem::Kind kind) {
  for (const xnn::TypeProblem& problem : xnn::type_problems(subject.graph)) {
    if (problem.kind != kind) continue;
    context.report(node_path(subject, problem.node, problem.role + "_id"), subject.graph.nodes[problem.node].offset,
                   problem.message);
  }
}

void operands_of_datatypes(const GraphSubject& subject, Context& context) {
  report_problems(subject, context, xnn::TypeProblem::Kind::Datatype);
}

void scales_of_channels(const GraphSubject& subject, Context& context) {
  report_problems(subject, context, xnn::TypeProblem::Kind::Channels);
}

// The bytes of a constant, wherever they are; empty where they cannot be had.
ByteView constant_bytes(const Model& model, const xnn::Graph& graph, std::uint32_t index) {
  if (index >= graph.constants.size()) return {};
  if (const auto& key = graph.constants[index].named_key) {
    const auto entries = model.find(*key);
    if (entries.empty() || !model.entries[entries.front()].bytes) return {};
    return *model.entries[entries.front()].bytes;
  }
  return graph.constant_bytes(index).value_or(ByteView());
}

// The first of `count` numbers that is no scale; nullopt if there is none. Too few of them are another rule's business.
std::optional<std::uint64_t> first_bad_scale(ByteView bytes, std::uint64_t count, bool bfloat16) {
  count = std::min<std::uint64_t>(count, bytes.size() / (bfloat16 ? 2 : 4));
  return bfloat16 ? first_abnormal_bfloat16(bytes, count) : first_abnormal_float(bytes, count);
}

void stored_scales_positive(const Model& model, Context& context) {
  for (const LinkedDelegate& delegate : model.delegates) {
    if (!delegate.graph || !*delegate.graph) continue;
    const xnn::Graph& graph = **delegate.graph;
    if (!plausible_lists(graph)) continue;
    const GraphSubject subject{graph,
                               indexed("execution_plan", delegate.plan) + "." + indexed("delegates", delegate.index)};
    const std::uint64_t start = model.program->offset_of(*delegate.payload);
    each_known_value(graph, [&](const xnn::Value& value, std::size_t i) {
      const auto check = [&](std::uint32_t index, std::uint32_t count, bool bfloat16) {
        if (index == 0) return;
        const auto bad = first_bad_scale(constant_bytes(model, graph, index), count, bfloat16);
        if (!bad) return;
        context.report(value_path(subject, i, "scale_buffer_idx"), start + value.offset,
                       "scale " + std::to_string(*bad) + " of constant " + std::to_string(index) +
                           " is no positive normal number");
      };
      if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) {
        check(channel->scale_buffer_idx, channel->num_scales, false);
      }
      if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) {
        check(group->scale_buffer_idx, group->num_scales, true);
      }
    });
  }
}

constexpr Rule kRules[] = {
    {{.id = "XNN046",
      .guards_execution = true,
      .title = "operands have datatypes that their nodes read and write",
      .cause = kDamagedPayload,
      .effect = "XNNPACK refuses most such graphs, and computes nonsense or crashes in others",
      .cure = kExportProgramAgain},
     operands_of_datatypes},
    {{.id = "XNN047",
      .guards_execution = true,
      .title = "scales of filters belong to output channels",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     scales_of_channels},
    {{.id = "XNN048",
      .guards_execution = true,
      .title = "scales in constant data are positive and normal",
      .cause = "a model with a degenerate tensor (all zeros), or a damaged data file",
      .effect = kRefusedByXnnpack,
      .cure = "calibrate with data that exercise the tensor, or give the data file that was exported with the program"},
     stored_scales_positive},
};

}  // namespace

std::span<const Rule> xnn_type_rules() { return kRules; }

}  // namespace ptetool::verify
