// INS: the instructions of methods: what they name, and where they go on (format-facts 5.6).

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

std::string value_range(std::int64_t index, const pte::ExecutionPlan& plan) {
  return "names value " + std::to_string(index) + " of " + std::to_string(plan.values.size());
}

void instructions_known(const pte::Program& program, Context& context) {
  each_instruction_of<pte::UnknownInstruction>(
      program, [&](const pte::UnknownInstruction& unknown, const InstructionAt& at) {
        context.report(at.path(), at.offset(),
                       unknown.type == 0   ? std::string("has no content")
                       : unknown.type <= 5 ? "is of kind " + std::to_string(unknown.type) + " but has no content"
                                           : "is of the unknown kind " + std::to_string(unknown.type));
      });
}

void operators_exist(const pte::Program& program, Context& context) {
  each_instruction_of<pte::KernelCall>(program, [&](const pte::KernelCall& call, const InstructionAt& at) {
    if (operator_of(at.plan, call)) return;
    context.report(
        at.path("op_index"), at.offset(),
        "is " + std::to_string(call.op_index) + ", the method has " + counted(at.plan.operators.size(), "operator"));
  });
}

void delegates_exist(const pte::Program& program, Context& context) {
  each_instruction_of<pte::DelegateCall>(program, [&](const pte::DelegateCall& call, const InstructionAt& at) {
    if (in_range(call.delegate_index, at.plan.delegates.size())) return;
    context.report(at.path("delegate_index"), at.offset(),
                   "is " + std::to_string(call.delegate_index) + ", the method has " +
                       counted(at.plan.delegates.size(), "delegate"));
  });
}

void calls_have_args(const pte::Program& program, Context& context) {
  each_instruction_of<pte::KernelCall>(program, [&](const pte::KernelCall& call, const InstructionAt& at) {
    if (!call.args.data()) context.report(at.path("args"), at.offset(), "is absent");
  });
  each_instruction_of<pte::DelegateCall>(program, [&](const pte::DelegateCall& call, const InstructionAt& at) {
    if (!call.args.data()) context.report(at.path("args"), at.offset(), "is absent");
  });
}

void args_inside(std::span<const std::int32_t> args, const InstructionAt& at, Context& context) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (at.plan.find_value(args[i])) continue;
    context.report(at.path(indexed("args", i)), at.offset(), value_range(args[i], at.plan));
  }
}

void kernel_args_inside(const pte::Program& program, Context& context) {
  each_instruction_of<pte::KernelCall>(
      program, [&](const pte::KernelCall& call, const InstructionAt& at) { args_inside(call.args, at, context); });
}

void delegate_args_inside(const pte::Program& program, Context& context) {
  each_instruction_of<pte::DelegateCall>(
      program, [&](const pte::DelegateCall& call, const InstructionAt& at) { args_inside(call.args, at, context); });
}

void operands_inside(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    each_instruction(plan, p, [&](const InstructionAt& at) {
      const auto check = [&](std::int32_t index, std::string_view field) {
        if (!plan.find_value(index)) context.report(at.path(field), at.offset(), value_range(index, plan));
      };
      const auto& content = at.instruction.content;
      if (const auto* move = std::get_if<pte::MoveCall>(&content)) {
        check(move->move_from, "move_from");
        check(move->move_to, "move_to");
      }
      if (const auto* jump = std::get_if<pte::JumpFalseCall>(&content))
        check(jump->cond_value_index, "cond_value_index");
      if (const auto* release = std::get_if<pte::FreeCall>(&content)) check(release->value_index, "value_index");
    });
  });
}

void jumps_inside(const pte::Program& program, Context& context) {
  each_instruction_of<pte::JumpFalseCall>(program, [&](const pte::JumpFalseCall& jump, const InstructionAt& at) {
    const std::size_t count = at.chain.instructions.size();
    // One behind the last is the usual way to the end.
    if (in_range(jump.destination_instruction, count + 1)) return;
    context.report(
        at.path("destination_instruction"), at.offset(),
        "is " + std::to_string(jump.destination_instruction) + ", the chain has " + counted(count, "instruction"));
  });
}

constexpr Rule kRules[] = {
    {{.id = "INS001",
      .guards_execution = true,
      .title = "every instruction is of a known kind and has its content",
      .cause = "a release newer than this tool, or a damaged program",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program with a release up to v1.4.1"},
     instructions_known},
    {{.id = "INS002",
      .guards_execution = true,
      .title = "kernel calls name an operator of the method",
      .cause = "a damaged program, or a tool that renumbered operators",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     operators_exist},
    {{.id = "INS003",
      .guards_execution = true,
      .title = "delegate calls name a delegate of the method",
      .cause = "a damaged program, or a tool that removed delegates",
      .effect = "ExecuTorch loads the method and fails with Internal when the call is reached",
      .cure = "export the program again"},
     delegates_exist},
    {{.id = "INS004",
      .title = "calls have a list of args",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write an empty vector instead of none"},
     calls_have_args},
    {{.id = "INS005",
      .guards_execution = true,
      .title = "args of kernel calls are values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     kernel_args_inside},
    {{.id = "INS006",
      .guards_execution = true,
      .title = "args of delegate calls are values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     delegate_args_inside},
    {{.id = "INS007",
      .guards_execution = true,
      .title = "moves, jumps and frees name values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     operands_inside},
    {{.id = "INS008",
      .severity = Severity::Warning,
      .title = "jumps go to an instruction of the chain or to its end",
      .cause = "a damaged program, or a tool that removed instructions",
      .effect = "ExecuTorch does not check this: the chain ends there",
      .cure = "export the program again"},
     jumps_inside},
};

}  // namespace

std::span<const Rule> ins_rules() { return kRules; }

}  // namespace ptetool::verify
