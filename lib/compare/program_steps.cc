// Instructions of methods and nodes of graphs as steps.
#include <algorithm>
#include <unordered_map>

#include "compare/graph_names.h"
#include "compare/steps.h"
#include "layout/words.h"

namespace ptetool::compare {

namespace {

// Items of lists in one method that are looked at.
constexpr std::size_t kMostItems = std::size_t{1} << 20;

// A value that is no input and has no content is made by the first instruction that mentions it.
class PlanSteps {
 public:
  PlanSteps(const Model& model, std::size_t plan, const WeightList& weights, const std::vector<std::string>& digests)
      : plan_(model.program->execution_plan[plan]), plan_index_(plan), weights_(weights), digests_(digests) {
    for (std::size_t i = 0; i < plan_.inputs.size(); ++i) inputs_.try_emplace(plan_.inputs[i], i);
    std::size_t begin = 0;
    for (const pte::Chain& chain : plan_.chains) {
      for (const pte::Instruction& instruction : chain.instructions) add(instruction, begin);
      begin = steps_.size();
    }
  }

  Steps take() { return std::move(steps_); }

 private:
  void add(const pte::Instruction& instruction, std::size_t chain_begin) {
    step_ = {};
    if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
      const auto index = static_cast<std::size_t>(call->op_index);
      step_.name = call->op_index >= 0 && index < plan_.operators.size() ? plan_.operators[index].full_name()
                                                                         : "operator " + std::to_string(call->op_index);
      // The result is named twice, as the last argument and as what is returned.
      const bool repeated = call->args.size() > 1 && call->args.back() == call->args[call->args.size() - 2];
      arguments(call->args.first(call->args.size() - (repeated ? 1 : 0)));
    } else if (const auto* to = std::get_if<pte::DelegateCall>(&instruction.content)) {
      const auto index = static_cast<std::size_t>(to->delegate_index);
      const bool exists = to->delegate_index >= 0 && index < plan_.delegates.size();
      step_.name = "delegate " + (exists ? std::string(plan_.delegates[index].id) : "that does not exist");
      if (exists) {
        step_.delegate = index;
        step_.digest = digests_[index];
      }
      arguments(to->args);
    } else if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) {
      step_.name = "move";
      argument(move->move_from);
      argument(move->move_to);
    } else if (const auto* jump = std::get_if<pte::JumpFalseCall>(&instruction.content)) {
      step_.name = "jump if false";
      argument(jump->cond_value_index);
      const auto target = static_cast<std::size_t>(std::max(jump->destination_instruction, 0));
      step_.arguments.push_back({"target", {Source::Kind::Target, chain_begin + target, 0}});
    } else if (const auto* release = std::get_if<pte::FreeCall>(&instruction.content)) {
      step_.name = "free";
      argument(release->value_index);
    } else {
      const auto* unknown = std::get_if<pte::UnknownInstruction>(&instruction.content);
      step_.name = "instruction kind " + std::to_string(unknown ? unknown->type : 0);
    }
    steps_.push_back(std::move(step_));
  }

  void arguments(std::span<const std::int32_t> indices) {
    for (const std::int32_t index : indices) argument(index);
  }

  void argument(std::int64_t index) {
    const pte::Value* value = index >= 0 && static_cast<std::size_t>(index) < plan_.values.size()
                                  ? &plan_.values[static_cast<std::size_t>(index)]
                                  : nullptr;
    if (!value) {
      step_.arguments.push_back({index < 0 ? "none" : "no such value", {}});
      return;
    }
    if (const auto* list = std::get_if<pte::TensorList>(&value->content)) return items(list->items);
    if (const auto* list = std::get_if<pte::OptionalTensorList>(&value->content)) return items(list->items);
    const pte::Tensor* tensor = value->tensor();
    Argument argument;
    argument.words = tensor ? tensor_words(*tensor) : std::string(pte::kind_name(*value));
    if (const auto input = inputs_.find(index); input != inputs_.end()) {
      argument.source = {Source::Kind::Input, input->second, 0};
    } else if (const auto weight = weights_.of_value.find({plan_index_, static_cast<std::size_t>(index)});
               weight != weights_.of_value.end()) {
      argument.source = {Source::Kind::Weight, weight->second, 0};
    } else if (tensor || produced_.contains(index) || dynamic(*value)) {
      const auto [place, fresh] = produced_.try_emplace(index, std::pair(steps_.size(), step_.arguments.size()));
      argument.source = {Source::Kind::Produced, place->second.first, place->second.second};
    } else {
      argument.words = layout::value_words(plan_, index);
    }
    step_.arguments.push_back(std::move(argument));
  }

  // A number that only its user mentions is a literal; one that another instruction wrote was found already.
  static bool dynamic(const pte::Value& value) { return std::holds_alternative<pte::UnknownValue>(value.content); }

  static std::string tensor_words(const pte::Tensor& tensor) {
    const std::string order = layout::dim_order_words(tensor.dim_order);
    return layout::type_text(tensor) + (order.empty() ? "" : ", " + order);
  }

  // A list may be of any length and in many places: its items are arguments, but not without limit.
  void items(std::span<const std::int32_t> indices) {
    step_.arguments.push_back({"list of " + std::to_string(indices.size()), {}});
    const std::size_t count = std::min(indices.size(), items_left_);
    items_left_ -= count;
    for (const std::int32_t index : indices.first(count)) {
      const bool nested = index >= 0 && static_cast<std::size_t>(index) < plan_.values.size() &&
                          !plan_.values[static_cast<std::size_t>(index)].tensor();
      if (nested) {
        step_.arguments.push_back({"no tensor", {}});
      } else {
        argument(index);
      }
    }
  }

  const pte::ExecutionPlan& plan_;
  std::size_t plan_index_;
  const WeightList& weights_;
  const std::vector<std::string>& digests_;
  std::unordered_map<std::int64_t, std::size_t> inputs_;
  std::unordered_map<std::int64_t, std::pair<std::size_t, std::size_t>> produced_;
  std::size_t items_left_ = kMostItems;
  Step step_;
  Steps steps_;
};

}  // namespace

Steps steps_of(const Model& model, std::size_t plan, const WeightList& weights,
               const std::vector<std::string>& digests) {
  return PlanSteps(model, plan, weights, digests).take();
}

Steps steps_of(const xnn::Graph& graph, const WeightList& weights) {
  std::unordered_map<std::uint32_t, std::size_t> values;  // index by id
  for (std::size_t v = 0; v < graph.values.size(); ++v) values.try_emplace(graph.values[v].id, v);
  std::unordered_map<std::uint32_t, std::pair<std::size_t, std::size_t>> produced;
  Steps steps;
  for (const xnn::Node& node : graph.nodes) {
    Step step;
    step.name = xnn::node_kind_name(node.kind);
    step.attributes = layout::attribute_words(node);
    const auto argument = [&](std::uint32_t id) {
      const auto found = values.find(id);
      if (found == values.end()) {
        step.arguments.push_back({id == xnn::kInvalidId ? "none" : "no such value", {}});
        return;
      }
      const xnn::Value& value = graph.values[found->second];
      Argument made;
      made.words = layout::type_text(value);
      const auto weight = weights.of_graph_value.find({&graph, static_cast<std::uint32_t>(found->second)});
      if (weight != weights.of_graph_value.end()) {
        made.source = {Source::Kind::Weight, weight->second, 0};
      } else {
        const std::string quant = layout::quant_words(value.quant);
        if (!quant.empty()) made.words += ", " + quant;
        if (value.external_input() || value.external_output()) {
          made.source = {Source::Kind::Input, value.external_id, 0};
        } else {
          const auto [place, fresh] = produced.try_emplace(id, std::pair(steps.size(), step.arguments.size()));
          made.source = {Source::Kind::Produced, place->second.first, place->second.second};
        }
      }
      step.arguments.push_back(std::move(made));
    };
    for (const xnn::Operand& operand : node.inputs) argument(operand.id);
    for (const xnn::Operand& operand : node.outputs) argument(operand.id);
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace ptetool::compare
