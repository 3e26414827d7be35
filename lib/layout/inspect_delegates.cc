// Delegates: XNNPACK graphs opened down to nodes, values and weights, the payloads of other backends outlined.
#include <fmt/format.h>

#include "layout/inspect_views.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/format/delegate_blob.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Cell;
using report::Section;

constexpr std::size_t kLongestPreview = 48;  // bytes of a compile spec that are shown

std::string value_id(std::uint32_t id) { return id == xnn::kInvalidId ? "none" : "v" + std::to_string(id); }

report::Table nodes_table(const Lens& lens, const xnn::Graph& graph) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const xnn::Node& node = graph.nodes[i];
    std::vector<std::string> inputs;
    std::vector<std::string> roles;
    for (const xnn::Operand& operand : node.inputs) {
      roles.push_back(std::string(operand.role) + " " + value_id(operand.id));
      if (operand.id != xnn::kInvalidId) inputs.push_back(value_id(operand.id));
    }
    std::vector<std::string> outputs;
    for (const xnn::Operand& operand : node.outputs) outputs.push_back(value_id(operand.id));
    rows.push_back(
        {{std::uint64_t{i}, xnn::node_kind_name(node.kind), std::move(inputs), std::move(outputs),
          attribute_words(node), std::move(roles), std::uint64_t{node.debug_handle}, report::Offset{node.offset}},
         xnn::node_kind_name(node.kind),
         0,
         node.offset});
  }
  return make_table(lens, "nodes", "nodes",
                    {{"index", "#"},
                     {"kind", "kind"},
                     {"inputs", "inputs"},
                     {"outputs", "output"},
                     {"attributes", "attributes"},
                     {"roles", "roles", true},
                     {"debug_handle", "debug handle", true},
                     {"offset", "offset", true}},
                    std::move(rows), {.sortable = false});
}

struct ConstantPlace {
  std::string key;
  std::string source;
  std::optional<std::uint64_t> size;
};

ConstantPlace constant_place(const xnn::Graph& graph, std::uint32_t index, const Model* model) {
  if (index >= graph.constants.size()) return {{}, "no such constant", std::nullopt};
  const xnn::Constant& constant = graph.constants[index];
  if (!constant.named_key) return {{}, constant.inside ? "in the delegate" : "nowhere", constant.size};
  ConstantPlace place{std::string(*constant.named_key), "by name", std::nullopt};
  if (!model) return place;
  const auto entries = model->find(*constant.named_key);
  if (entries.empty()) {
    place.source = "missing";
    return place;
  }
  const NamedEntry& entry = model->entries[entries.front()];
  place.source = entry.data_file == NamedEntry::kInProgram ? "this file" : model->file_of(entry).name();
  if (entry.bytes) place.size = entry.bytes->size();
  return place;
}

report::Table values_table(const Lens& lens, const xnn::Graph& graph, const Model* model) {
  std::vector<Row> rows;
  for (const xnn::Value& value : graph.values) {
    ConstantPlace place;
    if (value.constant_buffer_idx != 0) place = constant_place(graph, value.constant_buffer_idx, model);
    std::string role;
    if (value.external_input()) role = "argument " + std::to_string(value.external_id) + " in";
    if (value.external_output())
      role += (role.empty() ? "argument " + std::to_string(value.external_id) + " out" : " and out");
    if (value.constant_buffer_idx != 0)
      role += (role.empty() ? "constant " : ", constant ") + std::to_string(value.constant_buffer_idx);
    rows.push_back({{value_id(value.id), xnn::datatype_name(value.datatype), shape_text(value.dims),
                     quant_words(value.quant), std::move(role), cell_or_absent<ByteCount>(place.size),
                     std::move(place.source), place.key, report::Offset{value.offset}},
                    place.key.empty() ? value_id(value.id) : place.key,
                    place.size.value_or(0),
                    value.offset});
  }
  return make_table(lens, "values", "values",
                    {{"value", "value"},
                     {"datatype", "datatype"},
                     {"shape", "shape"},
                     {"quantisation", "quantisation"},
                     {"role", "role"},
                     {"size", "size"},
                     {"source", "weight in"},
                     {"key", "key"},
                     {"offset", "offset", true}},
                    std::move(rows));
}

std::string preview(ByteView value) {
  std::string text;
  for (const std::uint8_t byte : value.first(std::min(value.size(), kLongestPreview))) {
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  }
  return text + (value.size() > kLongestPreview ? "…" : "");
}

Section delegate_section(const Lens& lens, const Model& model, const LinkedDelegate& linked) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[linked.plan];
  const pte::BackendDelegate& delegate = plan.delegates[linked.index];
  Section section;
  section.id = "delegates";
  section.listed = true;
  section.title = delegate_place(plan, linked.index);
  section.add("method", "", std::string(plan.name));
  section.add("index", "", std::uint64_t{linked.index});
  section.add("backend", "backend", std::string(delegate.id));
  if (linked.payload) {
    section.add("size", "size", ByteCount{linked.payload->size()});
    section.add("offset", "offset", report::Offset{model.program->offset_of(*linked.payload)});
  } else {
    lens.problem(linked.payload.error());
  }
  const bool in_segment = delegate.location == pte::DataLocation::Segment;
  section.add("location", "stored in",
              (in_segment ? "segment " : "the flatbuffer, entry ") + std::to_string(delegate.index));
  std::vector<Row> specs;
  for (const pte::CompileSpec& spec : delegate.compile_specs) {
    specs.push_back(
        {{std::string(spec.key), ByteCount{spec.value.size()}, preview(spec.value)}, std::string(spec.key), 0, 0});
  }
  const Lens everything{lens.options, std::nullopt, lens.problems};
  section.tables.push_back(make_table(everything, "compile_specs", "compile specs",
                                      {{"key", ""}, {"size", ""}, {"preview", ""}}, std::move(specs),
                                      {.sortable = false}));
  if (linked.graph && *linked.graph) {
    section.add("format", "format", std::string("XNNPACK graph"));
    add_graph(lens, **linked.graph, &model, section);
    return section;
  }
  if (linked.graph) lens.problem(linked.graph->error());
  if (!linked.payload) return section;
  const DelegateOutline outline = outline_delegate(delegate.id, *linked.payload);
  section.add("format", "format", outline.format);
  std::vector<Row> facts;
  for (const auto& [name, value] : outline.facts) facts.push_back({{name, value}, name, 0, 0});
  section.tables.push_back(
      make_table(everything, "outline", "", {{"name", ""}, {"value", ""}}, std::move(facts), {.sortable = false}));
  section.add("named_keys", outline.named_keys.empty() ? "" : "named data", outline.named_keys);
  return section;
}

}  // namespace

void add_graph(const Lens& lens, const xnn::Graph& graph, const Model* model, Section& section) {
  section.add("identifier", "identifier", std::string(graph.identifier) + (graph.header ? "" : ", without header"));
  section.add("externs", "arguments", std::uint64_t{graph.num_externs});
  section.add("nodes_count", "nodes", std::uint64_t{graph.nodes.size()});
  section.add("values_count", "values", std::uint64_t{graph.values.size()});
  section.tables.push_back(nodes_table(lens, graph));
  section.tables.push_back(values_table(lens, graph, model));
}

void add_delegates(const Lens& lens, const Model& model, Section& section) {
  for (const LinkedDelegate& linked : model.delegates) {
    const std::string_view method = model.program->execution_plan[linked.plan].name;
    if (!lens.options.method.empty() && method != lens.options.method) continue;
    section.sections.push_back(delegate_section(lens, model, linked));
  }
}

}  // namespace ptetool::layout
