// Goes through the instructions in order: a value that none of them writes is a view of what was written last to its
// memory, and gets the strides under which that has its sizes, if there are any.
#include "runtime/elided_views.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

namespace ptetool {

namespace {

// The strides with which a tensor's elements, in logical order, have other sizes; nullopt if none do.
std::optional<Strides> strides_under(const Tensor& tensor, const Sizes& sizes) {
  Strides strides = sizes;
  std::size_t next = sizes.size();  // dimensions from here on have strides
  std::int64_t length = 1;          // of dimensions of the tensor that follow one another without a gap
  for (std::size_t dim = tensor.rank(); dim-- > 0;) {
    std::int64_t step = tensor.strides[dim];
    length = tensor.sizes[dim];
    while (dim > 0 && (tensor.sizes[dim - 1] == 1 || tensor.strides[dim - 1] == step * length)) {
      length *= tensor.sizes[--dim];
    }
    while (next > 0 && length > 1 && length % sizes[next - 1] == 0) {
      strides[--next] = step;
      step *= sizes[next];
      length /= sizes[next];
    }
    if (length > 1) return std::nullopt;
  }
  while (next > 0) {
    if (sizes[--next] != 1) return std::nullopt;
    strides[next] = next + 1 < sizes.size() ? strides[next + 1] : 1;
  }
  return strides;
}

using Indices = std::vector<std::size_t>;

// The tensors that an argument names, alone or in a list.
void add_tensors(const MethodState& state, std::int32_t arg, Indices& indices) {
  const auto add = [&](std::int32_t index) {
    if (index < 0 || static_cast<std::size_t>(index) >= state.values.size()) return;
    if (std::holds_alternative<Tensor>(state.values[static_cast<std::size_t>(index)])) {
      indices.push_back(static_cast<std::size_t>(index));
    }
  };
  add(arg);
  if (arg < 0 || static_cast<std::size_t>(arg) >= state.values.size()) return;
  const Value& value = state.values[static_cast<std::size_t>(arg)];
  if (const auto* list = std::get_if<TensorListRef>(&value)) std::ranges::for_each(list->items, add);
  if (const auto* list = std::get_if<OptionalTensorListRef>(&value)) std::ranges::for_each(list->items, add);
}

// What an instruction reads, and what it may write.
struct Step {
  Indices reads, writes;
};
Step step_of(const MethodState& state, const pte::Instruction& instruction, const BoundInstruction& bound) {
  Step step;
  if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) {
    add_tensors(state, move->move_from, step.writes);
    add_tensors(state, move->move_to, step.writes);
  } else if (const auto* delegate = std::get_if<pte::DelegateCall>(&instruction.content)) {
    for (const std::int32_t arg : delegate->args) add_tensors(state, arg, step.writes);
  } else if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
    for (std::size_t i = 0; i < call->args.size(); ++i) {
      const bool reads = bound.op && i < bound.op->schema.arguments.size() && !bound.op->schema.arguments[i].out;
      add_tensors(state, call->args[i], reads ? step.reads : step.writes);
    }
  }
  return step;
}

// Gives a view of contiguous order that of what was written last to its memory.
void order_view(MethodState& state, std::size_t index, const Indices& writes) {
  Tensor& view = std::get<Tensor>(state.values[index]);
  if (view.read_only || !view.data || !view.contiguous() || view.dynamism != Dynamism::Static) return;
  const ByteView bytes = view.bytes();
  for (std::size_t i = writes.size(); i-- > 0;) {
    const auto& under = std::get<Tensor>(state.values[writes[i]]);
    const ByteView memory = under.bytes();
    if (bytes.data() >= memory.data() + memory.size() || memory.data() >= bytes.data() + bytes.size()) continue;
    if (bytes.data() != memory.data() || bytes.size() != memory.size() || view.dtype != under.dtype) return;
    if (under.contiguous() || under.dynamism != Dynamism::Static) return;
    const auto strides = strides_under(under, view.sizes);
    if (!strides) return;
    const DimOrder order = order_of(strides->span());
    const Strides dense = strides_of(view.sizes, order);
    for (std::size_t dim = 0; dim < view.rank(); ++dim) {
      if (view.sizes[dim] != 1 && dense[dim] != (*strides)[dim]) return;
    }
    view.dim_order = order;
    view.strides = dense;
    return;
  }
}

}  // namespace

void order_elided_views(MethodState& state) {
  std::vector<std::vector<Step>> chains;
  std::vector<bool> fixed(state.values.size(), false);
  for (std::size_t c = 0; c < state.chains.size(); ++c) {
    for (std::size_t i = 0; i < state.chains[c].size(); ++i) {
      const Step& step = (i == 0 ? chains.emplace_back() : chains.back())
                             .emplace_back(step_of(state, state.plan->chains[c].instructions[i], state.chains[c][i]));
      for (const std::size_t index : step.writes) fixed[index] = true;
    }
  }
  Indices inputs, outputs;
  for (const std::int32_t index : state.plan->inputs) add_tensors(state, index, inputs);
  for (const std::int32_t index : state.plan->outputs) add_tensors(state, index, outputs);
  for (const std::size_t index : inputs) fixed[index] = true;
  for (const std::size_t index : outputs) fixed[index] = true;
  for (const auto& chain : chains) {
    Indices writes = inputs;  // and what instructions write, in their order
    for (const Step& step : chain) {
      for (const std::size_t index : step.reads) {
        if (!fixed[index]) order_view(state, index, writes);
      }
      writes.insert(writes.end(), step.writes.begin(), step.writes.end());
    }
  }
}

}  // namespace ptetool
