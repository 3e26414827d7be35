// Gives every value of a method its content and its memory: what format-facts 5.3 tells about each kind of tensor.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "ptetool/base/text.h"
#include "runtime/load_steps.h"

namespace ptetool {

namespace {

// What kernels expect of an element's address.
std::size_t alignment_of(const Tensor& tensor) { return std::min<std::size_t>(tensor.element_size(), 8); }

class ValueLoader {
 public:
  ValueLoader(MethodState& state, std::size_t plan_index, Arenas& arenas)
      : state_(state), plan_index_(plan_index), arenas_(arenas) {}

  Result<> load() {
    for (const Need& need : state_.model->needs) {
      if (need.plan == plan_index_ && need.tensor && need.entry) external_[need.index] = *need.entry;
    }
    state_.values.reserve(state_.plan->values.size());
    for (std::size_t i = 0; i < state_.plan->values.size(); ++i) {
      PTETOOL_ASSIGN(Value value, load_value(i));
      state_.values.push_back(std::move(value));
    }
    return {};
  }

 private:
  Failure broken(std::size_t index, std::string message) const {
    return fail(ErrorCode::Malformed, state_.model->program->file->name(),
                state_.plan_path + "." + indexed("values", index), std::move(message),
                state_.plan->values[index].offset);
  }

  Result<Value> load_value(std::size_t index) {
    return std::visit(
        [&](const auto& content) -> Result<Value> {
          using T = std::remove_cvref_t<decltype(content)>;
          if constexpr (std::is_same_v<T, pte::Null>) {
            return Value(None{});
          } else if constexpr (std::is_same_v<T, pte::Int> || std::is_same_v<T, pte::Bool> ||
                               std::is_same_v<T, pte::Double> || std::is_same_v<T, pte::String>) {
            return Value(content.value);
          } else if constexpr (std::is_same_v<T, pte::IntList>) {
            return Value(IntListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::DoubleList>) {
            return Value(DoubleListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::BoolList>) {
            return Value(BoolListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::TensorList>) {
            return Value(TensorListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::OptionalTensorList>) {
            return Value(OptionalTensorListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::Tensor>) {
            return load_tensor(index, content);
          } else {
            return broken(index, "is of an unknown kind");
          }
        },
        state_.plan->values[index].content);
  }

  Result<Value> load_tensor(std::size_t index, const pte::Tensor& source) {
    const auto nbytes = pte::tensor_nbytes(source);
    if (!nbytes || source.sizes.size() > kMaxRank || source.dim_order.size() != source.sizes.size() ||
        !is_permutation(source.dim_order)) {
      return broken(index, "has sizes or a dim order that make no tensor");
    }
    Tensor tensor = make_tensor(source.scalar_type, Sizes(source.sizes).span(), source.dim_order);
    tensor.dynamism = source.shape_dynamism == pte::ShapeDynamism::Static ? Dynamism::Static : Dynamism::Bound;
    if (source.allocation_info) {
      const auto& where = *source.allocation_info;
      const std::uint64_t reach = state_.arenas[where.memory_id - 1]->size();
      if (!range_within(where.memory_offset, *nbytes, reach)) return broken(index, "leaves its arena");
      const LazyMemory& arena = arenas_.memory_of(where, *nbytes);
      tensor.data = arena.size() ? arena.data() + where.memory_offset : nullptr;
      if (!is_aligned(tensor.data, alignment_of(tensor))) return broken(index, "is planned at an unaligned offset");
      PTETOOL_CHECK(load_state(index, source, tensor, *nbytes));
    } else if (source.external()) {
      PTETOOL_ASSIGN(const ByteView bytes, external_bytes(index, *nbytes));
      PTETOOL_CHECK(use_constant(tensor, bytes));
    } else if (source.data_buffer_idx > 0) {
      PTETOOL_ASSIGN(const ByteView bytes, state_.model->program->constant_bytes(source.data_buffer_idx, *nbytes));
      PTETOOL_CHECK(use_constant(tensor, bytes));
    }
    return Value(tensor);
  }

  // The initial content of planned memory, where the program or a data file has one.
  Result<> load_state(std::size_t index, const pte::Tensor& source, Tensor& tensor, std::uint64_t nbytes) {
    ByteView initial;
    if (source.external()) {
      PTETOOL_ASSIGN(initial, external_bytes(index, nbytes));
    } else if (source.data_buffer_idx > 0) {
      PTETOOL_ASSIGN(initial, state_.model->program->initial_state_bytes(source.data_buffer_idx, nbytes));
    }
    if (!initial.empty()) std::memcpy(tensor.data, initial.data(), initial.size());
    return {};
  }

  Result<ByteView> external_bytes(std::size_t index, std::uint64_t nbytes) const {
    const auto found = external_.find(index);
    if (found == external_.end()) return broken(index, "is external, and its key is in no data file");
    const NamedEntry& entry = state_.model->entries[found->second];
    if (!entry.bytes) return Failure(entry.bytes.error());
    if (entry.bytes->size() < nbytes) return broken(index, "is larger than its data");
    return entry.bytes->first(static_cast<std::size_t>(nbytes));
  }

  // Constants are used where they are mapped. Those that lie unaligned for their type are copied once.
  Result<> use_constant(Tensor& tensor, ByteView bytes) {
    tensor.read_only = true;
    if (bytes.empty() || is_aligned(bytes.data(), alignment_of(tensor))) {
      tensor.data = const_cast<std::uint8_t*>(bytes.data());  // read_only guards it
      return {};
    }
    auto& copy = copies_[bytes.data()];
    if (copy.second < bytes.size()) {
      PTETOOL_CHECK(arenas_.take(bytes.size(), "an unaligned constant"));
      PTETOOL_ASSIGN(LazyMemory memory, LazyMemory::reserve(bytes.size()));
      std::memcpy(memory.data(), bytes.data(), bytes.size());
      copy = {memory.data(), bytes.size()};
      state_.own_memory.push_back(std::move(memory));
    }
    tensor.data = copy.first;
    return {};
  }

  MethodState& state_;
  std::size_t plan_index_;
  Arenas& arenas_;
  std::unordered_map<std::size_t, std::size_t> external_;  // value index -> entry
  std::unordered_map<const std::uint8_t*, std::pair<std::uint8_t*, std::size_t>> copies_;
};

}  // namespace

Result<> load_values(MethodState& state, std::size_t plan_index, Arenas& arenas) {
  return ValueLoader(state, plan_index, arenas).load();
}

Result<> allocate_outputs(MethodState& state, Arenas& arenas) {
  for (const std::int32_t output : state.plan->outputs) {
    auto* tensor = std::get_if<Tensor>(&state.values[static_cast<std::size_t>(output)]);
    const bool is_input = std::ranges::find(state.plan->inputs, output) != state.plan->inputs.end();
    if (!tensor || tensor->data || is_input || tensor->nbytes() == 0) continue;
    PTETOOL_CHECK(arenas.take(tensor->nbytes(), "an output"));
    PTETOOL_ASSIGN(LazyMemory memory, LazyMemory::reserve(tensor->nbytes()));
    tensor->data = memory.data();
    state.own_memory.push_back(std::move(memory));
  }
  return {};
}

}  // namespace ptetool
