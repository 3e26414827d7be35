// From a delegate's graph to an XNNPACK subgraph.
#pragma once

#include <xnnpack.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "ptetool/base/result.h"
#include "xnnpack/graph_plan.h"
#include "xnnpack/weight_session.h"

namespace ptetool::xnn {

struct SubgraphDelete {
  void operator()(xnn_subgraph_t subgraph) const { xnn_delete_subgraph(subgraph); }
};
using Subgraph = std::unique_ptr<std::remove_pointer_t<xnn_subgraph_t>, SubgraphDelete>;

// Which kernels are wanted where XNNPACK has some for the datatypes of a graph.
enum class Precision {
  Native,  // those of the datatypes
  Real,    // float32 between conversions, for a CPU or for scales that the others do not do
};

struct CompiledGraph {
  Subgraph subgraph;
  std::unique_ptr<WeightSession> weights;
  std::deque<std::vector<float>> constants;  // converted ones, which XNNPACK reads for as long as the runtime lives
};

// Defines every node, and the values that nodes need; external values keep their external ids. Weights are announced to
// a session of the store. Errors: Unsupported, naming the value or node that XNNPACK refused.
// XNNPACK sees the shapes given here, per value, until the first execution reshapes the graph.
Result<CompiledGraph> compile(const GraphPlan& plan, Precision precision, std::span<const Sizes> shapes,
                              std::shared_ptr<WeightStore> store);

}  // namespace ptetool::xnn
