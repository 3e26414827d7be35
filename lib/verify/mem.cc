// MEM: planned memory: arenas, tensors inside them, and who shares them (format-facts 5.3).
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// The size of the arena of a planned tensor; nullopt where the id or the size is nonsense.
std::optional<std::uint64_t> arena_size(const pte::ExecutionPlan& plan, std::uint32_t memory_id) {
  if (memory_id == 0 || memory_id >= plan.non_const_buffer_sizes.size()) return std::nullopt;
  const std::int64_t size = plan.non_const_buffer_sizes[memory_id];
  return size < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(size));
}

template <class Function>
void each_planned(const pte::Program& program, Function&& function) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.allocation_info) function(tensor, *tensor.allocation_info, at);
  });
}

void arenas_exist(const pte::Program& program, Context& context) {
  each_planned(program, [&](const pte::Tensor&, const pte::AllocationDetails& where, const ValueAt& at) {
    const std::size_t count = at.plan.non_const_buffer_sizes.size();
    if (where.memory_id != 0 && where.memory_id < count) return;
    context.report(at.path("allocation_info.memory_id"), at.offset(),
                   "is " + std::to_string(where.memory_id) + ", the method has " +
                       counted(count == 0 ? 0 : count - 1, "arena") + ", counted from 1");
  });
}

void tensors_inside_arena(const pte::Program& program, Context& context) {
  each_planned(program, [&](const pte::Tensor& tensor, const pte::AllocationDetails& where, const ValueAt& at) {
    const auto arena = arena_size(at.plan, where.memory_id);
    const auto nbytes = pte::tensor_nbytes(tensor);
    if (!arena || !nbytes || range_within(where.memory_offset, *nbytes, *arena)) return;
    context.report(at.path("allocation_info"), at.offset(),
                   "bytes " + std::to_string(where.memory_offset) + " to +" + std::to_string(*nbytes) +
                       " leave arena " + std::to_string(where.memory_id) + " of " + counted(*arena, "byte"));
  });
}

void arena_sizes_not_negative(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t i = 0; i < plan.non_const_buffer_sizes.size(); ++i) {
      if (plan.non_const_buffer_sizes[i] >= 0) continue;
      context.report(plan_path(p, indexed("non_const_buffer_sizes", i)), plan.offset,
                     "is " + std::to_string(plan.non_const_buffer_sizes[i]));
    }
  });
}

void planned_aligned(const pte::Program& program, Context& context) {
  each_planned(program, [&](const pte::Tensor& tensor, const pte::AllocationDetails& where, const ValueAt& at) {
    if (where.memory_offset % natural_alignment(tensor) == 0) return;
    context.report(
        at.path("allocation_info.memory_offset_low"), at.offset(),
        "is " + std::to_string(where.memory_offset) + ", no multiple of the size of " + dtype_name(tensor.scalar_type));
  });
}

void reserved_arena_empty(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    if (plan.non_const_buffer_sizes.empty() || plan.non_const_buffer_sizes[0] == 0) return;
    context.report(plan_path(p, "non_const_buffer_sizes[0]"), plan.offset,
                   "is " + std::to_string(plan.non_const_buffer_sizes[0]) + ", the reserved entry is 0");
  });
}

void devices_of_arenas(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t i = 0; i < plan.non_const_buffer_device.size(); ++i) {
      const std::int32_t arena = plan.non_const_buffer_device[i].buffer_idx;
      if (arena > 0 && in_range(arena, plan.non_const_buffer_sizes.size())) continue;
      context.report(plan_path(p, indexed("non_const_buffer_device", i)), plan.offset,
                     "names arena " + std::to_string(arena) + ", which does not exist");
    }
  });
}

// Values that get memory while the method runs, or from outside.
std::unordered_set<std::int64_t> given_memory(const pte::ExecutionPlan& plan) {
  std::unordered_set<std::int64_t> given(plan.inputs.begin(), plan.inputs.end());
  given.insert(plan.outputs.begin(), plan.outputs.end());
  each_instruction(plan, 0, [&](const InstructionAt& at) {
    const auto& content = at.instruction.content;
    if (const auto* move = std::get_if<pte::MoveCall>(&content)) given.insert(move->move_to);
    if (const auto* delegate = std::get_if<pte::DelegateCall>(&content)) {
      given.insert(delegate->args.begin(), delegate->args.end());
    }
    const auto* call = std::get_if<pte::KernelCall>(&content);
    const pte::Operator* op = call ? operator_of(plan, *call) : nullptr;
    if (op && op->name == "executorch_prim::et_view" && !call->args.empty()) given.insert(call->args.back());
  });
  return given;
}

void used_tensors_have_memory(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto given = given_memory(plan);
    std::unordered_set<std::int32_t> reported;
    each_instruction(plan, p, [&](const InstructionAt& at) {
      const auto* call = std::get_if<pte::KernelCall>(&at.instruction.content);
      const pte::Operator* op = call ? operator_of(plan, *call) : nullptr;
      // Operators that only ask for sizes.
      if (!op || op->name.starts_with("aten::sym_") || op->name.starts_with("executorch_prim::")) return;
      for (std::size_t i = 0; i < call->args.size(); ++i) {
        const pte::Value* value = plan.find_value(call->args[i]);
        const pte::Tensor* tensor = value ? value->tensor() : nullptr;
        if (!tensor || tensor->external() || tensor->allocation_info || tensor->data_buffer_idx != 0) continue;
        if (pte::tensor_nbytes(*tensor).value_or(0) == 0 || given.contains(call->args[i])) continue;
        if (!reported.insert(call->args[i]).second) continue;
        context.report(at.path(indexed("args", i)), at.offset(),
                       "value " + std::to_string(call->args[i]) +
                           " is used, but it is neither planned, constant, input nor output");
      }
    });
  });
}

struct Planned {
  std::uint32_t arena;
  std::uint64_t start;
  std::uint64_t end;
  bool state;
  std::size_t value;
};

std::vector<Planned> planned_of(const pte::ExecutionPlan& plan) {
  std::vector<Planned> planned;
  for (std::size_t v = 0; v < plan.values.size(); ++v) {
    const pte::Tensor* tensor = plan.values[v].tensor();
    if (!tensor || !tensor->allocation_info) continue;
    const auto& where = *tensor->allocation_info;
    const auto nbytes = pte::tensor_nbytes(*tensor);
    const auto end = nbytes ? checked_add(where.memory_offset, *nbytes) : std::nullopt;
    if (!end || *nbytes == 0) continue;
    const bool state = tensor->initialised_state() || tensor->external();
    planned.push_back({where.memory_id, where.memory_offset, *end, state, v});
  }
  std::ranges::sort(planned, [](const Planned& a, const Planned& b) {
    return std::tie(a.arena, a.start, a.end, a.value) < std::tie(b.arena, b.start, b.end, b.value);
  });
  return planned;
}

void state_apart(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    // Of what begins earlier, the one that reaches furthest, and the same among states.
    std::optional<Planned> furthest, furthest_state;
    const auto overlaps = [](const std::optional<Planned>& earlier, const Planned& later) {
      return earlier && earlier->arena == later.arena && later.start < earlier->end &&
             (earlier->start != later.start || earlier->end != later.end);
    };
    for (const Planned& each : planned_of(plan)) {
      const auto& other = each.state ? furthest : furthest_state;
      if (overlaps(other, each)) {
        context.report(plan_path(p) + "." + indexed("values", each.value), plan.values[each.value].offset,
                       "shares a part of its planned memory with " + indexed("values", other->value) +
                           ", and one of them is state");
      }
      const auto keep = [&](std::optional<Planned>& kept) {
        if (!kept || kept->arena != each.arena || each.end > kept->end) kept = each;
      };
      keep(furthest);
      if (each.state) keep(furthest_state);
    }
  });
}

constexpr Rule kRules[] = {
    {{.id = "MEM001",
      .guards_execution = true,
      .title = "planned tensors name an arena of their method",
      .cause = "a damaged program, or a tool that changed the memory plan",
      .effect = "ExecuTorch refuses the method",
      .cure = "export the program again"},
     arenas_exist},
    {{.id = "MEM002",
      .guards_execution = true,
      .title = "planned tensors lie inside their arena",
      .cause = "a damaged program, or a tool that changed sizes without planning memory again",
      .effect = "ExecuTorch refuses the method with MemoryAllocationFailed",
      .cure = "export the program again"},
     tensors_inside_arena},
    {{.id = "MEM003",
      .guards_execution = true,
      .title = "arena sizes are not negative",
      .cause = "a damaged program",
      .effect = "runners take the size for a very large number and fail to allocate",
      .cure = "export the program again"},
     arena_sizes_not_negative},
    {{.id = "MEM004",
      .guards_execution = true,
      .title = "planned tensors lie at multiples of their element size",
      .cause = "a memory plan made with a smaller alignment",
      .effect =
          "ExecuTorch does not check this; kernels read and write unaligned elements, which some processors refuse",
      .cure = "plan memory with the default alignment of 16"},
     planned_aligned},
    {{.id = "MEM009",
      .severity = Severity::Note,
      .title = "arena 0 is reserved",
      .cause = "a writer that counts arenas from 0",
      .effect = "none by itself: runtimes ignore the entry; arenas may be off by one",
      .cure = "none is needed where the method runs"},
     reserved_arena_empty},
    {{.id = "MEM010",
      .severity = Severity::Warning,
      .title = "device placements name arenas that exist",
      .cause = "a damaged program",
      .effect = "runners may place the wrong arena on the device",
      .cure = "export the program again"},
     devices_of_arenas},
    {{.id = "MEM011",
      .severity = Severity::Warning,
      .title = "tensors that operators use have memory",
      .cause = "memory planning that left a tensor out",
      .effect = "ExecuTorch hands the kernel a null pointer, and the process dies",
      .cure = "export with memory planning for all tensors"},
     used_tensors_have_memory},
    {{.id = "MEM012",
      .severity = Severity::Warning,
      .title = "state with initial bytes has memory of its own",
      .cause = "a memory plan that ends the life of state too early",
      .effect = "ExecuTorch does not check this; the state is overwritten while the method runs",
      .cure = "export the program again"},
     state_apart},
};

}  // namespace

std::span<const Rule> mem_rules() { return kRules; }

}  // namespace ptetool::verify
