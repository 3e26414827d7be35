// Which datatypes the values of a node may have.
#pragma once

#include "ptetool/base/result.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::xnn {

// Proves that every node reads what can be read as numbers and writes what can be written: dynamic quantisation comes
// from Convert nodes only, indices from ArgMaxPooling2d, filters of 4 bits are matrices. Errors: Malformed, naming the
// node.
Result<> prove_datatypes(const Graph& graph);

// Moves elements without looking at them: transpose, reshape, slice, copy, concatenate.
bool moves_elements(NodeKind kind);
// Sums products with a filter: FullyConnected and the convolutions.
bool multiplies_filter(NodeKind kind);

}  // namespace ptetool::xnn
