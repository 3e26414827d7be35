// The graph of a delegate as a part of a larger one: its values and nodes are taken over, and its external values are
// what the stretch has in their place. So delegates one after the other, and the operators between them, become one
// graph, and what only they read is never written to the program's memory. Delegates that each quantise the same value,
// as those of queries, keys and values do, share what comes out.
#include <algorithm>

#include "xnnpack/graph_plan.h"
#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

// Where the value and the tensor lie in memory alike.
std::optional<Layout> common_layout(const Value& value, const Tensor& tensor) {
  if (value.dims.size() != std::max<std::size_t>(tensor.rank(), 1)) return std::nullopt;
  return is_channels_last(tensor) ? Layout::ChannelsLast : Layout::Plain;
}

// Both are quantised alike, as far as a value says it itself.
bool same_quantisation(const Value& a, const Value& b) {
  if (a.datatype != b.datatype || !std::ranges::equal(a.dims, b.dims)) return false;
  const auto* tensor = std::get_if<PerTensorQuant>(&a.quant);
  const auto* token = std::get_if<PerTokenDynamicQuant>(&a.quant);
  if (const auto* other = std::get_if<PerTensorQuant>(&b.quant); other && tensor) {
    return other->scale == tensor->scale && other->zero_point == tensor->zero_point;
  }
  const auto* other = std::get_if<PerTokenDynamicQuant>(&b.quant);
  return other && token && other->num_nonbatch_dims == token->num_nonbatch_dims;
}

}  // namespace

// What a conversion that is there already made of the same value; nullopt: there is none.
std::optional<std::uint32_t> Lowering::converted(std::uint32_t input, std::uint32_t output) {
  const Value& wanted = graph().values[output];
  for (const auto& [from, to] : conversions_) {
    if (from == input && same_quantisation(graph().values[to], wanted)) return to;
  }
  conversions_.emplace_back(input, output);
  return std::nullopt;
}

bool Lowering::add_delegate(const RunOperator& op) {
  const auto plan = find_plan_ ? find_plan_(*op.delegate) : nullptr;
  if (!plan) return false;
  // The tensor behind each argument of the call.
  std::vector<std::size_t> tensors(op.args.size());
  for (std::size_t a = 0, out = 0; a < tensors.size(); ++a) {
    if (op.tensors[a].empty() && out == op.results.size()) return false;
    tensors[a] = op.tensors[a].empty() ? op.results[out++] : op.tensors[a].front();
  }
  std::unordered_map<std::uint32_t, std::uint32_t> ids;
  std::unordered_map<std::uint32_t, std::size_t> outputs;  // tensors by the new ids of values
  const auto& values = plan->graph().values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool external = values[i].external_input() || values[i].external_output();
    std::optional<Layout> layout;
    if (external) {
      if (values[i].external_id >= tensors.size() || values[i].datatype != Datatype::Fp32) return false;
      const std::size_t tensor = tensors[values[i].external_id];
      layout = common_layout(values[i], described(tensor));
      const bool input = !op.tensors[values[i].external_id].empty();
      if (!layout || !is_plain_enough(tensor) || values[i].external_input() != input) return false;
      if (input) {
        ids[values[i].id] = value(tensor, *layout);
        continue;
      }
    }
    Value adopted = values[i];
    adopted.id = static_cast<std::uint32_t>(graph().values.size());
    adopted.flags = 0;
    adopted.external_id = kInvalidId;
    ids[values[i].id] = adopted.id;
    adopted_[adopted.id] = {plan, i};
    graph().values.push_back(std::move(adopted));
    if (!layout) continue;
    const std::size_t tensor = tensors[values[i].external_id];
    define(tensor, *layout, ids[values[i].id]);
    outputs[ids[values[i].id]] = tensor;
  }
  for (const Node& node : plan->graph().nodes) {
    Node added = node;
    for (auto* operands : {&added.inputs, &added.outputs}) {
      for (Operand& operand : *operands) {
        if (operand.id == kInvalidId) continue;
        const auto found = ids.find(operand.id);
        if (found == ids.end()) return false;
        operand.id = found->second;
      }
    }
    if (node.kind == NodeKind::Convert && !outputs.contains(added.outputs[0].id)) {
      if (const auto same = converted(added.inputs[0].id, added.outputs[0].id)) {
        ids[node.outputs[0].id] = *same;
        continue;
      }
    }
    if (node.kind == NodeKind::Softmax) {
      const auto from = outputs.find(added.inputs[0].id);
      const auto to = outputs.find(added.outputs[0].id);
      if (from != outputs.end() && to != outputs.end()) is_softmax_of(to->second, from->second);
    }
    graph().nodes.push_back(std::move(added));
  }
  spend(kCallOverhead, 0);
  return true;
}

}  // namespace ptetool::xnn
