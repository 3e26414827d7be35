// How often each operator is called, by its full name, over all methods of either side.
#include <map>

#include "compare/diff_parts.h"

namespace ptetool::compare {

namespace {

using Counts = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>;

void count_calls(const pte::ExecutionPlan& plan, std::uint64_t std::pair<std::uint64_t, std::uint64_t>::*side,
                 Counts& counts) {
  std::vector<std::uint64_t> calls(plan.operators.size(), 0);
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (call && call->op_index >= 0 && static_cast<std::size_t>(call->op_index) < calls.size())
        ++calls[static_cast<std::size_t>(call->op_index)];
    }
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i] != 0) counts[plan.operators[i].full_name()].*side += calls[i];
  }
}

}  // namespace

PartResult operators_part(const Programs& programs) {
  PartResult result{Part::Operators};
  Counts counts;
  for (const MethodPair& pair : programs.methods.pairs) {
    count_calls(programs.old_side.plan(pair.old_plan), &Counts::mapped_type::first, counts);
    count_calls(programs.new_side.plan(pair.new_plan), &Counts::mapped_type::second, counts);
  }
  for (const std::size_t plan : programs.methods.only_old)
    count_calls(programs.old_side.plan(plan), &Counts::mapped_type::first, counts);
  for (const std::size_t plan : programs.methods.only_new)
    count_calls(programs.new_side.plan(plan), &Counts::mapped_type::second, counts);
  report::Table table{"changes",
                      "",
                      {{"operator", "operator"}, {"change", "change"}, {"old", "old calls"}, {"new", "new calls"}},
                      {},
                      0};
  std::uint64_t added = 0, removed = 0, changed = 0;
  for (const auto& [name, calls] : counts) {
    const auto& [was, is] = calls;
    if (was == is) continue;
    ++(was == 0 ? added : is == 0 ? removed : changed);
    table.rows.push_back({name, std::string(was == 0 ? "added" : is == 0 ? "removed" : "calls"), was, is});
  }
  result.differences = added + removed + changed;
  result.count(added, "added");
  result.count(removed, "removed");
  result.count(changed, "called more or less often");
  result.tables.push_back(std::move(table));
  return result;
}

}  // namespace ptetool::compare
