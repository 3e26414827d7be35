// Reads a node by the table of its kind: a list of fields is all that it takes. What nodes answer about themselves, by
// the names of their fields.
#include "format/xnnpack_nodes.h"

#include <algorithm>

#include "format/flatbuffer.h"

namespace ptetool::xnn {

namespace fb = ptetool::fb::xnn;

namespace {

std::uint32_t operand_id(const std::vector<Operand>& operands, std::string_view role) {
  const auto found = std::ranges::find(operands, role, &Operand::role);
  return found == operands.end() ? kInvalidId : found->id;
}

template <class T>
T attribute_value(const std::vector<Attribute>& attributes, std::string_view name, T fallback) {
  const auto found = std::ranges::find(attributes, name, &Attribute::name);
  const T* value = found == attributes.end() ? nullptr : std::get_if<T>(&found->value);
  return value ? *value : fallback;
}

}  // namespace

Node read_node(const fb::XNode& table, std::uint64_t offset) {
  Node node;
  node.kind = static_cast<NodeKind>(table.xnode_union_type());
  node.debug_handle = table.debug_handle();
  if (const auto* range = table.output_min_max()) {
    node.output_min_max = OutputMinMax{range->output_min(), range->output_max()};
  }
  node.offset = offset;
  const NodeKindInfo* info = find_node_kind(node.kind);
  node.known = info && table.xnode_union();
  if (!node.known) return node;
  // The generated accessors of all node tables do just this, each for its own fields.
  const auto& members = *static_cast<const flatbuffers::Table*>(table.xnode_union());
  node.inputs.reserve(info->inputs);
  node.outputs.reserve(info->outputs);
  for (std::size_t i = 0; i < info->fields.size(); ++i) {
    const NodeField& field = info->fields[i];
    const flatbuffers::voffset_t entry = vtable_entry(i);
    switch (field.kind) {
      case FieldKind::Input:
        if (node.inputs.size() < info->inputs) {
          node.inputs.push_back({field.name, members.GetField<std::uint32_t>(entry, 0)});
        }
        break;
      case FieldKind::Output: node.outputs.push_back({field.name, members.GetField<std::uint32_t>(entry, 0)}); break;
      case FieldKind::Number: node.attributes.push_back({field.name, members.GetField<std::uint32_t>(entry, 0)}); break;
      case FieldKind::Real: node.attributes.push_back({field.name, members.GetField<float>(entry, 0)}); break;
      case FieldKind::List:
        node.attributes.push_back(
            {field.name, format::items(members.GetPointer<const flatbuffers::Vector<std::uint32_t>*>(entry))});
        break;
      case FieldKind::Flags: node.flags = members.GetField<std::uint32_t>(entry, 0); break;
    }
  }
  return node;
}

std::uint32_t Node::input(std::string_view role) const { return operand_id(inputs, role); }

std::uint32_t Node::output(std::string_view role) const { return operand_id(outputs, role); }

std::uint32_t Node::number(std::string_view name, std::uint32_t fallback) const {
  return attribute_value(attributes, name, fallback);
}

float Node::real(std::string_view name, float fallback) const { return attribute_value(attributes, name, fallback); }

std::span<const std::uint32_t> Node::list(std::string_view name) const {
  return attribute_value(attributes, name, std::span<const std::uint32_t>());
}

}  // namespace ptetool::xnn
