// What a shape rule sees of a node, the rule of each kind, and the rules of nodes over images.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/format/xnnpack_graph.h"
#include "ptetool/tensor/shape.h"

namespace ptetool::xnn {

struct NodeShapes {
  const Node& node;
  std::span<const Sizes> inputs;  // in the node's order, without missing operands
};

using ShapeRule = Result<Sizes> (*)(const NodeShapes&);
// The rule of a kind; null where there is none.
ShapeRule shape_rule(NodeKind kind);

inline Failure mismatch(std::string message) { return fail(ErrorCode::Mismatch, std::move(message)); }

// Images are [batch, height, width, channels]; filter layouts are those of format-facts 3.3.
Result<Sizes> convolution_shape(const NodeShapes& node);
Result<Sizes> depthwise_convolution_shape(const NodeShapes& node);
Result<Sizes> transposed_convolution_shape(const NodeShapes& node);
Result<Sizes> pooling_shape(const NodeShapes& node);
Result<Sizes> global_pooling_shape(const NodeShapes& node);
Result<Sizes> resize_shape(const NodeShapes& node);

// The axes that a GlobalAvgPooling2d goes over: height and width, unless it was lowered from an operator (lowering.h).
std::vector<std::size_t> reduced_axes(const Node& node);

// The numbers of a window that moves over an image, along one axis; all below kMaxWindow.
struct WindowAxis {
  std::int64_t kernel, stride, dilation, before, after;

  std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
};
struct Window {
  WindowAxis height, width;
};
inline constexpr std::uint32_t kMaxWindow = 1u << 24;
// Of a convolution or a pooling node. Errors: Mismatch (zero or implausibly large numbers).
Result<Window> window_of(const Node& node);

}  // namespace ptetool::xnn
