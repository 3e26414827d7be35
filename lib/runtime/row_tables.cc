// A table is the first argument of an embedding operator, in a mapped file, of 8 MiB or more.
#include "runtime/row_tables.h"

#include "ptetool/base/pages.h"
#include "runtime/state.h"

namespace ptetool {

namespace {

constexpr std::size_t kLeastBytes = std::size_t{8} << 20;

// aten::embedding and its quantised kin: the table is their first argument.
bool reads_rows(const BoundOperator& op) { return op.schema.name.find("::embedding") != std::string_view::npos; }

const File* file_of(const Model& model, ByteView bytes) {
  const auto holds = [&](const File& file) {
    const ByteView whole = file.bytes();
    return file.mapped() && bytes.data() >= whole.data() && bytes.data() + bytes.size() <= whole.data() + whole.size();
  };
  for (const auto& data : model.data) {
    if (holds(*data->file)) return data->file.get();
  }
  return holds(*model.program->file) ? model.program->file.get() : nullptr;
}

// The first integers among the arguments that are no constants.
std::optional<std::size_t> find_indices(const MethodState& state, const pte::KernelCall& call) {
  for (const std::int32_t arg : call.args) {
    const auto* tensor = std::get_if<Tensor>(&state.values[static_cast<std::size_t>(arg)]);
    if (!tensor || tensor->read_only) continue;
    if (tensor->dtype == ScalarType::Long || tensor->dtype == ScalarType::Int) return static_cast<std::size_t>(arg);
  }
  return std::nullopt;
}

}  // namespace

void find_row_tables(MethodState& state) {
  for (std::size_t c = 0; c < state.chains.size(); ++c) {
    for (std::size_t i = 0; i < state.chains[c].size(); ++i) {
      BoundInstruction& bound = state.chains[c][i];
      const auto* call = std::get_if<pte::KernelCall>(&state.plan->chains[c].instructions[i].content);
      if (!call || !bound.op || !reads_rows(*bound.op) || call->args.empty()) continue;
      const auto* table = std::get_if<Tensor>(&state.values[static_cast<std::size_t>(call->args[0])]);
      if (!table || !table->read_only || !table->data || table->bytes().size() < kLeastBytes) continue;
      const File* file = file_of(*state.model, table->bytes());
      if (!file) continue;
      bound.table = state.tables.size();
      state.tables.push_back({file, table->bytes(), find_indices(state, *call)});
    }
  }
}

}  // namespace ptetool
