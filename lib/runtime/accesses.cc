// A kernel's schema says which arguments it writes, an XNNPACK graph which are its outputs; of other delegates every
// argument is read and written.
#include "runtime/accesses.h"

#include <string>
#include <string_view>

namespace ptetool {

namespace {

constexpr std::string_view kView = "executorch_prim::et_view.default";

class Collector {
 public:
  Collector(const MethodState& state, std::unordered_set<std::size_t>& unsteady) : state_(state), unsteady_(unsteady) {}

  Accesses of(const pte::Instruction& instruction) {
    return std::visit([&](const auto& content) { return collect(content); }, instruction.content);
  }

 private:
  Accesses collect(const pte::KernelCall& call) {
    Accesses result;
    const std::string name = state_.plan->operators[static_cast<std::size_t>(call.op_index)].full_name();
    const BoundOperator* op = find_operator(name);
    const std::size_t count = call.args.size();
    if (name == kView && count == 3) {
      result.view_of = static_cast<std::size_t>(call.args[0]);
      result.view = static_cast<std::size_t>(call.args[2]);
      add(result.reads, call.args[0], true);
      return result;
    }
    // Outs stand at the end, before the return slot; what else an operator mutates, it may read, too.
    const std::size_t outs = op ? op->schema.outputs : 0;
    if (outs == 0 && count != 0) mark(call.args[count - 1]);  // a number, as a rule
    const std::size_t first_out = outs != 0 && count > outs ? count - 1 - outs : count;
    for (std::size_t i = 0; i < count; ++i) {
      const bool out = i >= first_out && i + 1 < count;
      if (i + 1 == count && outs != 0) break;  // names the outs once more
      const bool mutated = outs == 0 || (op && i < first_out && mutates(*op, i));
      if (!out) add(result.reads, call.args[i], true);
      if (out || mutated) add(result.writes, call.args[i], out);
    }
    return result;
  }

  static bool mutates(const BoundOperator& op, std::size_t argument) {
    return argument < op.schema.arguments.size() && op.schema.arguments[argument].out;
  }

  // The graph says which args of a delegate are outputs; of other delegates all args are read and written.
  Accesses collect(const pte::DelegateCall& call) {
    Accesses result;
    const auto outputs = delegate_outputs(state_, call);
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      if (!outputs || !(*outputs)[i]) add(result.reads, call.args[i], true);
      if (!outputs || (*outputs)[i]) add(result.writes, call.args[i], outputs.has_value());
    }
    return result;
  }

  Accesses collect(const pte::MoveCall& move) {
    Accesses result;
    add(result.reads, move.move_from, true);
    mark(move.move_from);
    mark(move.move_to);
    return result;
  }
  Accesses collect(const pte::JumpFalseCall& jump) {
    Accesses result;
    add(result.reads, jump.cond_value_index, true);
    return result;
  }
  Accesses collect(const pte::FreeCall& call) {
    mark(call.value_index);
    return {};
  }
  Accesses collect(const pte::UnknownInstruction&) { return {}; }

  void mark(std::int32_t value) {
    if (value >= 0) unsteady_.insert(static_cast<std::size_t>(value));
  }

  // Tensors, and those of lists.
  void add(std::vector<Access>& accesses, std::int32_t index, bool whole) {
    if (index < 0 || static_cast<std::size_t>(index) >= state_.values.size()) return;
    const Value& value = state_.values[static_cast<std::size_t>(index)];
    if (std::holds_alternative<Tensor>(value)) {
      accesses.push_back({static_cast<std::size_t>(index), whole});
    } else if (const auto* list = std::get_if<TensorListRef>(&value)) {
      for (const std::int32_t item : list->items) add(accesses, item, whole);
    } else if (const auto* optional = std::get_if<OptionalTensorListRef>(&value)) {
      for (const std::int32_t item : optional->items) add(accesses, item, whole);
    }
  }

  const MethodState& state_;
  std::unordered_set<std::size_t>& unsteady_;
};

}  // namespace

Accesses accesses_of(const MethodState& state, const pte::Instruction& instruction,
                     std::unordered_set<std::size_t>& unsteady) {
  return Collector(state, unsteady).of(instruction);
}

const LinkedDelegate* called_delegate(const MethodState& state, const pte::DelegateCall& call) {
  const auto plan = static_cast<std::size_t>(state.plan - state.model->program->execution_plan.data());
  return call.delegate_index < 0 ? nullptr
                                 : state.model->find_delegate(plan, static_cast<std::size_t>(call.delegate_index));
}

std::optional<std::vector<bool>> delegate_outputs(const MethodState& state, const pte::DelegateCall& call) {
  const LinkedDelegate* delegate = called_delegate(state, call);
  if (!delegate || !delegate->graph || !*delegate->graph) return std::nullopt;
  std::vector<bool> outputs(call.args.size(), false);
  for (const xnn::Value& value : (**delegate->graph).values) {
    if (value.external_output() && value.external_id < outputs.size()) outputs[value.external_id] = true;
  }
  return outputs;
}

}  // namespace ptetool
