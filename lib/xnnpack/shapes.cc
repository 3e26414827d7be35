// Which shape each kind of node gives, and whether its operands fit: a rule per kind.
#include <algorithm>
#include <array>

#include "ptetool/base/text.h"
#include "xnnpack/graph_plan.h"
#include "xnnpack/node_shapes.h"

namespace ptetool::xnn {

namespace {

Result<Sizes> same(const NodeShapes& node) { return node.inputs[0]; }

// Trailing dims are aligned; a size of 1 stretches.
Result<Sizes> broadcast_two(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  Sizes result = Sizes::filled(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t from_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t from_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) {
      return mismatch("the shapes " + shape_text(a) + " and " + shape_text(b) + " do not broadcast");
    }
    result[result.size() - 1 - i] = from_a == 1 ? from_b : from_a;
  }
  return result;
}

Result<Sizes> broadcast(const NodeShapes& node) { return broadcast_two(node.inputs[0].span(), node.inputs[1].span()); }

// [.., in] x [out, in] (or [in, out]) -> [.., out]; a bias has out elements.
Result<Sizes> fully_connected(const NodeShapes& node) {
  const Sizes& input = node.inputs[0];
  const Sizes& filter = node.inputs[1];
  if (input.empty() || filter.size() != 2) {
    return mismatch("takes an input of rank 1 or more and a filter of rank 2, not " + shape_text(input.span()) +
                    " and " + shape_text(filter.span()));
  }
  const bool transposed = (node.node.flags & kTransposeWeights) != 0;
  const std::int64_t in = filter[transposed ? 0 : 1];
  const std::int64_t out = filter[transposed ? 1 : 0];
  if (input[input.size() - 1] != in) {
    return mismatch("the input " + shape_text(input.span()) + " does not end in the filter's " + std::to_string(in) +
                    " input channels");
  }
  if (node.inputs.size() > 2 && numel(node.inputs[2].span()) != out) {
    return mismatch("the bias " + shape_text(node.inputs[2].span()) + " does not have the filter's " +
                    std::to_string(out) + " output channels");
  }
  Sizes result = input;
  result[result.size() - 1] = out;
  return result;
}

Result<Sizes> transpose(const NodeShapes& node) {
  const auto perm = node.node.list("perm");
  const Sizes& input = node.inputs[0];
  std::array<bool, kMaxRank> seen{};
  if (perm.size() != input.size()) {
    return mismatch("a permutation of " + counted(perm.size(), "dim") + " does not fit " + shape_text(input.span()));
  }
  Sizes result = input;
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] >= perm.size() || seen[perm[i]]) return mismatch(shape_text(perm) + " is no permutation");
    seen[perm[i]] = true;
    result[i] = input[perm[i]];
  }
  return result;
}

// One size of 0 stands for what the others leave (format-facts 3.3).
Result<Sizes> reshape(const NodeShapes& node) {
  const auto wanted = node.node.list("new_shape");
  if (wanted.size() > kMaxRank) return mismatch("a shape of " + counted(wanted.size(), "dim") + " is too long");
  Sizes result{wanted};
  const std::int64_t count = numel(node.inputs[0].span());
  std::optional<std::size_t> inferred;
  std::int64_t product = 1;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == 0) {
      if (inferred) return mismatch("the new shape " + shape_text(wanted) + " leaves two sizes open");
      inferred = i;
      continue;
    }
    const auto next = checked_mul(product, result[i]);
    if (!next) return mismatch("the new shape " + shape_text(wanted) + " describes no tensor");
    product = *next;
  }
  if (inferred) {
    result[*inferred] = count / product;
    product *= result[*inferred];
  }
  if (product != count) {
    return mismatch("the shape " + shape_text(node.inputs[0].span()) + " cannot become " + shape_text(wanted));
  }
  return result;
}

Result<Sizes> concatenate(const NodeShapes& node) {
  const std::uint32_t axis = node.node.number("axis");
  Sizes result = node.inputs[0];
  if (axis >= result.size()) return mismatch("the axis " + std::to_string(axis) + " does not exist");
  for (const Sizes& input : node.inputs.subspan(1)) {
    if (input.size() != result.size()) return mismatch("the inputs are of different ranks");
    for (std::size_t d = 0; d < result.size(); ++d) {
      if (d != axis && input[d] != result[d]) {
        return mismatch("the shapes " + shape_text(result.span()) + " and " + shape_text(input.span()) +
                        " differ beside the axis " + std::to_string(axis));
      }
    }
    const auto sum = checked_add(result[axis], input[axis]);
    if (!sum) return mismatch("the concatenation is too large");
    result[axis] = *sum;
  }
  return result;
}

// A size of 0 reaches to the end.
Result<Sizes> slice(const NodeShapes& node) {
  const auto offsets = node.node.list("offsets");
  const auto sizes = node.node.list("sizes");
  Sizes result = node.inputs[0];
  if (offsets.size() != result.size() || sizes.size() != result.size()) {
    return mismatch("the slice does not have the rank of " + shape_text(result.span()));
  }
  for (std::size_t d = 0; d < result.size(); ++d) {
    const std::int64_t size = sizes[d] == 0 ? result[d] - std::int64_t{offsets[d]} : std::int64_t{sizes[d]};
    if (size < 0 || std::int64_t{offsets[d]} + size > result[d]) {
      return mismatch("the slice leaves dim " + std::to_string(d) + " of " + shape_text(result.span()));
    }
    result[d] = size;
  }
  return result;
}

Result<Sizes> batch_matrix_multiply(const NodeShapes& node) {
  const Sizes& a = node.inputs[0];
  const Sizes& b = node.inputs[1];
  if (a.size() < 2 || b.size() < 2) return mismatch("takes matrices");
  const bool transposed = (node.node.flags & kTransposeWeights) != 0;
  const std::int64_t k = b[b.size() - (transposed ? 1 : 2)];
  const std::int64_t n = b[b.size() - (transposed ? 2 : 1)];
  if (a[a.size() - 1] != k) {
    return mismatch("the matrices " + shape_text(a.span()) + " and " + shape_text(b.span()) + " do not fit");
  }
  PTETOOL_ASSIGN(Sizes result, broadcast_two(a.span().first(a.size() - 2), b.span().first(b.size() - 2)));
  if (result.size() + 2 > kMaxRank) return mismatch("the rank is too high");
  result.push_back(a[a.size() - 2]);
  result.push_back(n);
  return result;
}

Result<Sizes> pad(const NodeShapes& node) {
  const auto before = node.node.list("pre_paddings");
  const auto after = node.node.list("post_paddings");
  Sizes result = node.inputs[0];
  if (before.size() != result.size() || after.size() != result.size()) {
    return mismatch("the padding does not have the rank of " + shape_text(result.span()));
  }
  for (std::size_t d = 0; d < result.size(); ++d) result[d] += std::int64_t{before[d]} + std::int64_t{after[d]};
  return result;
}

}  // namespace

ShapeRule shape_rule(NodeKind kind) {
  switch (kind) {
    case NodeKind::Add:
    case NodeKind::Subtract:
    case NodeKind::Multiply:
    case NodeKind::Div:
    case NodeKind::Minimum:
    case NodeKind::Maximum:
    case NodeKind::PReLU: return broadcast;
    case NodeKind::Softmax:
    case NodeKind::Sigmoid:
    case NodeKind::Clamp:
    case NodeKind::Floor:
    case NodeKind::SquareRoot:
    case NodeKind::Ceiling:
    case NodeKind::Hardswish:
    case NodeKind::LeakyReLU:
    case NodeKind::Negate:
    case NodeKind::Square:
    case NodeKind::ELU:
    case NodeKind::Abs:
    case NodeKind::ReciprocalSquareRoot:
    case NodeKind::Log:
    case NodeKind::Gelu:
    case NodeKind::Tanh:
    case NodeKind::Exp:
    case NodeKind::Sin:
    case NodeKind::Cos:
    case NodeKind::Convert:
    case NodeKind::Copy: return same;
    case NodeKind::FullyConnected: return fully_connected;
    case NodeKind::StaticTranspose: return transpose;
    case NodeKind::StaticReshape: return reshape;
    case NodeKind::Concatenate2:
    case NodeKind::Concatenate3:
    case NodeKind::Concatenate4:
    case NodeKind::Concatenate5: return concatenate;
    case NodeKind::StaticSlice: return slice;
    case NodeKind::BatchMatrixMultiply: return batch_matrix_multiply;
    case NodeKind::StaticConstantPad: return pad;
    case NodeKind::Conv2d: return convolution_shape;
    case NodeKind::DepthwiseConv2d: return depthwise_convolution_shape;
    case NodeKind::ConvTranspose2d: return transposed_convolution_shape;
    case NodeKind::ArgMaxPooling2d:
    case NodeKind::MaxPooling2d:
    case NodeKind::AvgPooling2d: return pooling_shape;
    case NodeKind::GlobalAvgPooling2d: return global_pooling_shape;
    case NodeKind::StaticResizeBilinear2D: return resize_shape;
    default: return nullptr;
  }
}

bool has_shape_rule(NodeKind kind) {
  return shape_rule(kind) != nullptr || kind == NodeKind::ScaledDotProductAttention;  // written in other nodes
}

}  // namespace ptetool::xnn
