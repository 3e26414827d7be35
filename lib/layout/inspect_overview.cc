// The overview of a program: who wrote it, what it calls, what is largest.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "layout/inspect_method.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/era.h"

namespace ptetool::layout {

namespace {

using report::Cell;
using report::Section;
using report::Table;

// What the instructions of one method, or of several, call.
struct Work {
  std::map<std::string, std::uint64_t> calls;  // by operator
  std::uint64_t kernel_calls = 0;
  std::uint64_t delegate_calls = 0;
  std::uint64_t nodes = 0;  // inside delegates that could be opened
  bool all_delegates_open = true;

  void add(const Model& model, std::size_t plan_index) {
    const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
    for (const pte::Chain& chain : plan.chains) {
      for (const pte::Instruction& instruction : chain.instructions) {
        if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
          ++kernel_calls;
          const auto index = static_cast<std::size_t>(call->op_index);
          ++calls[call->op_index >= 0 && index < plan.operators.size() ? plan.operators[index].full_name()
                                                                       : "operator " + std::to_string(call->op_index)];
        } else if (const auto* to = std::get_if<pte::DelegateCall>(&instruction.content)) {
          ++delegate_calls;
          const LinkedDelegate* linked =
              to->delegate_index < 0 ? nullptr
                                     : model.find_delegate(plan_index, static_cast<std::size_t>(to->delegate_index));
          if (linked && linked->graph && *linked->graph) {
            nodes += (*linked->graph)->nodes.size();
          } else {
            all_delegates_open = false;
          }
        }
      }
    }
  }
};

std::string operators_line(const Work& work) {
  const std::string nodes = counted(work.nodes, "node") + " inside delegates";
  if (work.kernel_calls == 0 && work.delegate_calls == 0) return "none are called";
  if (work.kernel_calls == 0)
    return work.all_delegates_open ? "none are called directly; " + nodes : "none are called directly";
  std::string text = std::to_string(work.calls.size()) + ", called " + counted(work.kernel_calls, "time");
  if (work.delegate_calls == 0) return text;
  if (!work.all_delegates_open) return text + "; delegates are called " + counted(work.delegate_calls, "time");
  const double share = static_cast<double>(work.nodes) / static_cast<double>(work.nodes + work.kernel_calls);
  return text + "; " + nodes + fmt::format(" ({:.0f} %)", share * 100);
}

std::string backends_line(const Model& model) {
  struct Use {
    std::uint64_t delegates = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::string_view, Use> backends;
  std::vector<const std::uint8_t*> seen;  // delegates may share a payload
  for (const LinkedDelegate& delegate : model.delegates) {
    Use& use = backends[model.program->execution_plan[delegate.plan].delegates[delegate.index].id];
    ++use.delegates;
    if (!delegate.payload || std::ranges::find(seen, delegate.payload->data()) != seen.end()) continue;
    seen.push_back(delegate.payload->data());
    use.bytes += delegate.payload->size();
  }
  if (backends.empty()) return "none: every operator is called directly";
  std::string text;
  for (const auto& [id, use] : backends) {
    if (!text.empty()) text += "; ";
    text += std::string(id) + ", " + counted(use.delegates, "delegate") + " (" + human_bytes(use.bytes) + ")";
  }
  return text;
}

void add_era(const Model& model, Section& section) {
  std::vector<const xnn::Graph*> graphs;
  for (const LinkedDelegate& delegate : model.delegates) {
    if (delegate.graph && *delegate.graph) graphs.push_back(&**delegate.graph);
  }
  const Era era = era_of(*model.program, graphs);
  section.add("exported_by", "exported by", "ExecuTorch " + era.text);
  section.add("exported_by_reasons", "", era.reasons);
}

}  // namespace

void add_overview(const Lens& lens, const Model& model, const ByteMap& map, Section& section) {
  const pte::Program& program = *model.program;
  section.add("version", "", std::uint64_t{program.version});
  add_era(model, section);
  Work work;
  for (std::size_t p = 0; p < program.execution_plan.size(); ++p) {
    const pte::ExecutionPlan& plan = program.execution_plan[p];
    if (!plan.constant_method() && (lens.options.method.empty() || lens.options.method == plan.name))
      work.add(model, p);
  }
  section.add("backends", "backends", backends_line(model));
  std::vector<std::string> ids;
  for (const LinkedDelegate& delegate : model.delegates) {
    std::string id(program.execution_plan[delegate.plan].delegates[delegate.index].id);
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
  }
  section.add("backend_ids", "", std::move(ids));
  section.add("operators", "operators", operators_line(work));
  section.add("operator_count", "", std::uint64_t{work.calls.size()});
  section.add("kernel_calls", "", work.kernel_calls);
  section.add("delegate_calls", "", work.delegate_calls);
  section.add("delegated_nodes", "", work.all_delegates_open ? Cell(work.nodes) : Cell(report::Absent{}));
  add_external_data(model, program.file->name(), section);
  Table largest = largest_table(lens, map, &model);
  if (!largest.rows.empty()) section.tables.push_back(std::move(largest));
}

Table operators_table(const Lens& lens, const Model& model, std::size_t plan) {
  Work work;
  work.add(model, plan);
  std::vector<std::pair<std::string, std::uint64_t>> calls(work.calls.begin(), work.calls.end());
  std::ranges::stable_sort(calls, std::greater<>(), [](const auto& call) { return call.second; });
  std::vector<Row> rows;
  for (const auto& [name, count] : calls) rows.push_back({{count, name}, name, count, 0});
  return make_table(lens, "operators", "operators", {{"calls", "calls"}, {"operator", "operator"}}, std::move(rows));
}

}  // namespace ptetool::layout
