// OPS: the operator tables of methods (format-facts 5.6, 6).
#include <unordered_map>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "ptetool/ops/operator.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

struct OperatorAt {
  const pte::Operator& op;
  std::size_t plan;
  std::size_t index;
  std::string path(std::string_view field = {}) const {
    std::string path = plan_path(plan) + "." + indexed("operators", index);
    if (!field.empty()) path += "." + std::string(field);
    return path;
  }
  bool named() const { return !op.name.empty() && op.name.size() + op.overload.size() < kOperatorNameLimit; }
};

template <class Function>
void each_operator(const pte::Program& program, Function&& function) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t i = 0; i < plan.operators.size(); ++i) function(OperatorAt{plan.operators[i], p, i});
  });
}

void names_present(const pte::Program& program, Context& context) {
  each_operator(program, [&](const OperatorAt& at) {
    if (at.op.name.empty()) context.report(at.path("name"), at.op.offset, "is absent or empty");
  });
}

void overloads_present(const pte::Program& program, Context& context) {
  each_operator(program, [&](const OperatorAt& at) {
    if (!at.op.overload.data()) context.report(at.path("overload"), at.op.offset, "is absent");
  });
}

void names_short(const pte::Program& program, Context& context) {
  each_operator(program, [&](const OperatorAt& at) {
    const std::size_t length = at.op.name.size() + at.op.overload.size() + (at.op.overload.empty() ? 0 : 1);
    if (length < kOperatorNameLimit) return;
    context.report(at.path("name"), at.op.offset,
                   "with its overload has " + std::to_string(length) + " bytes, the limit is 99");
  });
}

void operators_known(const pte::Program& program, Context& context) {
  each_operator(program, [&](const OperatorAt& at) {
    if (!at.named() || find_operator(at.op.full_name())) return;
    context.report(at.path(), at.op.offset,
                   quoted(at.op.full_name()) + " is no operator of the portable, quantized or LLM libraries");
  });
}

void operators_executable(const pte::Program& program, Context& context) {
  each_operator(program, [&](const OperatorAt& at) {
    if (!at.named()) return;
    const BoundOperator* known = find_operator(at.op.full_name());
    if (known && !known->row->kernel)
      context.report(at.path(), at.op.offset, quoted(at.op.full_name()) + " has no kernel here yet");
  });
}

void operators_used(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    std::unordered_set<std::int64_t> used;
    each_instruction(plan, p, [&](const InstructionAt& at) {
      if (const auto* call = std::get_if<pte::KernelCall>(&at.instruction.content)) used.insert(call->op_index);
    });
    for (std::size_t i = 0; i < plan.operators.size(); ++i) {
      if (used.contains(static_cast<std::int64_t>(i))) continue;
      context.report(plan_path(p) + "." + indexed("operators", i), plan.operators[i].offset, "no instruction calls it");
    }
  });
}

void operators_distinct(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    std::unordered_map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < plan.operators.size(); ++i) {
      const OperatorAt at{plan.operators[i], p, i};
      if (!at.named()) continue;
      const auto [known, added] = first.try_emplace(at.op.full_name(), i);
      if (!added) context.report(at.path(), at.op.offset, "is the same as " + indexed("operators", known->second));
    }
  });
}

constexpr Rule kRules[] = {
    {{.id = "OPS001",
      .title = "operators have a name",
      .cause = "a damaged or hand-made program",
      .effect = "ExecuTorch refuses the method with InvalidProgram or OperatorMissing",
      .cure = "export the program again"},
     names_present},
    {{.id = "OPS002",
      .title = "operators have an overload, if perhaps an empty one",
      .cause = "a writer that leaves out empty strings",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write an empty string instead of none"},
     overloads_present},
    {{.id = "OPS003",
      .guards_execution = true,
      .title = "operator names fit the runtime's buffer of 100 bytes",
      .cause = "a custom operator with a very long name, or a damaged program",
      .effect = "ExecuTorch refuses the method when it resolves the operator",
      .cure = "give the operator a shorter name"},
     names_short},
    {{.id = "OPS004",
      .severity = Severity::Warning,
      .title = "operators are in the libraries of ExecuTorch's own runtimes",
      .cause = "a custom operator, or an export for special hardware (cadence, torchao)",
      .effect = "a runtime without the operator's library refuses the method with OperatorMissing; no kernel here",
      .cure = "link the operator's library into the runtime, or export without it"},
     operators_known},
    {{.id = "OPS005",
      .severity = Severity::Note,
      .title = "operators have a kernel in ptetool",
      .cause = "an operator that this version of ptetool only knows by name",
      .effect = "ExecuTorch runs the method; `ptetool run` refuses it",
      .cure = "none is needed for ExecuTorch"},
     operators_executable},
    {{.id = "OPS006",
      .severity = Severity::Note,
      .title = "every operator of the table is called",
      .cause = "a tool that removed the calls",
      .effect = "ExecuTorch resolves operators of calls only: none but some bytes",
      .cure = "none is needed"},
     operators_used},
    {{.id = "OPS007",
      .severity = Severity::Note,
      .title = "the operators of a method are distinct",
      .cause = "another writer",
      .effect = "none but some bytes",
      .cure = "none is needed"},
     operators_distinct},
};

}  // namespace

std::span<const Rule> ops_rules() { return kRules; }

}  // namespace ptetool::verify
