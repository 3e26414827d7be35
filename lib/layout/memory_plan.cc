// Sums up a method's memory plan, and finds the mutable buffers that begin as zeros: planned memory that the
// instructions read before they, or the caller, have written it.
#include "ptetool/layout/memory_plan.h"

#include <algorithm>
#include <array>

#include "ptetool/base/checked.h"

namespace ptetool::layout {

namespace {

enum class StateKind : std::size_t { Initialised, External, Zero };

class Analysis {
 public:
  Analysis(const Model& model, std::size_t plan)
      : model_(model),
        plan_index_(plan),
        plan_(model.program->execution_plan[plan]),
        written_(plan_.non_const_buffer_sizes.size()),
        state_(plan_.non_const_buffer_sizes.size()) {}

  MethodMemory run() {
    for (std::size_t v = 0; v < plan_.values.size(); ++v) {
      const pte::Tensor* tensor = plan_.values[v].tensor();
      if (!tensor) continue;
      if (tensor->initialised_state()) note_state(static_cast<std::int64_t>(v), StateKind::Initialised);
      if (tensor->external() && tensor->allocation_info) note_state(static_cast<std::int64_t>(v), StateKind::External);
    }
    for (const std::int32_t input : plan_.inputs) each_tensor(input, [&](std::int64_t v) { write(v); });
    for (const pte::Chain& chain : plan_.chains) {
      for (const pte::Instruction& instruction : chain.instructions) step(instruction);
    }
    return sum();
  }

 private:
  struct Place {
    std::size_t arena;
    std::uint64_t start;
    std::uint64_t end;
  };

  // Where a planned tensor lies; nullopt for other values and for places outside the arenas.
  std::optional<Place> place(std::int64_t value) const {
    if (value < 0 || static_cast<std::uint64_t>(value) >= plan_.values.size()) return std::nullopt;
    const pte::Tensor* tensor = plan_.values[static_cast<std::size_t>(value)].tensor();
    if (!tensor || !tensor->allocation_info || tensor->allocation_info->memory_id >= written_.size())
      return std::nullopt;
    const auto size = pte::tensor_nbytes(*tensor);
    const auto end = size ? checked_add(tensor->allocation_info->memory_offset, *size) : std::nullopt;
    if (!end) return std::nullopt;
    return Place{tensor->allocation_info->memory_id, tensor->allocation_info->memory_offset, *end};
  }

  // The value itself, or the members of a list of tensors.
  template <class Visit>
  void each_tensor(std::int64_t value, Visit&& visit) const {
    if (value < 0 || static_cast<std::uint64_t>(value) >= plan_.values.size()) return;
    const auto& content = plan_.values[static_cast<std::size_t>(value)].content;
    if (const auto* list = std::get_if<pte::TensorList>(&content)) {
      for (const std::int32_t item : list->items) visit(std::int64_t{item});
    } else {
      visit(value);
    }
  }

  void write(std::int64_t value) {
    if (const auto at = place(value)) written_[at->arena].add(at->start, at->end);
  }

  void note_state(std::int64_t value, StateKind kind) {
    const auto at = place(value);
    if (!at) return;
    state_[at->arena][static_cast<std::size_t>(kind)].add(at->start, at->end);
    written_[at->arena].add(at->start, at->end);
  }

  void read(std::int64_t value) {
    const auto at = place(value);
    if (at && !written_[at->arena].touches(at->start, at->end)) note_state(value, StateKind::Zero);
  }

  void step(const pte::Instruction& instruction) {
    if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
      kernel(call->args);
    } else if (const auto* call_delegate = std::get_if<pte::DelegateCall>(&instruction.content)) {
      delegate(*call_delegate);
    } else if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) {
      read(move->move_from);
      write(move->move_to);
    }
  }

  // The last argument is the result (or the list of results), which the arguments before it repeat.
  void kernel(std::span<const std::int32_t> args) {
    if (args.empty()) return;
    std::vector<std::int64_t> results;
    each_tensor(args.back(), [&](std::int64_t v) { results.push_back(v); });
    for (const std::int32_t arg : args) {
      each_tensor(arg, [&](std::int64_t v) {
        if (std::ranges::find(results, v) == results.end()) read(v);
      });
    }
    for (const std::int64_t result : results) write(result);
  }

  // Only XNNPACK's graphs tell which arguments they write; of others nothing is concluded.
  void delegate(const pte::DelegateCall& call) {
    const LinkedDelegate* linked =
        call.delegate_index < 0 ? nullptr
                                : model_.find_delegate(plan_index_, static_cast<std::size_t>(call.delegate_index));
    const xnn::Graph* graph = linked && linked->graph && *linked->graph ? &**linked->graph : nullptr;
    std::vector<bool> output(call.args.size(), graph == nullptr);
    if (graph) {
      for (const xnn::Value& value : graph->values) {
        if (value.external_output() && value.external_id < output.size()) output[value.external_id] = true;
      }
    }
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      if (!output[i]) read(call.args[i]);
    }
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      if (output[i]) write(call.args[i]);
    }
  }

  MethodMemory sum() const {
    MethodMemory memory;
    for (std::size_t id = 1; id < plan_.non_const_buffer_sizes.size(); ++id) {
      Arena arena;
      arena.id = static_cast<std::uint32_t>(id);
      arena.size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, plan_.non_const_buffer_sizes[id]));
      for (const pte::BufferDevice& device : plan_.non_const_buffer_device) {
        if (device.buffer_idx != static_cast<std::int64_t>(id)) continue;
        arena.device_type = device.device_type;
        arena.device_index = device.device_index;
      }
      const auto bytes = [&](StateKind kind) { return state_[id][static_cast<std::size_t>(kind)].bytes(); };
      memory.initialised_state_bytes += bytes(StateKind::Initialised);
      memory.external_state_bytes += bytes(StateKind::External);
      memory.zero_state_bytes += bytes(StateKind::Zero);
      for (const ByteRanges& kind : state_[id]) arena.state.add(kind);
      arena.state_bytes = bytes(StateKind::Initialised) + bytes(StateKind::External) + bytes(StateKind::Zero);
      memory.planned_bytes = checked_add(memory.planned_bytes, arena.size).value_or(memory.planned_bytes);
      memory.arenas.push_back(arena);
    }
    for (const pte::Value& value : plan_.values) {
      const pte::Tensor* tensor = value.tensor();
      if (!tensor || !tensor->allocation_info) continue;
      const std::uint32_t id = tensor->allocation_info->memory_id;
      if (id >= 1 && id <= memory.arenas.size()) ++memory.arenas[id - 1].tensors;
    }
    memory.state_bytes = memory.initialised_state_bytes + memory.external_state_bytes + memory.zero_state_bytes;
    return memory;
  }

  const Model& model_;
  std::size_t plan_index_;
  const pte::ExecutionPlan& plan_;
  std::vector<ByteRanges> written_;               // per arena
  std::vector<std::array<ByteRanges, 3>> state_;  // per arena and StateKind
};

}  // namespace

MethodMemory method_memory(const Model& model, std::size_t plan) { return Analysis(model, plan).run(); }

}  // namespace ptetool::layout
