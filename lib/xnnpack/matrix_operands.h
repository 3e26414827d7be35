// Which datatypes XNNPACK multiplies with one another: the operands of FullyConnected and of convolutions.
#pragma once

#include <cstddef>
#include <span>

#include "xnnpack/compile.h"
#include "xnnpack/define_node.h"
#include "xnnpack/defined_values.h"

namespace ptetool::xnn {

inline constexpr std::size_t kNoOperand = static_cast<std::size_t>(-1);  // in the place of a bias that is not there

// Defines `inputs` (indices of input, filter and bias) and `output` for the node, each in a datatype that goes with the
// others. The output stays open where the node is to give float32. Errors: Unsupported.
Result<> use_matrix_operands(const GraphPlan& plan, Precision precision, std::span<const std::size_t> inputs,
                             std::size_t output, DefinedValues& defined, NodeDefinition& definition);

}  // namespace ptetool::xnn
