// A node on its way into an XNNPACK subgraph.
#pragma once

#include <xnnpack.h>

#include <array>

#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::xnn {

// Ids are XNNPACK's.
struct NodeDefinition {
  xnn_subgraph_t subgraph;
  const Node& node;
  std::array<std::uint32_t, 5> inputs;  // XNN_INVALID_VALUE_ID where there is none
  std::uint32_t output;
  std::uint32_t second_output;
  float min;
  float max;
  bool alike = false;  // do the operands have one shape, whatever it is?
};

// Adds the node. The datatypes of its values are ones that XNNPACK takes for it: XNNPACK relies on that in places.
xnn_status define_node(const NodeDefinition& definition);

}  // namespace ptetool::xnn
