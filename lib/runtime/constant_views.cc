// A transposition whose result only matrix products read becomes other strides over the constant; the tables name the
// three operators that transpose and the five that multiply.
#include "runtime/constant_views.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace ptetool {

namespace {

constexpr std::array<std::string_view, 3> kTranspositions = {"aten::permute_copy.out", "aten::t_copy.out",
                                                             "aten::transpose_copy.int_out"};
constexpr std::array<std::string_view, 5> kProducts = {"aten::mm.out", "aten::addmm.out", "aten::bmm.out",
                                                       "aten::baddbmm.out", "aten::linear.out"};

bool among(std::span<const std::string_view> names, const BoundInstruction& bound) {
  return bound.op && bound.kinds_fixed && std::ranges::find(names, bound.op->schema.name) != names.end();
}

// Dimension i of the result is dimension result[i] of a tensor of this rank; nullopt if the call is not valid.
std::optional<Sizes> permutation(const MethodState& state, const BoundInstruction& bound, const pte::KernelCall& call,
                                 std::size_t rank) {
  const auto dimension = [&](std::int64_t dim) -> std::optional<std::size_t> {
    const auto size = static_cast<std::int64_t>(rank);
    if (dim < -size || dim >= size) return std::nullopt;
    return static_cast<std::size_t>(dim < 0 ? dim + size : dim);
  };
  const auto value = [&](std::size_t arg) -> const Value& {
    return state.values[static_cast<std::size_t>(call.args[arg])];
  };
  Sizes dims;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(static_cast<std::int64_t>(i));
  if (bound.op->schema.name == kTranspositions[0]) {
    const auto* list = std::get_if<IntListRef>(&value(1));
    if (!list || list->items.size() != rank) return std::nullopt;
    std::array<bool, kMaxRank> seen = {};
    for (std::size_t i = 0; i < rank; ++i) {
      const auto* item = std::get_if<std::int64_t>(&state.values[static_cast<std::size_t>(list->items[i])]);
      const auto dim = item ? dimension(*item) : std::nullopt;
      if (!dim || std::exchange(seen[*dim], true)) return std::nullopt;
      dims[i] = static_cast<std::int64_t>(*dim);
    }
  } else if (bound.op->schema.name == kTranspositions[1]) {
    if (rank == 2) std::swap(dims[0], dims[1]);
  } else {
    const auto* first = std::get_if<std::int64_t>(&value(1));
    const auto* second = std::get_if<std::int64_t>(&value(2));
    const auto a = first ? dimension(*first) : std::nullopt, b = second ? dimension(*second) : std::nullopt;
    if (!a || !b) return std::nullopt;
    std::swap(dims[*a], dims[*b]);
  }
  return dims;
}

Tensor permuted(const Tensor& source, const Sizes& dims) {
  Tensor result = source;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto from = static_cast<std::size_t>(dims[i]);
    result.sizes[i] = source.sizes[from];
    result.strides[i] = source.strides[from];
    for (std::size_t place = 0; place < dims.size(); ++place) {
      if (source.dim_order[place] == from) result.dim_order[place] = static_cast<std::uint8_t>(i);
    }
  }
  return result;
}

// What the instructions do with each value.
struct Uses {
  std::vector<BoundInstruction*> transposition;  // the one that writes it from a constant
  std::vector<const pte::KernelCall*> call;      // of that instruction
  std::vector<bool> elsewhere;                   // anything but being an operand of a product
  std::vector<bool> written;                     // by an instruction, or by the caller
};

// A view that the exporter elided has no instruction: it is a value that nothing writes, in the memory of another one.
// Marks that other one as used.
void mark_viewed(const MethodState& state, Uses& uses) {
  const auto planned = [&](std::size_t i) {
    const auto* tensor = std::get_if<Tensor>(&state.values[i]);
    return tensor && !tensor->read_only && tensor->data ? tensor : nullptr;
  };
  for (std::size_t view = 0; view < state.values.size(); ++view) {
    const Tensor* seen = uses.written[view] ? nullptr : planned(view);
    if (!seen) continue;
    const ByteView bytes = seen->bytes();
    for (std::size_t i = 0; i < state.values.size(); ++i) {
      const Tensor* out = uses.transposition[i] ? planned(i) : nullptr;
      if (!out) continue;
      const ByteView under = out->bytes();
      if (bytes.data() < under.data() + under.size() && under.data() < bytes.data() + bytes.size()) {
        uses.elsewhere[i] = true;
      }
    }
  }
}

Uses find_uses(MethodState& state) {
  const std::size_t count = state.values.size();
  Uses uses{std::vector<BoundInstruction*>(count), std::vector<const pte::KernelCall*>(count),
            std::vector<bool>(count, false), std::vector<bool>(count, false)};
  const auto write = [&](std::int64_t index) {
    if (index >= 0 && static_cast<std::size_t>(index) < count) uses.written[static_cast<std::size_t>(index)] = true;
  };
  const auto mark = [&](std::int64_t index) {
    if (index >= 0 && static_cast<std::size_t>(index) < count) uses.elsewhere[static_cast<std::size_t>(index)] = true;
  };
  const auto mark_all = [&](const auto& indices) { std::ranges::for_each(indices, mark); };
  mark_all(state.plan->inputs);
  std::ranges::for_each(state.plan->inputs, write);
  mark_all(state.plan->outputs);
  for (const Value& value : state.values) {
    if (const auto* list = std::get_if<TensorListRef>(&value)) mark_all(list->items);
    if (const auto* list = std::get_if<OptionalTensorListRef>(&value)) mark_all(list->items);
  }
  for (std::size_t c = 0; c < state.chains.size(); ++c) {
    for (std::size_t i = 0; i < state.chains[c].size(); ++i) {
      BoundInstruction& bound = state.chains[c][i];
      const pte::Instruction& instruction = state.plan->chains[c].instructions[i];
      if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) {
        mark(move->move_from);
        mark(move->move_to);
        write(move->move_to);
      } else if (const auto* free = std::get_if<pte::FreeCall>(&instruction.content)) {
        mark(free->value_index);
      } else if (const auto* jump = std::get_if<pte::JumpFalseCall>(&instruction.content)) {
        mark(jump->cond_value_index);
      } else if (const auto* delegate = std::get_if<pte::DelegateCall>(&instruction.content)) {
        mark_all(delegate->args);
        std::ranges::for_each(delegate->args, write);
      } else if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
        const std::size_t inputs = bound.op ? bound.op->schema.arguments.size() - bound.op->schema.outputs : 0;
        for (std::size_t arg = inputs; arg < call->args.size(); ++arg) write(call->args[arg]);
        if (among(kProducts, bound) && call->args.size() == inputs + 2) {
          mark(call->args[inputs]);
        } else if (among(kTranspositions, bound) && call->args.size() == inputs + 2 && call->args[0] >= 0) {
          const auto* self = std::get_if<Tensor>(&state.values[static_cast<std::size_t>(call->args[0])]);
          const auto out = static_cast<std::size_t>(call->args[inputs]);
          if (!self || !self->read_only || !self->data || uses.transposition[out]) mark(call->args[inputs]);
          mark(call->args[0]);
          uses.transposition[out] = &bound;
          uses.call[out] = call;
        } else {
          mark_all(call->args);
        }
      }
    }
  }
  mark_viewed(state, uses);
  return uses;
}

}  // namespace

void view_transposed_constants(MethodState& state) {
  const Uses uses = find_uses(state);
  for (std::size_t i = 0; i < state.values.size(); ++i) {
    auto* out = std::get_if<Tensor>(&state.values[i]);
    if (!out || !uses.transposition[i] || uses.elsewhere[i]) continue;
    const auto& self = std::get<Tensor>(state.values[static_cast<std::size_t>(uses.call[i]->args[0])]);
    const auto dims = permutation(state, *uses.transposition[i], *uses.call[i], self.rank());
    if (!dims) continue;
    const Tensor view = permuted(self, *dims);
    // What the kernel would refuse stays its matter.
    if (out->sizes != view.sizes || out->dtype != view.dtype || out->dynamism != Dynamism::Static) continue;
    *out = view;
    uses.transposition[i]->done = true;
  }
}

}  // namespace ptetool
