// Memory plan, metadata, test cases, sizes, and what no runtime notices.
#include <algorithm>
#include <map>

#include "compare/diff_parts.h"
#include "layout/words.h"
#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/byte_map.h"
#include "ptetool/layout/era.h"
#include "ptetool/layout/memory_plan.h"

namespace ptetool::compare {

namespace {

using report::ByteChange;
using report::ByteCount;
using report::Cell;

report::Table change_table(std::string_view first) {
  return {"changes", "", {{"what", std::string(first)}, {"old", "old"}, {"new", "new"}}, {}, 0};
}

Cell change_of(std::uint64_t was, std::uint64_t is) { return ByteChange{static_cast<std::int64_t>(is - was)}; }

std::string outputs_words(const pte::ExecutionPlan& plan) {
  std::string text;
  for (const std::int32_t output : plan.outputs) text += (text.empty() ? "" : ", ") + layout::value_words(plan, output);
  return text;
}

// A case as a digest of everything in it.
std::string digest_of(const bundled::TestCase& test) {
  std::string digest;
  for (const auto* values : {&test.inputs, &test.expected_outputs}) {
    digest += "|";
    for (const bundled::Value& value : *values) {
      digest += ";" + std::to_string(value.content.index()) + " ";
      if (const auto* tensor = std::get_if<bundled::Tensor>(&value.content)) {
        digest += layout::type_text(*tensor) + layout::dim_order_words(tensor->dim_order) +
                  std::to_string(fingerprint(tensor->data).low);
      } else if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
        digest += std::to_string(*number);
      } else if (const auto* flag = std::get_if<bool>(&value.content)) {
        digest += *flag ? "true" : "false";
      } else if (const auto* real = std::get_if<double>(&value.content)) {
        digest += std::to_string(fingerprint(bytes_of(std::span(real, 1))).low);
      }
    }
  }
  return digest;
}

std::map<std::string_view, std::vector<std::string>> tests_of(const Artifact& artifact) {
  std::map<std::string_view, std::vector<std::string>> tests;
  const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content);
  if (!bundle) return tests;
  for (const bundled::TestSuite& suite : (*bundle)->bundle.test_suites) {
    for (const bundled::TestCase& test : suite.test_cases) tests[suite.method_name].push_back(digest_of(test));
  }
  return tests;
}

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

struct Cosmetics {
  report::Table table = change_table("what");

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

PartResult memory_part(const Programs& programs) {
  PartResult result{Part::Memory};
  report::Table table{"changes",
                      "",
                      {{"method", "method"}, {"what", "what"}, {"old", "old"}, {"new", "new"}, {"change", "change"}},
                      {},
                      0};
  std::uint64_t was_total = 0;
  std::uint64_t is_total = 0;
  for (const AlignedMethod& method : programs.aligned) {
    const layout::MethodMemory was = layout::method_memory(programs.old_side.model, method.plans.old_plan);
    const layout::MethodMemory is = layout::method_memory(programs.new_side.model, method.plans.new_plan);
    was_total += was.planned_bytes;
    is_total += is.planned_bytes;
    const std::string name = layout::method_name(programs.new_side.plan(method.plans.new_plan));
    const auto row = [&](std::string what, std::uint64_t old_size, std::uint64_t new_size) {
      if (old_size == new_size) return;
      table.rows.push_back(
          {name, std::move(what), ByteCount{old_size}, ByteCount{new_size}, change_of(old_size, new_size)});
    };
    const std::size_t arenas = std::max(was.arenas.size(), is.arenas.size());
    for (std::size_t a = 0; a < arenas; ++a) {
      row("arena " + std::to_string(a < was.arenas.size() ? was.arenas[a].id : is.arenas[a].id),
          a < was.arenas.size() ? was.arenas[a].size : 0, a < is.arenas.size() ? is.arenas[a].size : 0);
    }
    row("mutable state", was.state_bytes, is.state_bytes);
    // Where values lie changes no result; what is kept from call to call does.
    if (was.state_bytes != is.state_bytes) ++result.differences;
  }
  if (!table.rows.empty()) result.summary = human_bytes(was_total) + " planned, now " + human_bytes(is_total);
  result.tables.push_back(std::move(table));
  return result;
}

PartResult metadata_part(const Programs& programs) {
  PartResult result{Part::Metadata};
  std::map<std::string_view, std::pair<const pte::ExecutionPlan*, const pte::ExecutionPlan*>> getters;
  for (const pte::ExecutionPlan& plan : programs.old_side.model.program->execution_plan) {
    if (plan.constant_method()) getters[plan.name].first = &plan;
  }
  for (const pte::ExecutionPlan& plan : programs.new_side.model.program->execution_plan) {
    if (plan.constant_method()) getters[plan.name].second = &plan;
  }
  report::Table table = change_table("name");
  std::uint64_t added = 0, removed = 0, changed = 0;
  for (const auto& [name, plans] : getters) {
    const auto& [was, is] = plans;
    std::string old_words = was ? outputs_words(*was) : "";
    std::string new_words = is ? outputs_words(*is) : "";
    if (was && is && old_words == new_words) continue;
    ++(!was ? added : !is ? removed : changed);
    table.rows.push_back({std::string(name), std::move(old_words), std::move(new_words)});
  }
  result.differences = added + removed + changed;
  result.breaking = removed;
  result.count(added, "added");
  result.count(removed, "removed");
  result.count(changed, "changed");
  result.tables.push_back(std::move(table));
  return result;
}

PartResult tests_part(const Side& old_side, const Side& new_side) {
  PartResult result{Part::Tests};
  const auto was = tests_of(old_side.artifact);
  const auto is = tests_of(new_side.artifact);
  report::Table table{
      "changes", "", {{"method", "method"}, {"old", "old cases"}, {"new", "new cases"}, {"changed", "changed"}}, {}, 0};
  auto names = was;
  names.insert(is.begin(), is.end());
  static const std::vector<std::string> kNone;
  for (const auto& [name, cases] : names) {
    const auto old_cases = was.find(name);
    const auto new_cases = is.find(name);
    const auto& olds = old_cases == was.end() ? kNone : old_cases->second;
    const auto& news = new_cases == is.end() ? kNone : new_cases->second;
    std::uint64_t changed = 0;
    for (std::size_t i = 0; i < std::min(olds.size(), news.size()); ++i) changed += olds[i] != news[i] ? 1 : 0;
    if (olds.size() == news.size() && changed == 0) continue;
    table.rows.push_back({std::string(name), std::uint64_t{olds.size()}, std::uint64_t{news.size()}, changed});
  }
  // A program that was bundled or unbundled is the same program.
  const bool both = !was.empty() && !is.empty();
  if (both) result.differences = table.rows.size();
  if (!table.rows.empty())
    result.summary = both ? "of " + counted(table.rows.size(), "method") + " changed"
                          : (was.empty() ? "added, the program is bundled with them now"
                                         : "removed, the program was bundled with them");
  result.tables.push_back(std::move(table));
  return result;
}

PartResult sizes_part(const Side& old_side, const Side& new_side) {
  PartResult result{Part::Sizes};
  struct Both {
    std::string name;
    std::uint64_t was = 0;
    std::uint64_t is = 0;
  };
  std::vector<Both> parts;
  const auto add = [&](std::string_view name, std::uint64_t bytes, std::uint64_t Both::*side) {
    auto found = std::ranges::find(parts, name, &Both::name);
    if (found == parts.end()) found = parts.insert(parts.end(), {std::string(name)});
    (*found).*side += bytes;
  };
  const auto add_side = [&](const Side& side, std::uint64_t Both::*which) {
    for (const layout::SizePart& part : layout::size_breakdown(layout::byte_map(side.artifact)))
      add(part.name, part.bytes, which);
    for (const auto& data : side.data) add("data files", data->file->size(), which);
  };
  add_side(old_side, &Both::was);
  add_side(new_side, &Both::is);
  Both total{"total"};
  report::Table table{"changes", "", {{"what", "what"}, {"old", "old"}, {"new", "new"}, {"change", "change"}}, {}, 0};
  for (const Both& part : parts) {
    total.was += part.was;
    total.is += part.is;
    if (part.was != part.is)
      table.rows.push_back({part.name, ByteCount{part.was}, ByteCount{part.is}, change_of(part.was, part.is)});
  }
  if (!table.rows.empty()) {
    table.rows.push_back({total.name, ByteCount{total.was}, ByteCount{total.is}, change_of(total.was, total.is)});
    result.summary = human_bytes(total.was) + ", now " + human_bytes(total.is);
  }
  result.facts.push_back({"old_bytes", "", ByteCount{total.was}});
  result.facts.push_back({"new_bytes", "", ByteCount{total.is}});
  result.tables.push_back(std::move(table));
  return result;
}

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
  for (const AlignedMethod& method : programs.aligned) {
    const pte::ExecutionPlan& old_plan = programs.old_side.plan(method.plans.old_plan);
    const pte::ExecutionPlan& new_plan = programs.new_side.plan(method.plans.new_plan);
    const std::string name = layout::method_name(old_plan);
    if (method.old_steps.size() == method.new_steps.size()) {  // otherwise nobody wonders
      cosmetics.row("values of " + name, std::to_string(old_plan.values.size()),
                    std::to_string(new_plan.values.size()));
    }
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
