// Which datatypes the values of a node may have: what runtimes can read as numbers, and write.
#pragma once

#include <string>
#include <vector>

#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::xnn {

// Moves elements without looking at them: transpose, reshape, slice, copy, concatenate.
bool moves_elements(NodeKind kind);
// Sums products with a filter: FullyConnected and the convolutions.
bool multiplies_filter(NodeKind kind);
// The dim of a node's filter that counts output channels.
std::size_t output_channel_dim(const Node& node, const Value& filter);

struct TypeProblem {
  enum class Kind {
    Datatype,  // a node does not read or write this datatype, or only from constants
    Channels,  // the scales of a filter or bias do not belong to the output channels
  };
  Kind kind{};
  std::size_t node = 0;
  std::string role;  // of the operand
  std::string message;
};

// All problems, node by node: dynamic quantisation comes from Convert only, indices from ArgMaxPooling2d; filters of 4
// bits are constant matrices [out, in]. Operands that do not exist are passed over.
std::vector<TypeProblem> type_problems(const Graph& graph);

}  // namespace ptetool::xnn
