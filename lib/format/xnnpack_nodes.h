// The bridge between the node table (xnnpack_nodes.cc) and the blob reader (xnnpack_blob.cc).
#pragma once

#include "ptetool/format/xnnpack_graph.h"
#include "xnnpack_graph_generated.h"

namespace ptetool::xnn {

// The node that a verified XNode table describes; `offset` is where the table lies in the blob.
Node read_node(const fb::xnn::XNode& table, std::uint64_t offset);

}  // namespace ptetool::xnn
