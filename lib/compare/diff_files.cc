// Memory plan, metadata and sizes.
#include <algorithm>
#include <map>

#include "compare/diff_parts.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/byte_map.h"
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

}  // namespace ptetool::compare
