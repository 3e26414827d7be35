// From a delegate's graph to an XNNPACK subgraph.
#pragma once

#include <xnnpack.h>

#include <memory>

#include "ptetool/base/result.h"
#include "xnnpack/graph_plan.h"

namespace ptetool::xnn {

struct SubgraphDelete {
  void operator()(xnn_subgraph_t subgraph) const { xnn_delete_subgraph(subgraph); }
};
using Subgraph = std::unique_ptr<std::remove_pointer_t<xnn_subgraph_t>, SubgraphDelete>;

// Defines every value and node; external values keep their external ids. Errors: Unsupported, naming the value or node
// that XNNPACK refused.
Result<Subgraph> compile(const GraphPlan& plan);

// XNNPACK's status in words.
std::string status_text(xnn_status status);

}  // namespace ptetool::xnn
