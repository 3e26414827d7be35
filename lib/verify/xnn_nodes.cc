// XNN: the nodes of graphs inside XNNPACK delegates: operands and order (format-facts 3.2).
#include <unordered_set>

#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;

using xnn::NodeKind;

void nodes_known(const GraphSubject& subject, Context& context) {
  for (std::size_t i = 0; i < subject.graph.nodes.size(); ++i) {
    const xnn::Node& node = subject.graph.nodes[i];
    if (node.known) continue;
    const bool listed = static_cast<int>(node.kind) <= xnn::kNodeKinds;
    context.report(node_path(subject, i), node.offset,
                   node.kind == NodeKind::None
                       ? std::string("has no kind")
                       : xnn::node_kind_name(node.kind) + (listed ? " has no content" : " is unknown"));
  }
}

bool may_be_absent(const xnn::Operand& operand) { return operand.role == "bias" && operand.id == xnn::kInvalidId; }

// "xnodes[2].filter_id".
std::string operand_path(const GraphSubject& subject, std::size_t node, const xnn::Operand& operand) {
  return node_path(subject, node, std::string(operand.role) + "_id");
}

void operands_exist(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    for (const auto* operands : {&node.inputs, &node.outputs}) {
      for (const xnn::Operand& operand : *operands) {
        if (may_be_absent(operand)) continue;
        const xnn::Value* value = subject.graph.find_value(operand.id);
        if (value && value->known) continue;
        context.report(operand_path(subject, i, operand), node.offset,
                       "names value " + std::to_string(operand.id) + ", which does not exist");
      }
    }
  });
}

void defined_before_use(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> defined;
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t) {
    if (is_constant(value) || value.external_input()) defined.insert(value.id);
  });
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    for (const xnn::Operand& operand : node.inputs) {
      if (may_be_absent(operand) || defined.contains(operand.id) || !subject.graph.find_value(operand.id)) continue;
      context.report(operand_path(subject, i, operand), node.offset,
                     "value " + std::to_string(operand.id) + " is used before anything has written it");
    }
    for (const xnn::Operand& operand : node.outputs) defined.insert(operand.id);
  });
}

void written_once(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> written;
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    for (const xnn::Operand& operand : node.outputs) {
      const xnn::Value* value = subject.graph.find_value(operand.id);
      if (!value) continue;
      if (is_constant(*value) || value->external_input()) {
        context.report(operand_path(subject, i, operand), node.offset,
                       "writes value " + std::to_string(operand.id) + ", which is " +
                           (is_constant(*value) ? "a constant" : "an input"));
      } else if (!written.insert(operand.id).second) {
        context.report(operand_path(subject, i, operand), node.offset,
                       "writes value " + std::to_string(operand.id) + " a second time");
      }
    }
  });
}

void outputs_written(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> written;
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t) {
    for (const xnn::Operand& operand : node.outputs) written.insert(operand.id);
  });
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (value.external_output() && !written.contains(value.id)) {
      context.report(value_path(subject, i), value.offset, "is an output that no node writes");
    }
  });
}

void nodes_implemented(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::ScaledDotProductAttention) return;
    context.report(node_path(subject, i), node.offset,
                   "ScaledDotProductAttention is in the schema, but no runtime of ExecuTorch executes it");
  });
}

constexpr Rule kRules[] = {
    {{.id = "XNN024",
      .guards_execution = true,
      .title = "every node is of a known kind",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch refuses the method with NotImplemented",
      .cure = kExportProgramAgain},
     nodes_known},
    {{.id = "XNN025",
      .guards_execution = true,
      .title = "operands of nodes exist",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch throws an exception that nobody catches",
      .cure = kExportProgramAgain},
     operands_exist},
    {{.id = "XNN026",
      .guards_execution = true,
      .title = "values are written before they are used",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this; XNNPACK refuses the graph or reads through a null pointer",
      .cure = kExportProgramAgain},
     defined_before_use},
    {{.id = "XNN027",
      .guards_execution = true,
      .title = "values are written once, and neither constants nor inputs are",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this; results are undefined",
      .cure = kExportProgramAgain},
     written_once},
    {{.id = "XNN028",
      .guards_execution = true,
      .title = "outputs of a graph are written",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this; the output holds whatever was in its memory",
      .cure = kExportProgramAgain},
     outputs_written},
    {{.id = "XNN029",
      .severity = Severity::Warning,
      .title = "nodes are of kinds that ExecuTorch executes",
      .cause = "an exporter between v0.2 and v0.5 with the experimental attention node",
      .effect = "ExecuTorch refuses the method with NotImplemented; ptetool executes it",
      .cure = "export with a later release for runtimes of ExecuTorch"},
     nodes_implemented},
};

}  // namespace

std::span<const Rule> xnn_node_rules() { return kRules; }

}  // namespace ptetool::verify
