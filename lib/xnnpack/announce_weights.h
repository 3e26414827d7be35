// Tells the weight store what XNNPACK is about to pack.
#pragma once

#include <cstddef>
#include <span>

#include "xnnpack/define_node.h"
#include "xnnpack/defined_values.h"
#include "xnnpack/graph_plan.h"
#include "xnnpack/weight_session.h"

namespace ptetool::xnn {

// For a node of a filter, whose operands are defined: the bytes of filter and bias, and everything of the node that
// goes into the packing or might. `inputs` and `output` are indices of values; there may be no bias (kNoOperand).
void announce_weights(const GraphPlan& plan, const DefinedValues& defined, const NodeDefinition& definition,
                      std::span<const std::size_t> inputs, std::size_t output, WeightSession& weights);

}  // namespace ptetool::xnn
