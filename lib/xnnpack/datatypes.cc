// The table is small because nodes compute with real numbers whatever their operands' datatypes; what is left are
// datatypes that only some nodes can give or take.
#include "xnnpack/datatypes.h"

#include <unordered_map>

#include "ptetool/base/text.h"
#include "xnnpack/numbers.h"

namespace ptetool::xnn {

namespace {

bool writable(NodeKind kind, std::size_t output, Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::Fp16:
    case Datatype::Bf16:
    case Datatype::QInt8:
    case Datatype::QUInt8: return true;
    case Datatype::QDInt8: return kind == NodeKind::Convert;
    case Datatype::Int32: return moves_elements(kind) || (kind == NodeKind::ArgMaxPooling2d && output == 1);
    default: return false;
  }
}

bool readable(NodeKind kind, std::string_view role, Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::Fp16:
    case Datatype::Bf16:
    case Datatype::QInt8:
    case Datatype::QUInt8: return true;
    case Datatype::Int32: return moves_elements(kind);
    case Datatype::QDInt8: return multiplies_filter(kind) || kind == NodeKind::BatchMatrixMultiply;
    case Datatype::QCInt8:
      return (multiplies_filter(kind) && role == "filter") || kind == NodeKind::BatchMatrixMultiply;
    case Datatype::QCInt4:
    case Datatype::QBInt4: return kind == NodeKind::FullyConnected && role == "filter";
    case Datatype::QInt32:
    case Datatype::QCInt32: return multiplies_filter(kind) && role == "bias";
    default: return false;
  }
}

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

Result<> prove_datatypes(const Graph& graph) {
  std::unordered_map<std::uint32_t, const Value*> by_id;
  for (const Value& value : graph.values) by_id.emplace(value.id, &value);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const auto wrong = [&](std::string_view role, const Value& value, std::string_view verb) {
      return fail(ErrorCode::Malformed, "", indexed("xnodes", n),
                  node_kind_name(node.kind) + " does not " + std::string(verb) + " " + datatype_name(value.datatype) +
                      " (" + std::string(role) + ")");
    };
    for (const Operand& operand : node.inputs) {
      const auto found = by_id.find(operand.id);
      if (operand.id == kInvalidId || found == by_id.end()) continue;
      const Value& value = *found->second;
      if (!readable(node.kind, operand.role, value.datatype)) return wrong(operand.role, value, "read");
      const bool four_bits = value.datatype == Datatype::QCInt4 || value.datatype == Datatype::QBInt4;
      if (four_bits && (value.dims.size() != 2 || value.constant_buffer_idx == 0)) {
        return fail(ErrorCode::Malformed, "", indexed("xnodes", n), "a 4-bit filter is no constant matrix");
      }
      const bool constant_only = value.datatype == Datatype::QCInt8 || value.datatype == Datatype::QCInt32;
      if (constant_only && value.constant_buffer_idx == 0) return wrong(operand.role, value, "read a changing");
    }
    for (std::size_t o = 0; o < node.outputs.size(); ++o) {
      const auto found = by_id.find(node.outputs[o].id);
      if (found == by_id.end()) continue;
      if (!writable(node.kind, o, found->second->datatype)) return wrong(node.outputs[o].role, *found->second, "write");
    }
  }
  return {};
}

}  // namespace ptetool::xnn
