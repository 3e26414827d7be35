// The table is small because nodes compute with real numbers whatever their operands' datatypes; what is left are
// datatypes that only some nodes can give or take.
#include "ptetool/format/xnnpack_types.h"

#include <algorithm>

namespace ptetool::xnn {

namespace {

bool is_number(Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::PFp32:
    case Datatype::Fp16:
    case Datatype::Bf16:
    case Datatype::QInt8:
    case Datatype::QUInt8: return true;
    default: return false;
  }
}

bool writes(NodeKind kind, std::size_t output, Datatype type) {
  switch (type) {
    case Datatype::QDInt8:
    case Datatype::QPInt8: return kind == NodeKind::Convert;
    case Datatype::Int32: return moves_elements(kind) || (kind == NodeKind::ArgMaxPooling2d && output == 1);
    default: return is_number(type);
  }
}

bool reads(NodeKind kind, std::string_view role, Datatype type) {
  switch (type) {
    case Datatype::Int32: return moves_elements(kind);
    case Datatype::QDInt8:
    case Datatype::QPInt8:
      return (multiplies_filter(kind) && role == "input1") || kind == NodeKind::BatchMatrixMultiply;
    case Datatype::QCInt8:
      return (multiplies_filter(kind) && role == "filter") || kind == NodeKind::BatchMatrixMultiply;
    case Datatype::QCInt4:
    case Datatype::QBInt4: return kind == NodeKind::FullyConnected && role == "filter";
    case Datatype::QInt32:
    case Datatype::QCInt32: return multiplies_filter(kind) && role == "bias";
    default: return is_number(type);
  }
}

bool four_bits(Datatype type) { return type == Datatype::QCInt4 || type == Datatype::QBInt4; }

bool constant_only(Datatype type) {
  return four_bits(type) || type == Datatype::QCInt8 || type == Datatype::QCInt32 || type == Datatype::QInt32;
}

class Search {
 public:
  explicit Search(const Graph& graph) : graph_(graph) {}

  std::vector<TypeProblem> run() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      if (!node.known) continue;
      for (const Operand& operand : node.inputs) check_input(n, operand);
      for (std::size_t o = 0; o < node.outputs.size(); ++o) check_output(n, o);
      if (multiplies_filter(node.kind)) check_channels(n);
    }
    return std::move(problems_);
  }

 private:
  const Value* find(std::uint32_t id) const {
    const Value* value = graph_.find_value(id);
    return value && value->known ? value : nullptr;
  }

  void report(TypeProblem::Kind kind, std::size_t node, std::string_view role, std::string message) {
    problems_.push_back({kind, node, std::string(role), std::move(message)});
  }

  void check_input(std::size_t n, const Operand& operand) {
    const Value* value = find(operand.id);
    if (!value || !datatype_bits(value->datatype)) return;
    const NodeKind kind = graph_.nodes[n].kind;
    if (!reads(kind, operand.role, value->datatype)) {
      report(TypeProblem::Kind::Datatype, n, operand.role,
             "is " + datatype_name(value->datatype) + ", which " + node_kind_name(kind) + " does not read there");
    } else if (constant_only(value->datatype) && value->constant_buffer_idx == 0) {
      report(TypeProblem::Kind::Datatype, n, operand.role,
             "is " + datatype_name(value->datatype) + ", which only constants can be");
    } else if (four_bits(value->datatype) && value->dims.size() != 2) {
      report(TypeProblem::Kind::Datatype, n, operand.role, "has 4 bits, which only a matrix can have");
    }
  }

  void check_output(std::size_t n, std::size_t output) {
    const Node& node = graph_.nodes[n];
    const Value* value = find(node.outputs[output].id);
    if (!value || !datatype_bits(value->datatype) || writes(node.kind, output, value->datatype)) return;
    report(TypeProblem::Kind::Datatype, n, node.outputs[output].role,
           "is " + datatype_name(value->datatype) + ", which " + node_kind_name(node.kind) + " does not write");
  }

  void check_channels(std::size_t n) {
    const Node& node = graph_.nodes[n];
    const Value* filter = find(node.input("filter"));
    if (!filter || filter->dims.empty()) return;
    const std::size_t wanted = output_channel_dim(node, *filter);
    const auto* channel = std::get_if<PerChannelQuant>(&filter->quant);
    if (channel && channel->channel_dim != static_cast<std::int32_t>(wanted)) {
      report(TypeProblem::Kind::Channels, n, "filter",
             "has scales along dim " + std::to_string(channel->channel_dim) + ", the output channels are dim " +
                 std::to_string(wanted));
    }
    if (std::holds_alternative<PerChannelGroupQuant>(filter->quant) && wanted != 0) {
      report(TypeProblem::Kind::Channels, n, "filter", "has scales for groups, and its output channels are dim 1");
    }
    const Value* bias = find(node.input("bias"));
    const auto* each = bias ? std::get_if<PerChannelQuant>(&bias->quant) : nullptr;
    if (each && (each->channel_dim != 0 || bias->dims.size() != 1)) {
      report(TypeProblem::Kind::Channels, n, "bias", "has scales for channels, and is no list of channels");
    }
  }

  const Graph& graph_;
  std::vector<TypeProblem> problems_;
};

}  // namespace

bool moves_elements(NodeKind kind) {
  switch (kind) {
    case NodeKind::StaticTranspose:
    case NodeKind::StaticReshape:
    case NodeKind::StaticSlice:
    case NodeKind::Copy:
    case NodeKind::Concatenate2:
    case NodeKind::Concatenate3:
    case NodeKind::Concatenate4:
    case NodeKind::Concatenate5: return true;
    default: return false;
  }
}

bool multiplies_filter(NodeKind kind) {
  return kind == NodeKind::FullyConnected || kind == NodeKind::Conv2d || kind == NodeKind::DepthwiseConv2d ||
         kind == NodeKind::ConvTranspose2d;
}

std::size_t output_channel_dim(const Node& node, const Value& filter) {
  const bool last = node.kind == NodeKind::DepthwiseConv2d ||
                    (node.kind == NodeKind::FullyConnected && (node.flags & kTransposeWeights) != 0);
  return last && !filter.dims.empty() ? filter.dims.size() - 1 : 0;
}

std::vector<TypeProblem> type_problems(const Graph& graph) { return Search(graph).run(); }

}  // namespace ptetool::xnn
