// What is known about the values of a method without executing it.
#include "verify/walk.h"

#include "ptetool/ops/operator.h"

namespace ptetool::verify {

std::unordered_set<std::int64_t> changing_values(const pte::ExecutionPlan& plan) {
  // Per operator: does its call replace the value in its return slot? Unknown operators may.
  std::vector<bool> replaces(plan.operators.size(), true);
  for (std::size_t i = 0; i < plan.operators.size(); ++i) {
    const pte::Operator& op = plan.operators[i];
    if (op.name.size() + op.overload.size() >= kOperatorNameLimit) continue;
    const BoundOperator* known = find_operator(op.full_name());
    replaces[i] = !known || known->schema.outputs == 0;
  }
  std::unordered_set<std::int64_t> changing;
  each_instruction(plan, 0, [&](const InstructionAt& at) {
    if (const auto* move = std::get_if<pte::MoveCall>(&at.instruction.content)) changing.insert(move->move_to);
    const auto* call = std::get_if<pte::KernelCall>(&at.instruction.content);
    if (!call || call->args.empty() || !in_range(call->op_index, replaces.size())) return;
    if (replaces[static_cast<std::size_t>(call->op_index)]) changing.insert(call->args.back());
  });
  return changing;
}

}  // namespace ptetool::verify
