// What a profile says at a glance: tables of operators, instructions and nodes.
#include "ptetool/runtime/profile.h"

#include <algorithm>
#include <map>

#include "runtime/profile_events.h"

namespace ptetool {

namespace {

struct Sum {
  std::uint64_t calls = 0;
  std::uint64_t nanoseconds = 0;
  std::uint64_t bytes = 0;

  void add(const InstructionEvent& event) {
    ++calls;
    nanoseconds += event.end_ns - event.begin_ns;
    bytes += event.bytes;
  }
};

double milliseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-6; }

std::uint64_t executed_ns(const Profile& profile) {
  std::uint64_t sum = 0;
  for (const Profile::Execution& execution : profile.executions) sum += execution.end_ns - execution.begin_ns;
  return sum;
}

// The columns that both tables end with.
std::vector<report::Column> sum_columns(std::vector<report::Column> columns, bool detail) {
  for (const auto& [id, label] :
       {std::pair("calls", "calls"), std::pair("total_ms", "total"), std::pair("share", "share"),
        std::pair("mean_ms", "mean"), std::pair("bytes", "bytes moved")}) {
    columns.push_back({id, label, detail});
  }
  return columns;
}

void append(std::vector<report::Cell>& row, const Sum& sum, std::uint64_t whole) {
  row.emplace_back(sum.calls);
  row.emplace_back(report::Milliseconds{milliseconds(sum.nanoseconds)});
  row.emplace_back(report::Share{whole == 0 ? 0 : static_cast<double>(sum.nanoseconds) / static_cast<double>(whole)});
  row.emplace_back(
      report::Milliseconds{sum.calls == 0 ? 0 : milliseconds(sum.nanoseconds) / static_cast<double>(sum.calls)});
  row.emplace_back(report::ByteCount{sum.bytes});
}

report::Table operator_table(const Profile& profile, std::uint64_t whole) {
  std::map<std::string_view, Sum> sums;
  for (const InstructionEvent& event : profile.events) sums[name_of(profile, event).name].add(event);
  std::vector<std::pair<std::string_view, Sum>> sorted(sums.begin(), sums.end());
  std::ranges::stable_sort(sorted,
                           [](const auto& a, const auto& b) { return a.second.nanoseconds > b.second.nanoseconds; });
  report::Table table{"operators", "operators", sum_columns({{"name", "name"}}, false), {}, 0};
  for (const auto& [name, sum] : sorted) {
    append(table.rows.emplace_back(std::vector<report::Cell>{std::string(name)}), sum, whole);
  }
  return table;
}

report::Table instruction_table(const Profile& profile, std::uint64_t whole) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, Sum> sums;
  for (const InstructionEvent& event : profile.events) sums[{event.chain, event.instruction}].add(event);
  report::Table table{
      "instructions",
      "instructions",
      sum_columns({{"chain", "chain", true}, {"instruction", "instruction", true}, {"name", "name", true}}, true),
      {},
      0};
  for (const auto& [place, sum] : sums) {
    const InstructionName& name = profile.names[place.first][place.second];
    append(table.rows.emplace_back(std::vector<report::Cell>{
               std::uint64_t{place.first}, std::uint64_t{instruction_of(name, place.second)}, name.name}),
           sum, whole);
  }
  return table;
}

// Billions a second.
report::Cell rate(std::uint64_t amount, std::uint64_t nanoseconds) {
  if (amount == 0 || nanoseconds == 0) return report::Absent{};
  return static_cast<double>(amount) / static_cast<double>(nanoseconds);
}

report::Cell part_of(const report::Cell& rate, double best) {
  const auto* value = std::get_if<double>(&rate);
  return value && best > 0 ? report::Cell(report::Share{*value / best}) : report::Cell(report::Absent{});
}

report::Table node_table(const Profile& profile, std::uint64_t whole) {
  std::map<std::pair<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>, Sum> sums;
  for (const NodeEvent& node : profile.node_events) {
    const InstructionEvent& event = profile.events[node.event];
    Sum& sum = sums[{{event.chain, event.instruction}, node.node}];
    ++sum.calls;
    sum.nanoseconds += node.nanoseconds;
  }
  report::Table table{"nodes",
                      "nodes",
                      {{"delegate", "in", true},
                       {"node", "#"},
                       {"type", "node"},
                       {"shape", "output"},
                       {"kernel", "kernel", true},
                       {"calls", "calls", true},
                       {"total_ms", "total", true},
                       {"mean_ms", "mean"},
                       {"share", "share"},
                       {"operations", "operations", true},
                       {"bytes", "bytes", true},
                       {"gflops", "GFLOP/s"},
                       {"gflops_share", "of best"},
                       {"gigabytes", "GB/s"},
                       {"gigabytes_share", "of best", true}},
                      {},
                      0};
  for (const auto& [place, sum] : sums) {
    const auto& [instruction, index] = place;
    const DelegateNode& node = profile.nodes.at(instruction)[index];
    const report::Cell gflops = rate(node.operations * sum.calls, sum.nanoseconds);
    const report::Cell gigabytes = rate(node.bytes * sum.calls, sum.nanoseconds);
    table.rows.push_back(
        {profile.names[instruction.first][instruction.second].name, std::uint64_t{index},
         node.type.empty() ? node.name : node.type,
         node.type.empty() ? report::Cell(report::Absent{}) : report::Cell(node.shape), node.name, sum.calls,
         report::Milliseconds{milliseconds(sum.nanoseconds)},
         report::Milliseconds{milliseconds(sum.nanoseconds) / static_cast<double>(sum.calls)},
         report::Share{whole == 0 ? 0 : static_cast<double>(sum.nanoseconds) / static_cast<double>(whole)},
         node.operations, report::ByteCount{node.bytes}, gflops, part_of(gflops, profile.peak_gflops), gigabytes,
         part_of(gigabytes, profile.peak_gigabytes)});
  }
  return table;
}

}  // namespace

report::Section profile_section(const Profile& profile) {
  report::Section section;
  section.id = "profile";
  section.title = "profile";
  const std::uint64_t whole = executed_ns(profile);
  section.add("executions", "executions", static_cast<std::uint64_t>(profile.executions.size()));
  section.add("total_ms", "total", report::Milliseconds{milliseconds(whole)});
  Sum all;
  for (const InstructionEvent& event : profile.events) all.add(event);
  const std::uint64_t between = whole - std::min(whole, all.nanoseconds);
  section.add("overhead_ms", "between instructions", report::Milliseconds{milliseconds(between)});
  if (profile.full) section.add("complete", "complete", false);
  if (profile.peak_gflops > 0) {
    section.add("peak_gflops", "best GFLOP/s", profile.peak_gflops);
    section.add("peak_gigabytes", "best GB/s", profile.peak_gigabytes);
  }
  section.tables.push_back(operator_table(profile, whole));
  if (!profile.node_events.empty()) section.tables.push_back(node_table(profile, whole));
  section.tables.push_back(instruction_table(profile, whole));
  return section;
}

Result<> write_profile(const Profile& profile, const std::string& path) {
  if (path.ends_with(".json")) return write_profile_trace(profile, path);
  if (path.ends_with(".etdp") || path.ends_with(".etdump")) return write_profile_etdump(profile, path);
  return fail(ErrorCode::Usage, path, "", "is neither .json (a Chrome trace) nor .etdp (an ETDump)");
}

}  // namespace ptetool
