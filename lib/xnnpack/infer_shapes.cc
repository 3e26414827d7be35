// The shapes of a whole graph, node by node: proved before any kernel of either backend touches memory.
#include <algorithm>

#include "ptetool/base/text.h"
#include "xnnpack/graph_plan.h"
#include "xnnpack/node_shapes.h"

namespace ptetool::xnn {

namespace {

// Every input but a bias has to be there.
std::size_t operands_needed(NodeKind kind) {
  const NodeKindInfo* info = find_node_kind(kind);
  if (!info) return 0;
  const bool has_bias = std::ranges::any_of(
      info->fields, [](const NodeField& field) { return field.kind == FieldKind::Input && field.name == "bias"; });
  return info->inputs - (has_bias ? 1 : 0);
}

// Tensors of more elements are refused before anybody gives them memory: both ways of executing touch all of it.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 30;
// Of all values together: XNNPACK plans its workspace from them.
constexpr std::int64_t kMaxTotalElements = std::int64_t{1} << 35;

}  // namespace

Result<std::vector<Sizes>> GraphPlan::infer_shapes(std::vector<Sizes> shapes) const {
  std::vector<bool> known(graph().values.size(), false);
  std::int64_t total = 0;
  shapes.resize(graph().values.size());
  for (std::size_t i = 0; i < graph().values.size(); ++i) {
    const Value& value = graph().values[i];
    known[i] = value.external_input();
    if (value.constant_buffer_idx == 0) continue;
    shapes[i] = Sizes(value.dims);
    known[i] = true;
  }
  for (std::size_t n = 0; n < graph().nodes.size(); ++n) {
    const Node& node = graph().nodes[n];
    const auto located = [&](Failure failure) {
      Error error = std::move(failure).value();
      error.path = indexed("xnodes", n);
      error.message = node_kind_name(node.kind) + ": " + error.message;
      return Failure(std::move(error));
    };
    std::vector<Sizes> inputs;
    for (const Operand& operand : node.inputs) {
      if (operand.id == kInvalidId) continue;
      const auto index = index_of(operand.id);
      if (!index || !known[*index]) {
        return located(mismatch("operand '" + std::string(operand.role) + "' has no value yet"));
      }
      inputs.push_back(shapes[*index]);
    }
    const ShapeRule rule = shape_rule(node.kind);
    std::vector<std::size_t> outputs;
    for (const Operand& operand : node.outputs) {
      const auto index = index_of(operand.id);
      const bool writable =
          index && graph().values[*index].constant_buffer_idx == 0 && !graph().values[*index].external_input();
      if (!writable) return located(mismatch("cannot write its output"));
      outputs.push_back(*index);
    }
    if (!rule || inputs.empty() || outputs.empty()) return located(mismatch("cannot be executed"));
    if (inputs.size() < operands_needed(node.kind)) {
      return located(mismatch("an operand is missing"));
    }
    auto shape = rule({node, inputs});
    if (!shape) return located(forward_error(std::move(shape)));
    const auto count = checked_numel(shape->span());
    if (!count || *count > kMaxElements) return located(mismatch("the result is too large"));
    total += *count;
    if (total > kMaxTotalElements) return located(mismatch("the values so far are too large together"));
    for (const std::size_t output : outputs) {
      shapes[output] = *shape;
      known[output] = true;
    }
  }
  for (const std::size_t output : outputs_) {
    if (!known[output]) return mismatch("no node gives the output of id " + std::to_string(graph().values[output].id));
  }
  return shapes;
}

std::vector<Sizes> GraphPlan::declared_shapes() const {
  std::vector<Sizes> shapes;
  for (const Value& value : graph().values) shapes.emplace_back(value.dims);
  return shapes;
}

std::vector<Sizes> GraphPlan::smallest_shapes() const {
  const std::vector<Sizes> declared = declared_shapes();
  std::vector<Sizes> shapes = declared;
  for (const std::size_t input : inputs()) {
    if (shapes[input].size() < 2) continue;
    std::fill(shapes[input].begin(), shapes[input].end() - 1, 1);
  }
  auto smallest = infer_shapes(std::move(shapes));
  if (!smallest) return declared;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const Sizes& shape = (*smallest)[i];
    // Nodes fix the last dim of most values, and it decides about kernels.
    if (shape.size() != declared[i].size() || shape.empty() || shape[shape.size() - 1] != declared[i][shape.size() - 1])
      return declared;
  }
  return std::move(*smallest);
}

}  // namespace ptetool::xnn
