// Names that are offered, names that are needed, and how they meet.
#include "layout/named_data.h"

#include <algorithm>
#include <vector>

#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Section;
using report::Table;

// Who needs the names: "forward %3", "forward delegate 0".
std::string need_place(const Model& model, const Need& need) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[need.plan];
  return need.tensor ? value_place(plan, need.index) : delegate_place(plan, need.index);
}

// Every need but those of the reserved constant 0 of a graph, which is no constant (format-facts 3.3).
template <class Visit>
void each_need(const Model& model, Visit&& visit) {
  for (const Need& need : model.needs) {
    if (need.tensor || need.constant != 0) visit(need);
  }
}

// Which files beside the program have what is missing.
std::string nearby_words(const std::vector<NearbyData>& files, std::uint64_t missing) {
  constexpr std::size_t kMostFiles = 3;
  std::string text;
  for (std::size_t i = 0; i < files.size() && i < kMostFiles; ++i) {
    if (files[i].provides == missing) return "; --data " + files[i].path + " has " + (missing == 1 ? "it" : "them");
    text += (i == 0 ? "; beside it " : ", ") + files[i].path + " has " + std::to_string(files[i].provides);
  }
  return text;
}

}  // namespace

std::string file_of_entry(const Model& model, std::size_t entry) {
  const NamedEntry& found = model.entries[entry];
  return found.data_file == NamedEntry::kInProgram ? "this file" : model.file_of(found).name();
}

std::optional<std::uint64_t> offset_of_entry(const Model& model, const NamedEntry& entry) {
  if (!entry.bytes) return std::nullopt;
  return entry.data_file == NamedEntry::kInProgram ? model.program->offset_of(*entry.bytes)
                                                   : model.data[entry.data_file]->offset_of(*entry.bytes);
}

std::unordered_map<std::string_view, std::string> delegate_types(const Model& model) {
  std::unordered_map<std::string_view, std::string> types;
  for (const LinkedDelegate& delegate : model.delegates) {
    if (!delegate.graph || !*delegate.graph) continue;
    const xnn::Graph& graph = **delegate.graph;
    const auto note = [&](std::uint32_t constant, std::string type) {
      if (constant == 0 || constant >= graph.constants.size() || !graph.constants[constant].named_key) return;
      types.try_emplace(*graph.constants[constant].named_key, std::move(type));
    };
    for (const xnn::Value& value : graph.values) {
      note(value.constant_buffer_idx, type_text(value));
      if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) {
        note(channel->scale_buffer_idx, "scales [" + std::to_string(channel->num_scales) + "]");
      }
      if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) {
        note(group->scale_buffer_idx, "scales [" + std::to_string(group->num_scales) + "]");
      }
    }
  }
  return types;
}

std::map<std::string_view, ExternalName> external_names(const Model& model) {
  std::map<std::string_view, ExternalName> names;
  each_need(model, [&](const Need& need) {
    if (need.entry && model.entries[*need.entry].data_file == NamedEntry::kInProgram) return;
    ExternalName& name = names[need.key];
    name.bytes = std::max(name.bytes, need.tensor ? pte::tensor_nbytes(*need.tensor).value_or(0) : need.min_bytes);
    if (need.entry) name.entry = need.entry;
    if (need.tensor) name.tensor = need.tensor;
  });
  return names;
}

namespace {

struct DataName {
  std::optional<std::size_t> entry;
  std::vector<std::string> users;
  std::uint64_t min_bytes = 0;
  const pte::Tensor* tensor = nullptr;
};

// Names that the program needs or holds, in the order in which they are met.
std::vector<std::pair<std::string_view, DataName>> data_names(const Lens& lens, const Model& model) {
  std::vector<std::pair<std::string_view, DataName>> names;
  std::unordered_map<std::string_view, std::size_t> known;
  const auto name_of = [&](std::string_view key) -> DataName& {
    const auto [place, fresh] = known.try_emplace(key, names.size());
    if (fresh) names.emplace_back(key, DataName{});
    return names[place->second].second;
  };
  each_need(model, [&](const Need& need) {
    DataName& name = name_of(need.key);
    if (need.entry && !name.entry) name.entry = need.entry;
    name.min_bytes =
        std::max(name.min_bytes, need.tensor ? pte::tensor_nbytes(*need.tensor).value_or(0) : need.min_bytes);
    if (need.tensor) name.tensor = need.tensor;
    if (name.users.size() < kMostUsers) name.users.push_back(need_place(model, need));
  });
  for (std::size_t i = 0; i < model.entries.size(); ++i) {
    const NamedEntry& entry = model.entries[i];
    // Data files serve other programs too: of theirs only what this one uses.
    if (entry.data_file != NamedEntry::kInProgram) continue;
    DataName& name = name_of(entry.key);
    if (!name.entry) name.entry = i;
    if (!entry.bytes) lens.problem(entry.bytes.error());
  }
  return names;
}

}  // namespace

Table data_table(const Lens& lens, const Model& model) {
  const auto types = delegate_types(model);
  std::vector<Row> rows;
  for (auto& [key, name] : data_names(lens, model)) {
    const NamedEntry* entry = name.entry ? &model.entries[*name.entry] : nullptr;
    const std::optional<std::uint64_t> size = entry && entry->bytes ? std::optional<std::uint64_t>(entry->bytes->size())
                                              : name.min_bytes != 0 ? std::optional(name.min_bytes)
                                                                    : std::nullopt;
    const auto offset = entry ? offset_of_entry(model, *entry) : std::nullopt;
    std::string type;
    if (name.tensor) {
      type = type_text(*name.tensor);
    } else if (entry && entry->layout) {
      type = type_text(*entry->layout);
    } else if (const auto found = types.find(key); found != types.end()) {
      type = found->second;
    }
    rows.push_back({{std::string(key), std::move(type), cell_or_absent<ByteCount>(size),
                     name.entry ? file_of_entry(model, *name.entry) : std::string("missing"),
                     cell_or_absent<report::Offset>(offset), std::move(name.users)},
                    std::string(key),
                    size.value_or(0),
                    offset.value_or(0)});
  }
  return make_table(lens, "named_data", "named data",
                    {{"key", "key"},
                     {"type", "type"},
                     {"size", "size"},
                     {"source", "found in"},
                     {"offset", "offset"},
                     {"users", "used by"}},
                    std::move(rows));
}

void add_external_data(const Model& model, const std::string& program_path, Section& section) {
  std::uint64_t needed = 0;
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;
  std::map<std::size_t, std::uint64_t> found;  // data file -> keys
  for (const auto& [key, name] : external_names(model)) {
    ++needed;
    bytes += name.bytes;
    if (name.entry) {
      ++found[model.entries[*name.entry].data_file];
    } else {
      ++missing;
    }
  }
  section.add("external_keys", "", needed);
  section.add("external_bytes", "", bytes);
  section.add("external_missing", "", missing);
  if (needed == 0) return;
  std::string text = "needs " + counted(needed, "named tensor") + " (" + human_bytes(bytes) + ")";
  for (const auto& [file, keys] : found) {
    text += ", " + (keys == needed ? "all" : std::to_string(keys)) + " in " + model.data[file]->file->name();
  }
  if (missing != 0) {
    text += missing == needed ? ", not given" : ", " + std::to_string(missing) + " missing";
    // A file that is only in memory lies nowhere.
    if (model.program->file->mapped()) text += nearby_words(nearby_data(model, program_path), missing);
  }
  section.add("external_data", "external data", text);
}

}  // namespace ptetool::layout
