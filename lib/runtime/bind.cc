// Binds instructions to operators.
#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "runtime/load_steps.h"

namespace ptetool {

namespace {

// Value indices whose kind may change while the method runs: what prim operators and moves write.
std::unordered_set<std::int64_t> changing_values(const pte::ExecutionPlan& plan) {
  std::unordered_set<std::int64_t> changing;
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) changing.insert(move->move_to);
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (!call || call->args.empty()) continue;
      const auto* op = find_operator(plan.operators[static_cast<std::size_t>(call->op_index)].full_name());
      if (!op || op->schema.outputs == 0) changing.insert(call->args.back());
    }
  }
  return changing;
}

bool touches(const Value& value, std::int64_t index, const std::unordered_set<std::int64_t>& changing) {
  if (changing.contains(index)) return true;
  const auto any = [&](const auto& items) {
    return std::ranges::any_of(items, [&](auto item) { return changing.contains(item); });
  };
  if (const auto* ints = std::get_if<IntListRef>(&value)) return any(ints->items);
  if (const auto* tensors = std::get_if<TensorListRef>(&value)) return any(tensors->items);
  if (const auto* optional = std::get_if<OptionalTensorListRef>(&value)) return any(optional->items);
  return false;
}

}  // namespace

Result<> bind_instructions(MethodState& state) {
  const auto changing = changing_values(*state.plan);
  for (std::size_t c = 0; c < state.plan->chains.size(); ++c) {
    const auto& instructions = state.plan->chains[c].instructions;
    std::vector<BoundInstruction> bound(instructions.size());
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      const auto* call = std::get_if<pte::KernelCall>(&instructions[i].content);
      if (!call) continue;
      bound[i].op = find_operator(state.plan->operators[static_cast<std::size_t>(call->op_index)].full_name());
      bound[i].accepts_no_data = bound[i].op->schema.name.starts_with("executorch_prim::") ||
                                 bound[i].op->schema.name.starts_with("aten::sym_");
      bound[i].kinds_fixed = std::ranges::none_of(call->args, [&](std::int32_t arg) {
        return arg < 0 || static_cast<std::size_t>(arg) >= state.values.size() ||
               touches(state.values[static_cast<std::size_t>(arg)], arg, changing);
      });
      if (!bound[i].kinds_fixed) continue;
      if (auto checked = check_call(*bound[i].op, state.values, call->args); !checked) {
        Error error = std::move(checked).error();
        error.file = state.model->program->file->name();
        error.path = state.plan_path + "." + indexed("chains", c) + "." + indexed("instructions", i);
        error.offset = instructions[i].offset;
        return Failure(std::move(error));
      }
    }
    state.chains.push_back(std::move(bound));
  }
  return {};
}

}  // namespace ptetool
