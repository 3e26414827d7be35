// Links a program with its data files: collects what is offered and what is needed, and joins the two by name.
#include "ptetool/link/model.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"

namespace ptetool {

namespace {

constexpr std::string_view kXnnpackBackend = "XnnpackBackend";

void collect_entries(Model& model) {
  for (std::size_t file = 0; file < model.data.size(); ++file) {
    const ptd::DataFile& data = *model.data[file];
    for (std::size_t i = 0; i < data.entries.size(); ++i) {
      const ptd::Entry& entry = data.entries[i];
      model.entries.push_back({entry.key, file, i, entry.tensor_layout, data.entry_bytes(entry), entry.offset, false});
    }
  }
  const pte::Program& program = *model.program;
  for (std::size_t i = 0; i < program.named_data.size(); ++i) {
    const pte::NamedData& entry = program.named_data[i];
    model.entries.push_back({entry.key, NamedEntry::kInProgram, i, std::nullopt,
                             program.segment_bytes(entry.segment_index), entry.offset, false});
  }
  for (std::size_t i = 0; i < model.entries.size(); ++i) model.by_key[model.entries[i].key].push_back(i);
}

void collect_delegates(Model& model) {
  const pte::Program& program = *model.program;
  std::map<std::pair<const std::uint8_t*, std::size_t>, std::shared_ptr<const Result<xnn::Graph>>> graphs;
  for (std::size_t p = 0; p < program.execution_plan.size(); ++p) {
    const auto& delegates = program.execution_plan[p].delegates;
    for (std::size_t d = 0; d < delegates.size(); ++d) {
      LinkedDelegate linked{p, d, program.delegate_bytes(delegates[d]), nullptr};
      if (linked.payload && delegates[d].id == kXnnpackBackend) {
        // Delegates with one payload (of several methods, or of a hostile file) share one graph.
        auto& graph = graphs[{linked.payload->data(), linked.payload->size()}];
        if (!graph) {
          graph = std::make_shared<const Result<xnn::Graph>>(xnn::read_xnnpack_blob(
              Bytes{*linked.payload, program.file},
              program.file->name() + ": " + indexed("execution_plan", p) + "." + indexed("delegates", d)));
        }
        linked.graph = graph;
      }
      model.delegates.push_back(std::move(linked));
    }
  }
}

// For each constant of a graph, the most bytes that a value or a scale list takes from it.
std::vector<std::uint64_t> bytes_used(const xnn::Graph& graph) {
  std::vector<std::uint64_t> used(graph.constants.size(), 0);
  const auto note = [&](std::uint32_t constant, std::optional<std::uint64_t> bytes) {
    if (constant != 0 && constant < used.size() && bytes) used[constant] = std::max(used[constant], *bytes);
  };
  for (const xnn::Value& value : graph.values) {
    note(value.constant_buffer_idx, xnn::constant_nbytes(value));
    if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) {
      note(channel->scale_buffer_idx, std::uint64_t{channel->num_scales} * sizeof(float));
    }
    if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) {
      note(group->scale_buffer_idx, std::uint64_t{group->num_scales} * sizeof(std::uint16_t));
    }
  }
  return used;
}

void collect_needs(Model& model) {
  const pte::Program& program = *model.program;
  std::size_t next_delegate = 0;
  for (std::size_t p = 0; p < program.execution_plan.size(); ++p) {
    const auto& values = program.execution_plan[p].values;
    for (std::size_t v = 0; v < values.size(); ++v) {
      const pte::Tensor* tensor = values[v].tensor();
      if (!tensor || !tensor->external()) continue;
      Need need;
      need.kind = tensor->allocation_info ? Need::Kind::ExternalState : Need::Kind::ExternalConstant;
      need.key = tensor->name();
      need.plan = p;
      need.index = v;
      need.tensor = tensor;
      model.needs.push_back(need);
    }
    for (; next_delegate < model.delegates.size() && model.delegates[next_delegate].plan == p; ++next_delegate) {
      const LinkedDelegate& delegate = model.delegates[next_delegate];
      if (!delegate.graph || !*delegate.graph) continue;
      const xnn::Graph& graph = **delegate.graph;
      const std::vector<std::uint64_t> used = bytes_used(graph);
      for (std::size_t c = 1; c < graph.constants.size(); ++c) {  // entry 0 is reserved
        if (!graph.constants[c].named_key) continue;
        Need need;
        need.kind = Need::Kind::DelegateConstant;
        need.key = *graph.constants[c].named_key;
        need.plan = p;
        need.index = delegate.index;
        need.constant = c;
        need.min_bytes = used[c];
        model.needs.push_back(need);
      }
    }
  }
}

void resolve(Model& model) {
  for (Need& need : model.needs) {
    const auto found = model.by_key.find(need.key);
    if (found == model.by_key.end()) continue;
    for (const std::size_t index : found->second) {
      NamedEntry& entry = model.entries[index];
      if (need.tensor && entry.data_file == NamedEntry::kInProgram) continue;
      entry.used = true;
      if (!need.entry) need.entry = index;
    }
  }
}

}  // namespace

Model link(std::shared_ptr<const pte::Program> program, std::vector<std::shared_ptr<const ptd::DataFile>> data) {
  Model model;
  model.program = std::move(program);
  model.data = std::move(data);
  collect_entries(model);
  collect_delegates(model);
  collect_needs(model);
  resolve(model);
  return model;
}

std::span<const std::size_t> Model::find(std::string_view key) const {
  const auto found = by_key.find(key);
  return found == by_key.end() ? std::span<const std::size_t>() : std::span<const std::size_t>(found->second);
}

const LinkedDelegate* Model::find_delegate(std::size_t plan, std::size_t index) const {
  const auto found = std::lower_bound(delegates.begin(), delegates.end(), std::pair(plan, index),
                                      [](const LinkedDelegate& delegate, const auto& wanted) {
                                        return std::pair(delegate.plan, delegate.index) < wanted;
                                      });
  return found != delegates.end() && found->plan == plan && found->index == index ? &*found : nullptr;
}

const File& Model::file_of(const NamedEntry& entry) const {
  return entry.data_file == NamedEntry::kInProgram ? *program->file : *data[entry.data_file]->file;
}

std::string Model::path_of(const Need& need) const {
  const std::string plan = indexed("execution_plan", need.plan) + ".";
  if (need.tensor) return plan + indexed("values", need.index);
  return plan + indexed("delegates", need.index) + "." + indexed("constant_data", need.constant);
}

LayoutAgreement compare_layout(const pte::Tensor& tensor, const NamedEntry& entry) {
  if (!entry.layout) return LayoutAgreement::Opaque;
  if (entry.layout->scalar_type != tensor.scalar_type) return LayoutAgreement::OtherDtype;
  if (!std::ranges::equal(entry.layout->sizes, tensor.sizes)) return LayoutAgreement::OtherSizes;
  if (!std::ranges::equal(entry.layout->dim_order, tensor.dim_order)) return LayoutAgreement::OtherDimOrder;
  if (entry.bytes && pte::tensor_nbytes(tensor) != entry.bytes->size()) return LayoutAgreement::OtherBytes;
  return LayoutAgreement::Same;
}

bool same_bytes(const NamedEntry& a, const NamedEntry& b) {
  if (!a.bytes || !b.bytes) return false;
  return a.bytes->data() == b.bytes->data() ? a.bytes->size() == b.bytes->size()
                                            : as_text(*a.bytes) == as_text(*b.bytes);
}

std::optional<std::string_view> promised_sha256(std::string_view key) {
  constexpr std::size_t kDigits = 64;
  if (key.size() < kDigits) return std::nullopt;
  const std::string_view digits = key.substr(key.size() - kDigits);
  if (!parse_sha256(digits)) return std::nullopt;
  if (key.size() == kDigits || key[key.size() - kDigits - 1] == '_') return digits;
  return std::nullopt;
}

std::vector<std::string_view> missing_keys(const Model& model) {
  std::vector<std::string_view> keys;
  std::unordered_set<std::string_view> seen;
  for (const Need& need : model.needs) {
    if (!need.entry && seen.insert(need.key).second) keys.push_back(need.key);
  }
  return keys;
}

}  // namespace ptetool
