// Instructions are named once, from the chains; their events follow as they end, up to kMaxProfileEvents.
#include "runtime/record.h"

#include <chrono>

#include "ptetool/base/text.h"

namespace ptetool {

namespace {

using Kind = InstructionName::Kind;

InstructionName name_of(const MethodState& state, const pte::Instruction& instruction, const BoundInstruction& bound) {
  return std::visit(
      [&](const auto& content) -> InstructionName {
        using T = std::remove_cvref_t<decltype(content)>;
        if constexpr (std::is_same_v<T, pte::KernelCall>) {
          return {Kind::Operator, bound.op ? std::string(bound.op->schema.name) : "unknown", 0};
        } else if constexpr (std::is_same_v<T, pte::DelegateCall>) {
          const auto index = static_cast<std::size_t>(content.delegate_index);
          return {Kind::Delegate, escaped(state.plan->delegates[index].id) + " #" + std::to_string(index), 0};
        } else if constexpr (std::is_same_v<T, pte::MoveCall>) {
          return {Kind::Move, "move", 0};
        } else if constexpr (std::is_same_v<T, pte::JumpFalseCall>) {
          return {Kind::Jump, "jump", 0};
        } else if constexpr (std::is_same_v<T, pte::FreeCall>) {
          return {Kind::Free, "free", 0};
        } else {
          return {Kind::Unknown, "unknown", 0};
        }
      },
      instruction.content);
}

std::uint64_t tensor_bytes(const MethodState& state, std::int32_t index) {
  if (index < 0) return 0;
  const Value& value = state.values[static_cast<std::size_t>(index)];
  if (const auto* tensor = std::get_if<Tensor>(&value)) return tensor->data ? tensor->nbytes() : 0;
  std::uint64_t sum = 0;
  if (const auto* list = std::get_if<TensorListRef>(&value)) {
    for (const std::int32_t item : list->items) sum += tensor_bytes(state, item);
  }
  return sum;
}

// The last argument of a kernel call repeats its result.
std::uint64_t moved_bytes(const MethodState& state, const pte::Instruction& instruction) {
  std::uint64_t sum = 0;
  if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
    for (std::size_t i = 0; i < call->args.size(); ++i) {
      const bool repeated = i + 1 == call->args.size() && i > 0 && call->args[i] == call->args[i - 1];
      if (!repeated) sum += tensor_bytes(state, call->args[i]);
    }
  } else if (const auto* delegate = std::get_if<pte::DelegateCall>(&instruction.content)) {
    for (const std::int32_t arg : delegate->args) sum += tensor_bytes(state, arg);
  }
  return sum;
}

}  // namespace

std::uint64_t profile_clock() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

void begin_execution(Profile& profile, const MethodState& state) {
  if (profile.names.empty()) {
    for (std::size_t c = 0; c < state.plan->chains.size(); ++c) {
      const auto& instructions = state.plan->chains[c].instructions;
      auto& names = profile.names.emplace_back();
      for (std::size_t i = 0; i < instructions.size(); ++i) {
        names.push_back(name_of(state, instructions[i], state.chains[c][i]));
      }
      for (const CompiledRun& run : state.runs) {
        if (run.chain == c) names.push_back({Kind::Run, run.name, static_cast<std::uint32_t>(run.first)});
      }
    }
  }
  profile.executions.push_back({profile_clock(), 0, profile.events.size()});
}

namespace {

void record(Profile& profile, std::size_t chain, std::size_t name, std::uint64_t begin_ns, std::uint64_t end_ns,
            std::uint64_t bytes) {
  if (profile.events.size() >= kMaxProfileEvents) {
    profile.full = true;
    return;
  }
  profile.events.push_back(
      {static_cast<std::uint32_t>(chain), static_cast<std::uint32_t>(name), begin_ns, end_ns, bytes});
}

// Of the delegate whose event is the last.
void record_nodes(Profile& profile, const DelegateInstance& instance) {
  if (profile.full) return;
  const auto times = instance.node_microseconds();
  if (times.empty()) return;
  const InstructionEvent& event = profile.events.back();
  auto& nodes = profile.nodes[{event.chain, event.instruction}];
  if (nodes.empty()) nodes = instance.nodes();
  if (profile.node_events.size() + times.size() > kMaxProfileEvents) return;
  for (std::size_t i = 0; i < times.size() && i < nodes.size(); ++i) {
    profile.node_events.push_back({profile.events.size() - 1, static_cast<std::uint32_t>(i), times[i] * 1000});
  }
}

}  // namespace

void record_instruction(Profile& profile, const MethodState& state, std::size_t chain, std::size_t index,
                        std::uint64_t begin_ns) {
  const std::uint64_t end_ns = profile_clock();
  const auto& instruction = state.plan->chains[chain].instructions[index];
  record(profile, chain, index, begin_ns, end_ns, moved_bytes(state, instruction));
  if (const auto* call = std::get_if<pte::DelegateCall>(&instruction.content)) {
    record_nodes(profile, *state.delegates[static_cast<std::size_t>(call->delegate_index)]);
  }
}

void record_run(Profile& profile, const MethodState& state, const CompiledRun& run, std::uint64_t begin_ns) {
  const std::uint64_t end_ns = profile_clock();
  std::uint64_t bytes = 0;
  for (const std::size_t value : run.inputs) bytes += tensor_bytes(state, static_cast<std::int32_t>(value));
  for (const std::size_t value : run.outputs) bytes += tensor_bytes(state, static_cast<std::int32_t>(value));
  std::size_t name = state.plan->chains[run.chain].instructions.size();
  for (const CompiledRun& other : state.runs) name += other.chain == run.chain && other.first < run.first ? 1 : 0;
  record(profile, run.chain, name, begin_ns, end_ns, bytes);
  record_nodes(profile, *run.instance);
}

}  // namespace ptetool
