// What a reference kernel sees of a node.
#pragma once

#include <cstdint>
#include <span>

#include "ptetool/format/xnnpack_graph.h"
#include "ptetool/tensor/shape.h"

namespace ptetool::xnn {

// Elements lie in row-major order; shapes have passed the node's shape rule.
struct ReferenceOperand {
  const Sizes& sizes;
  const float* data;
};
struct NodeCall {
  const Node& node;
  std::span<const ReferenceOperand> inputs;  // without missing operands
  const Sizes& sizes;                        // of the output
  float* output;
};

// Any node over real numbers that neither only moves elements nor has a filter.
void execute_real(const NodeCall& call);

void max_pooling(const NodeCall& call);
void average_pooling(const NodeCall& call);
void global_average_pooling(const NodeCall& call);
void resize_bilinear(const NodeCall& call);
// The maxima, and where in its window each lies (row by row; the first of equals).
void arg_max_pooling(const NodeCall& call, std::int32_t* indices);

// The same for elements of some width.
struct MoveOperand {
  const Sizes& sizes;
  const void* data;
};
struct MoveCall {
  const Node& node;
  std::span<const MoveOperand> inputs;
  const Sizes& sizes;
  void* output;
};
// Transpose, reshape, slice, copy, concatenate over elements of 1, 2 or 4 bytes.
void move_elements(const MoveCall& call, std::size_t element_bytes);

}  // namespace ptetool::xnn
