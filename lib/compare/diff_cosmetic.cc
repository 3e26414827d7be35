// What no runtime notices.
#include <algorithm>

#include "compare/diff_parts.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/era.h"

namespace ptetool::compare {

namespace {

std::string era_words(const Model& model) {
  std::vector<const xnn::Graph*> graphs;
  for (const LinkedDelegate& delegate : model.delegates) {
    if (delegate.graph && *delegate.graph) graphs.push_back(&**delegate.graph);
  }
  return layout::era_of(*model.program, graphs).text;
}

std::string blob_formats(const Model& model) {
  std::vector<std::string> formats;
  for (const LinkedDelegate& delegate : model.delegates) {
    if (!delegate.graph || !*delegate.graph) continue;
    const xnn::Graph& graph = **delegate.graph;
    std::string format = std::string(graph.identifier) + (graph.header ? "" : " without header");
    if (std::ranges::find(formats, format) == formats.end()) formats.push_back(std::move(format));
  }
  std::ranges::sort(formats);
  std::string text;
  for (const std::string& each : formats) text += (text.empty() ? "" : ", ") + each;
  return text;
}

// Where payloads of delegates and constants lie.
std::string payload_places(const pte::Program& program) {
  std::size_t segments = 0;
  std::size_t tables = 0;
  for (const pte::ExecutionPlan& plan : program.execution_plan) {
    for (const pte::BackendDelegate& delegate : plan.delegates)
      ++(delegate.location == pte::DataLocation::Segment ? segments : tables);
  }
  if (segments == 0 && tables == 0) return "none";
  return segments == 0 ? "in the tables" : tables == 0 ? "in segments" : "some in segments, some in the tables";
}
std::string constant_place(const pte::Program& program) {
  const bool segment = program.constant_segment && program.constant_segment->offsets.size() > 1;
  return segment ? "in a segment" : program.constant_buffer.size() > 1 ? "in the tables" : "none";
}

// How many of these values have memory in the plan.
std::string planned(const pte::ExecutionPlan& plan, std::span<const std::int32_t> values) {
  std::size_t tensors = 0;
  std::size_t with_memory = 0;
  for (const std::int32_t index : values) {
    const bool exists = index >= 0 && static_cast<std::size_t>(index) < plan.values.size();
    const pte::Tensor* tensor = exists ? plan.values[static_cast<std::size_t>(index)].tensor() : nullptr;
    if (!tensor) continue;
    ++tensors;
    if (tensor->allocation_info) ++with_memory;
  }
  return std::to_string(with_memory) + " of " + std::to_string(tensors) + " tensors";
}

std::string traces(const pte::ExecutionPlan& plan) {
  const bool any = std::ranges::any_of(plan.chains, [](const pte::Chain& chain) { return !chain.stacktrace.empty(); });
  return any ? "kept" : "none";
}

std::string named_state(const pte::ExecutionPlan& plan) {
  std::size_t named = 0;
  for (const pte::Value& value : plan.values) {
    const pte::Tensor* tensor = value.tensor();
    if (tensor && tensor->allocation_info && !tensor->name().empty()) ++named;
  }
  return counted(named, "name");
}

struct Cosmetics {
  report::Table table = {"changes", "", {{"what", "what"}, {"old", "old"}, {"new", "new"}}, {}, 0};

  void row(std::string what, std::string was, std::string is) {
    if (was != is) table.rows.push_back({std::move(what), std::move(was), std::move(is)});
  }
  PartResult finish() {
    PartResult result{Part::Cosmetic};
    for (const auto& row : table.rows)
      result.summary += (result.summary.empty() ? "" : ", ") + std::get<std::string>(row.front());
    result.tables.push_back(std::move(table));
    return result;
  }
};

}  // namespace

PartResult program_cosmetics(const Programs& programs, const Side& old_side, const Side& new_side) {
  const pte::Program& was = *programs.old_side.model.program;
  const pte::Program& is = *programs.new_side.model.program;
  Cosmetics cosmetics;
  cosmetics.row("container", std::string(describe(old_side.artifact.kind)),
                std::string(describe(new_side.artifact.kind)));
  cosmetics.row("exporter", era_words(programs.old_side.model), era_words(programs.new_side.model));
  cosmetics.row("identifier", std::string(was.identifier), std::string(is.identifier));
  cosmetics.row("schema version", std::to_string(was.version), std::to_string(is.version));
  const auto header = [](const pte::Program& program) {
    return program.header ? std::to_string(program.header->length) + " bytes" : std::string("none");
  };
  cosmetics.row("extended header", header(was), header(is));
  cosmetics.row("XNNPACK blobs", blob_formats(programs.old_side.model), blob_formats(programs.new_side.model));
  // What is there on one side only is told elsewhere.
  const auto place = [&](std::string what, std::string before, std::string after) {
    if (before != "none" && after != "none") cosmetics.row(std::move(what), std::move(before), std::move(after));
  };
  place("payloads", payload_places(was), payload_places(is));
  place("constants", constant_place(was), constant_place(is));
  for (const AlignedMethod& method : programs.aligned) {
    const pte::ExecutionPlan& old_plan = programs.old_side.plan(method.plans.old_plan);
    const pte::ExecutionPlan& new_plan = programs.new_side.plan(method.plans.new_plan);
    const std::string name = layout::method_name(old_plan);
    if (method.old_steps.size() == method.new_steps.size()) {  // otherwise nobody wonders
      cosmetics.row("values of " + name, std::to_string(old_plan.values.size()),
                    std::to_string(new_plan.values.size()));
    }
    cosmetics.row("planned inputs of " + name, planned(old_plan, old_plan.inputs), planned(new_plan, new_plan.inputs));
    cosmetics.row("planned outputs of " + name, planned(old_plan, old_plan.outputs),
                  planned(new_plan, new_plan.outputs));
    cosmetics.row("stack traces of " + name, traces(old_plan), traces(new_plan));
    cosmetics.row("names of state in " + name, named_state(old_plan), named_state(new_plan));
    cosmetics.row("Python inputs of " + name, std::string(old_plan.encoded_inp_str),
                  std::string(new_plan.encoded_inp_str));
    cosmetics.row("Python outputs of " + name, std::string(old_plan.encoded_out_str),
                  std::string(new_plan.encoded_out_str));
  }
  return cosmetics.finish();
}

PartResult data_cosmetics(const ptd::DataFile& was, const ptd::DataFile& is) {
  Cosmetics cosmetics;
  const auto layout_words = [](const ptd::DataFile& file) {
    return std::string(file.layout == ptd::Layout::V06 ? "v0.6" : "v0.7 or later");
  };
  cosmetics.row("layout", layout_words(was), layout_words(is));
  cosmetics.row("schema version", std::to_string(was.version), std::to_string(is.version));
  cosmetics.row("exporter", layout::era_of(was).text, layout::era_of(is).text);
  const auto keys = [](const ptd::DataFile& file) {
    std::vector<std::string_view> list;
    for (const ptd::Entry& entry : file.entries) list.push_back(entry.key);
    return list;
  };
  auto old_keys = keys(was);
  auto new_keys = keys(is);
  const bool same_order = old_keys == new_keys;
  std::ranges::sort(old_keys);
  std::ranges::sort(new_keys);
  if (!same_order && old_keys == new_keys) cosmetics.row("order of keys", "one", "another");
  return cosmetics.finish();
}

}  // namespace ptetool::compare
