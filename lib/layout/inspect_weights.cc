// Weights and other bytes of a program: tensors with content, segments, and what is largest.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "layout/inspect_segments.h"
#include "layout/inspect_views.h"
#include "layout/named_data.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Cell;
using report::Section;
using report::Table;

// A tensor with content, however many values share it.
struct Weight {
  const pte::Tensor* tensor = nullptr;
  std::string storage;
  std::optional<std::uint64_t> offset;
  std::vector<std::string> users;
};

class WeightList {
 public:
  WeightList(const Lens& lens, const Model& model) : lens_(lens), model_(model) {
    for (const Need& need : model.needs) {
      if (need.tensor) needs_.try_emplace(need.key, &need);
    }
  }

  void add(const pte::ExecutionPlan& plan) {
    for (std::size_t v = 0; v < plan.values.size(); ++v) {
      const pte::Tensor* tensor = plan.values[v].tensor();
      if (!tensor || (!tensor->external() && tensor->data_buffer_idx == 0)) continue;
      const bool external = tensor->external();
      const int kind = external ? 0 : tensor->constant() ? 1 : 2;
      const auto [place, fresh] = known_.try_emplace(
          {kind, external ? 0 : tensor->data_buffer_idx, external ? tensor->name() : std::string_view()},
          weights_.size());
      if (fresh) weights_.push_back(external ? weight_of_data(*tensor) : weight_of_program(*tensor));
      std::vector<std::string>& users = weights_[place->second].users;
      if (users.size() < kMostUsers) users.push_back(value_place(plan, v));
    }
  }

  std::vector<Weight> take() { return std::move(weights_); }

 private:
  Weight weight_of_data(const pte::Tensor& tensor) const {
    const auto need = needs_.find(tensor.name());
    if (need == needs_.end() || !need->second->entry) return {&tensor, "missing data", std::nullopt, {}};
    const std::size_t entry = *need->second->entry;
    return {&tensor, file_of_entry(model_, entry), offset_of_entry(model_, model_.entries[entry]), {}};
  }

  Weight weight_of_program(const pte::Tensor& tensor) const {
    const pte::Program& program = *model_.program;
    const std::uint64_t nbytes = pte::tensor_nbytes(tensor).value_or(0);
    const bool constant = tensor.constant();
    Weight weight{&tensor,
                  (constant ? "constant " : "initial state ") + std::to_string(tensor.data_buffer_idx),
                  std::nullopt,
                  {}};
    const auto bytes = constant ? program.constant_bytes(tensor.data_buffer_idx, nbytes)
                                : program.initial_state_bytes(tensor.data_buffer_idx, nbytes);
    if (bytes) {
      weight.offset = program.offset_of(*bytes);
    } else {
      lens_.problem(bytes.error());
    }
    return weight;
  }

  const Lens& lens_;
  const Model& model_;
  std::unordered_map<std::string_view, const Need*> needs_;
  std::map<std::tuple<int, std::uint32_t, std::string_view>, std::size_t> known_;
  std::vector<Weight> weights_;
};

Table tensors_table(const Lens& lens, const Model& model) {
  WeightList weights(lens, model);
  for (const pte::ExecutionPlan& plan : model.program->execution_plan) {
    if (lens.options.method.empty() || plan.name == lens.options.method) weights.add(plan);
  }
  std::vector<Row> rows;
  for (Weight& weight : weights.take()) {
    const pte::Tensor& tensor = *weight.tensor;
    const auto nbytes = pte::tensor_nbytes(tensor);
    std::string name = tensor.name().empty() ? weight.storage : std::string(tensor.name());
    rows.push_back({{std::string(tensor.name()), dtype_name(tensor.scalar_type), shape_words(tensor),
                     std::vector<std::int64_t>(tensor.sizes.begin(), tensor.sizes.end()),
                     dim_order_words(tensor.dim_order), cell_or_absent<ByteCount>(nbytes), std::move(weight.storage),
                     cell_or_absent<report::Offset>(weight.offset), std::move(weight.users)},
                    std::move(name),
                    nbytes.value_or(0),
                    weight.offset.value_or(0)});
  }
  return make_table(lens, "tensors", "tensors with content",
                    {{"name", "name"},
                     {"dtype", "dtype"},
                     {"shape", "shape"},
                     {"sizes", "sizes", true},
                     {"dim_order", "dim order"},
                     {"size", "size"},
                     {"storage", "stored as"},
                     {"offset", "offset"},
                     {"users", "used by"}},
                    std::move(rows));
}

Table program_segments_table(const Lens& lens, const pte::Program& program) {
  SegmentUsers users(program.segments.size());
  if (program.constant_segment) users.add(program.constant_segment->segment_index, "constants");
  for (const pte::SubsegmentOffsets& table : program.mutable_data_segments) {
    users.add(table.segment_index, "initial state");
  }
  for (const pte::ExecutionPlan& plan : program.execution_plan) {
    for (std::size_t d = 0; d < plan.delegates.size(); ++d) {
      const pte::BackendDelegate& delegate = plan.delegates[d];
      if (delegate.has_processed && delegate.location == pte::DataLocation::Segment)
        users.add(delegate.index, delegate_place(plan, d));
    }
  }
  for (const pte::NamedData& entry : program.named_data) users.add(entry.segment_index, std::string(entry.key));
  return segments_table(lens, program, users);
}

}  // namespace

void add_weights(const Lens& lens, const Model& model, Section& section) {
  if (lens.options.shows(View::Tensors)) section.tables.push_back(tensors_table(lens, model));
  if (lens.options.shows(View::Data)) section.tables.push_back(data_table(lens, model));
  if (lens.options.shows(View::Segments)) section.tables.push_back(program_segments_table(lens, *model.program));
}

Table largest_table(const Lens& lens, const ByteMap& map, const Model* model) {
  const auto types = model ? delegate_types(*model) : std::unordered_map<std::string_view, std::string>();
  const auto type_of = [&](std::string_view key) {
    const auto found = types.find(key);
    return found == types.end() ? std::string() : found->second;
  };
  std::vector<Row> rows;
  for (const Range& range : map.ranges) {
    if (range.kind != RangeKind::Constant && range.kind != RangeKind::State && range.kind != RangeKind::Delegate &&
        range.kind != RangeKind::NamedData && range.kind != RangeKind::Unused) {
      continue;
    }
    rows.push_back({{ByteCount{range.size}, std::string(kind_id(range.kind)), range.name,
                     range.kind == RangeKind::NamedData && range.type.empty() ? type_of(range.name) : range.type,
                     report::Offset{range.offset}, std::string()},
                    range.name,
                    range.size,
                    range.offset});
  }
  if (model) {
    for (const auto& [key, name] : external_names(*model)) {
      const std::string file = name.entry ? file_of_entry(*model, *name.entry) : "missing";
      rows.push_back({{ByteCount{name.bytes}, std::string("external"), std::string(key),
                       name.tensor ? type_text(*name.tensor) : type_of(key), report::Absent{}, file},
                      std::string(key),
                      name.bytes,
                      0});
    }
  }
  std::ranges::stable_sort(rows, std::greater<>(), &Row::size);
  return make_table(
      lens, "largest", "largest",
      {{"size", ""}, {"kind", "", true}, {"name", ""}, {"type", ""}, {"offset", "", true}, {"source", ""}},
      std::move(rows), {.sortable = false, .most = kOverviewRows / 2});
}

}  // namespace ptetool::layout
