// INS: what calls of operators are given: how many values, of which kinds, and which of them they write
// (format-facts 5.6).
#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "ptetool/ops/operator.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// The table's row for a call; nullptr where the operator is unknown or its name no name.
const BoundOperator* known_operator(const pte::ExecutionPlan& plan, const pte::KernelCall& call) {
  const pte::Operator* op = operator_of(plan, call);
  if (!op || op->name.size() + op->overload.size() >= kOperatorNameLimit) return nullptr;
  return find_operator(op->full_name());
}

// function(operator, call, at) for calls of known operators; each operator of a method is looked up once.
template <class Function>
void each_known_call(const pte::Program& program, Function&& function) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    std::vector<const BoundOperator*> known(plan.operators.size(), nullptr);
    for (std::size_t i = 0; i < known.size(); ++i) {
      known[i] = known_operator(plan, pte::KernelCall{static_cast<std::int32_t>(i), {}});
    }
    each_instruction(plan, p, [&](const InstructionAt& at) {
      const auto* call = std::get_if<pte::KernelCall>(&at.instruction.content);
      if (!call || !in_range(call->op_index, known.size())) return;
      if (const BoundOperator* op = known[static_cast<std::size_t>(call->op_index)]) function(*op, *call, at);
    });
  });
}

bool arity_fits(const BoundOperator& op, const pte::KernelCall& call) {
  const ArityRange range = arity(op);
  return call.args.size() >= range.least && call.args.size() <= range.most;
}

void arity_matches(const pte::Program& program, Context& context) {
  each_known_call(program, [&](const BoundOperator& op, const pte::KernelCall& call, const InstructionAt& at) {
    if (arity_fits(op, call)) return;
    const ArityRange range = arity(op);
    context.report(at.path("args"), at.offset(),
                   std::string(op.schema.name) + " is called with " + counted(call.args.size(), "value") +
                       ", it takes " +
                       (range.least == range.most ? std::to_string(range.most)
                                                  : std::to_string(range.least) + " to " + std::to_string(range.most)));
  });
}

// function(argument, position in args): the schema's arguments that a call of fitting arity passes.
template <class Function>
void each_argument(const BoundOperator& op, const pte::KernelCall& call, Function&& function) {
  const auto& arguments = op.schema.arguments;
  const std::size_t full = arguments.size() + 1;
  const std::size_t missing =
      std::min<std::size_t>(call.args.size() < full ? full - call.args.size() : 0, op.row->optional_arguments);
  const std::size_t first_missing = arguments.size() - op.schema.outputs - missing;
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    const std::size_t position = i < first_missing ? i : i + missing;
    if (position < arguments.size()) function(arguments[position], i);
  }
}

void return_slot_is_out(const pte::Program& program, Context& context) {
  each_known_call(program, [&](const BoundOperator& op, const pte::KernelCall& call, const InstructionAt& at) {
    const std::size_t outs = op.schema.outputs;
    if (outs == 0 || !arity_fits(op, call) || call.args.size() <= outs) return;
    const std::int32_t slot = call.args.back();
    const auto given = call.args.subspan(call.args.size() - 1 - outs, outs);
    if (outs == 1 && slot == given[0]) return;
    const pte::Value* value = at.plan.find_value(slot);
    const auto* list = value ? std::get_if<pte::TensorList>(&value->content) : nullptr;
    if (list && std::ranges::equal(list->items, given)) return;
    if (!value) return;
    context.report(at.path(indexed("args", call.args.size() - 1)), at.offset(),
                   std::string(op.schema.name) + ": the return slot names value " + std::to_string(slot) +
                       ", which is not the out argument");
  });
}

template <class... Kinds>
bool is_any_of(const pte::Value& value) {
  return (std::holds_alternative<Kinds>(value.content) || ...);
}

bool fits(const pte::Value& value, ArgKind kind) {
  using namespace pte;
  switch (kind) {
    case ArgKind::Tensor: return is_any_of<pte::Tensor>(value);
    case ArgKind::OptionalTensor: return is_any_of<pte::Tensor, Null>(value);
    case ArgKind::TensorList: return is_any_of<TensorList>(value);
    case ArgKind::OptionalTensorList: return is_any_of<OptionalTensorList, TensorList>(value);
    case ArgKind::Scalar: return is_any_of<Int, Double, Bool>(value);
    case ArgKind::OptionalScalar: return is_any_of<Int, Double, Bool, Null>(value);
    case ArgKind::Int: return is_any_of<Int>(value);
    case ArgKind::OptionalInt: return is_any_of<Int, Null>(value);
    case ArgKind::Double: return is_any_of<Double, Int>(value);
    case ArgKind::OptionalDouble: return is_any_of<Double, Int, Null>(value);
    case ArgKind::Bool: return is_any_of<Bool>(value);
    case ArgKind::OptionalBool: return is_any_of<Bool, Null>(value);
    case ArgKind::String: return is_any_of<String>(value);
    case ArgKind::OptionalString: return is_any_of<String, Null>(value);
    case ArgKind::IntList: return is_any_of<IntList>(value);
    case ArgKind::OptionalIntList: return is_any_of<IntList, Null>(value);
    case ArgKind::DoubleList: return is_any_of<DoubleList, IntList>(value);
    case ArgKind::OptionalDoubleList: return is_any_of<DoubleList, IntList, Null>(value);
    case ArgKind::BoolList: return is_any_of<BoolList>(value);
    case ArgKind::Any: return true;
  }
  return true;
}

void kinds_match(const pte::Program& program, Context& context) {
  const pte::ExecutionPlan* current = nullptr;
  std::unordered_set<std::int64_t> changing;
  each_known_call(program, [&](const BoundOperator& op, const pte::KernelCall& call, const InstructionAt& at) {
    if (!arity_fits(op, call)) return;
    if (current != &at.plan) {
      current = &at.plan;
      changing = changing_values(at.plan);
    }
    each_argument(op, call, [&](const Argument& argument, std::size_t i) {
      const pte::Value* value = at.plan.find_value(call.args[i]);
      if (!value || fits(*value, argument.kind) || changing.contains(call.args[i])) return;
      if (is_any_of<pte::UnknownValue>(*value)) return;
      context.report(at.path(indexed("args", i)), at.offset(),
                     std::string(op.schema.name) + ": argument '" + std::string(argument.name) + "' is " +
                         a_kind(*value) + ", which the operator does not take");
    });
  });
}

void outs_writable(const pte::Program& program, Context& context) {
  const pte::ExecutionPlan* current = nullptr;
  std::unordered_set<std::int64_t> moved;
  each_known_call(program, [&](const BoundOperator& op, const pte::KernelCall& call, const InstructionAt& at) {
    if (!arity_fits(op, call)) return;
    if (current != &at.plan) {
      current = &at.plan;
      moved.clear();
      each_instruction(at.plan, at.plan_index, [&](const InstructionAt& other) {
        if (const auto* move = std::get_if<pte::MoveCall>(&other.instruction.content)) moved.insert(move->move_to);
      });
    }
    each_argument(op, call, [&](const Argument& argument, std::size_t i) {
      if (!argument.out) return;
      const auto check = [&](std::int32_t index) {
        const pte::Value* value = at.plan.find_value(index);
        const pte::Tensor* tensor = value ? value->tensor() : nullptr;
        if (!tensor || tensor->allocation_info || moved.contains(index)) return;
        if (!tensor->constant() && !tensor->external()) return;
        if (pte::tensor_nbytes(*tensor) == 0) return;
        context.report(
            at.path(indexed("args", i)), at.offset(),
            std::string(op.schema.name) + ": writes to '" + std::string(argument.name) + "', which is a constant");
      };
      check(call.args[i]);
      const pte::Value* value = at.plan.find_value(call.args[i]);
      const auto* list = value ? std::get_if<pte::TensorList>(&value->content) : nullptr;
      if (list) {
        for (const std::int32_t item : list->items) check(item);
      }
    });
  });
}

constexpr Rule kRules[] = {
    {{.id = "INS009",
      .guards_execution = true,
      .title = "a kernel call has as many args as the operator's schema asks for",
      .cause = "an operator whose schema changed between export and runtime",
      .effect = "ExecuTorch's kernels answer InvalidProgram, or read the wrong values as theirs",
      .cure = "export the program with the release that runs it"},
     arity_matches},
    {{.id = "INS010",
      .severity = Severity::Warning,
      .title = "the return slot of an out operator is its out argument",
      .cause = "a tool that changed args",
      .effect = "none in ExecuTorch's own kernels, which ignore the slot; others may write to it",
      .cure = "export the program again"},
     return_slot_is_out},
    {{.id = "INS011",
      .guards_execution = true,
      .title = "args are of the kinds that the operator's schema asks for",
      .cause = "a damaged program, or an operator whose schema changed",
      .effect = "ExecuTorch aborts the process when the kernel takes the value",
      .cure = "export the program with the release that runs it"},
     kinds_match},
    {{.id = "INS012",
      .guards_execution = true,
      .title = "operators do not write to constants",
      .cause = "a buffer that the model changes but that was exported as a constant, or a damaged program",
      .effect =
          "ExecuTorch does not check this: the write goes to the program's memory, and the process dies where that "
          "is read-only",
      .cure = "register the tensor as a mutable buffer and export again"},
     outs_writable},
};

}  // namespace

std::span<const Rule> ins_call_rules() { return kRules; }

}  // namespace ptetool::verify
