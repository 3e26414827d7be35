// INS: conditions of jumps, what is freed, and whether loops end (format-facts 5.6).
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

void conditions_are_bool(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto changing = changing_values(plan);
    each_instruction(plan, p, [&](const InstructionAt& at) {
      const auto* jump = std::get_if<pte::JumpFalseCall>(&at.instruction.content);
      const pte::Value* value = jump ? plan.find_value(jump->cond_value_index) : nullptr;
      if (!value || changing.contains(jump->cond_value_index)) return;
      if (std::holds_alternative<pte::Bool>(value->content) ||
          std::holds_alternative<pte::UnknownValue>(value->content))
        return;
      const pte::Tensor* tensor = value->tensor();
      if (tensor && tensor->scalar_type == ScalarType::Bool) return;
      context.report(at.path("cond_value_index"), at.offset(),
                     "is " + (tensor ? "a tensor of " + dtype_name(tensor->scalar_type) : a_kind(*value)) +
                         ", a condition is a Bool or a bool tensor");
    });
  });
}

void freed_are_tensors(const pte::Program& program, Context& context) {
  each_instruction_of<pte::FreeCall>(program, [&](const pte::FreeCall& call, const InstructionAt& at) {
    const pte::Value* value = at.plan.find_value(call.value_index);
    if (!value || value->tensor()) return;
    context.report(at.path("value_index"), at.offset(), "is " + a_kind(*value) + ", only tensors can be freed");
  });
}

// The constant that decides a jump, where nothing ever writes it.
std::optional<bool> fixed_condition(const pte::ExecutionPlan& plan, const pte::JumpFalseCall& jump,
                                    const std::unordered_set<std::int64_t>& changing) {
  const pte::Value* value = plan.find_value(jump.cond_value_index);
  const auto* boolean = value ? std::get_if<pte::Bool>(&value->content) : nullptr;
  if (!boolean || changing.contains(jump.cond_value_index)) return std::nullopt;
  return boolean->value;
}

void loops_end(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto changing = changing_values(plan);
    each_instruction(plan, p, [&](const InstructionAt& at) {
      const auto* jump = std::get_if<pte::JumpFalseCall>(&at.instruction.content);
      if (!jump || jump->destination_instruction < 0) return;
      if (static_cast<std::size_t>(jump->destination_instruction) > at.index) return;
      if (fixed_condition(plan, *jump, changing) != false) return;
      context.report(at.path(), at.offset(), "jumps back on a condition that is false for ever");
    });
  });
}

void all_reachable(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto changing = changing_values(plan);
    for (std::size_t c = 0; c < plan.chains.size(); ++c) {
      const auto& instructions = plan.chains[c].instructions;
      std::vector<bool> reached(instructions.size(), false);
      std::vector<std::size_t> open = {0};
      while (!open.empty()) {
        std::size_t i = open.back();
        open.pop_back();
        for (; i < instructions.size() && !reached[i]; ++i) {
          reached[i] = true;
          const auto* jump = std::get_if<pte::JumpFalseCall>(&instructions[i].content);
          if (!jump) continue;
          const auto fixed = fixed_condition(plan, *jump, changing);
          if (jump->destination_instruction >= 0 && fixed != true) {
            open.push_back(static_cast<std::size_t>(jump->destination_instruction));
          }
          if (fixed == false) break;
        }
      }
      for (std::size_t i = 0; i < instructions.size(); ++i) {
        if (reached[i]) continue;
        context.report(InstructionAt{plan, plan.chains[c], instructions[i], p, c, i}.path(), instructions[i].offset,
                       "is never reached");
      }
    }
  });
}

constexpr Rule kRules[] = {
    {{.id = "INS013",
      .guards_execution = true,
      .title = "conditions of jumps are Bools or bool tensors",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch fails with InvalidProgram when the jump is reached",
      .cure = "export the program again"},
     conditions_are_bool},
    {{.id = "INS014",
      .guards_execution = true,
      .title = "only tensors are freed",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch aborts the process when the instruction is reached",
      .cure = "export the program again"},
     freed_are_tensors},
    {{.id = "INS015",
      .severity = Severity::Warning,
      .title = "loops can end",
      .cause = "a damaged program",
      .effect = "ExecuTorch fails with InvalidProgram after 10,000,000 instructions",
      .cure = "export the program again"},
     loops_end},
    {{.id = "INS016",
      .severity = Severity::Note,
      .title = "every instruction can be reached",
      .cause = "a condition that is constant, or a tool that changed jumps",
      .effect = "none but some bytes",
      .cure = "none is needed"},
     all_reachable},
};

}  // namespace

std::span<const Rule> ins_flow_rules() { return kRules; }

}  // namespace ptetool::verify
