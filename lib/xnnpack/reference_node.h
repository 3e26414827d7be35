// What a reference kernel sees of a node, and the kernels over images.
#pragma once

#include <span>

#include "ptetool/format/xnnpack_graph.h"
#include "ptetool/tensor/shape.h"

namespace ptetool::xnn {

struct ReferenceOperand {
  const Sizes& sizes;
  const float* data;
};

// Shapes have passed the node's shape rule; elements lie in row-major order.
struct NodeCall {
  const Node& node;
  std::span<const ReferenceOperand> inputs;  // without missing operands
  const Sizes& sizes;                        // of the output
  float* output;
};

void convolution(const NodeCall& call);
void depthwise_convolution(const NodeCall& call);
void transposed_convolution(const NodeCall& call);
void max_pooling(const NodeCall& call);
void average_pooling(const NodeCall& call);
void global_average_pooling(const NodeCall& call);
void resize_bilinear(const NodeCall& call);

}  // namespace ptetool::xnn
