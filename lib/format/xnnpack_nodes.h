// What reading nodes needs of the schema, between the blob reader (xnnpack_blob.cc) and the table of node kinds
// (xnnpack_node_kinds.cc).
#pragma once

#include "ptetool/format/xnnpack_graph.h"
#include "xnnpack_graph_generated.h"

namespace ptetool::xnn {

// Where field `index` of a table is found in its vtable.
constexpr flatbuffers::voffset_t vtable_entry(std::size_t index) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * index);
}

// The node that a verified XNode table describes; `offset` is where the table lies in the blob.
Node read_node(const fb::xnn::XNode& table, std::uint64_t offset);

}  // namespace ptetool::xnn
