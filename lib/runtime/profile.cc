#include "ptetool/runtime/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "ptetool/base/file.h"
#include "ptetool/format/etdump.h"

namespace ptetool {

namespace {

using Kind = InstructionName::Kind;

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

const InstructionName& name_of(const Profile& profile, const InstructionEvent& event) {
  return profile.names[event.chain][event.instruction];
}

// The instruction of the chain; of a compiled stretch, its first.
std::uint32_t instruction_of(const InstructionName& name, std::uint32_t index) {
  return name.kind == Kind::Run ? name.first : index;
}

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

// The node events of every event, one after the other, with the times at which they began: XNNPACK tells how long each
// node took, and they follow each other.
class NodeWalk {
 public:
  explicit NodeWalk(const Profile& profile) : profile_(profile) {}

  // function(node, begin, end) for the nodes of event `index`; events are asked for in order.
  template <class Function>
  Result<> each(std::size_t index, Function&& function) {
    const InstructionEvent& event = profile_.events[index];
    std::uint64_t begin = event.begin_ns;
    while (at_ < profile_.node_events.size() && profile_.node_events[at_].event < index) ++at_;
    for (; at_ < profile_.node_events.size() && profile_.node_events[at_].event == index; ++at_) {
      const NodeEvent& node = profile_.node_events[at_];
      const std::uint64_t end = std::min(begin + node.nanoseconds, event.end_ns);
      PTETOOL_CHECK(function(profile_.nodes.at({event.chain, event.instruction})[node.node], node.node, begin, end));
      begin = end;
    }
    return {};
  }

 private:
  const Profile& profile_;
  std::size_t at_ = 0;
};

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view category(Kind kind) {
  switch (kind) {
    case Kind::Operator: return "operator";
    case Kind::Delegate:
    case Kind::Run: return "delegate";
    default: return "control";
  }
}

// The trace event format: complete events ("X") in microseconds, nested by their times.
Result<> write_trace(const Profile& profile, const std::string& path) {
  PTETOOL_ASSIGN(AtomicFile file, AtomicFile::create(path));
  const std::uint64_t origin = profile.executions.empty() ? 0 : profile.executions.front().begin_ns;
  std::string block = "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n";
  block += R"({"name": "process_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": "ptetool run"}})";
  const auto add = [&](const std::string& name, std::string_view kind, std::uint64_t begin, std::uint64_t end,
                       const std::string& arguments) -> Result<> {
    block += fmt::format(
        ",\n{{\"name\": {}, \"cat\": \"{}\", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": {:.3f}, \"dur\": {:.3f}, "
        "\"args\": {{{}}}}}",
        json_text(name), kind, static_cast<double>(begin - origin) * 1e-3, static_cast<double>(end - begin) * 1e-3,
        arguments);
    constexpr std::size_t kFlushBytes = std::size_t{1} << 20;
    if (block.size() < kFlushBytes) return {};
    PTETOOL_CHECK(file.write(bytes_of(block)));
    block.clear();
    return {};
  };
  for (std::size_t i = 0; i < profile.executions.size(); ++i) {
    const Profile::Execution& execution = profile.executions[i];
    PTETOOL_CHECK(add("execution " + std::to_string(i), "execution", execution.begin_ns, execution.end_ns, ""));
  }
  NodeWalk walk(profile);
  for (std::size_t e = 0; e < profile.events.size(); ++e) {
    const InstructionEvent& event = profile.events[e];
    const InstructionName& name = name_of(profile, event);
    PTETOOL_CHECK(add(name.name, category(name.kind), event.begin_ns, event.end_ns,
                      fmt::format("\"chain\": {}, \"instruction\": {}, \"bytes\": {}", event.chain,
                                  instruction_of(name, event.instruction), event.bytes)));
    PTETOOL_CHECK(walk.each(e, [&](const DelegateNode& node, std::uint32_t index, std::uint64_t begin,
                                   std::uint64_t end) {
      return add(node.type.empty() ? node.name : node.type, "node", begin, end,
                 fmt::format("\"node\": {}, \"kernel\": {}, \"shape\": {}, \"operations\": {}, \"bytes\": {}", index,
                             json_text(node.name), nlohmann::json(node.shape).dump(), node.operations, node.bytes));
    }));
  }
  block += "\n]}\n";
  PTETOOL_CHECK(file.write(bytes_of(block)));
  return file.commit();
}

// The name of an instruction's event, and of the event inside it that tells the kernel (format-facts 7.2).
std::string_view outer_event(Kind kind) {
  switch (kind) {
    case Kind::Operator: return "OPERATOR_CALL";
    case Kind::Delegate:
    case Kind::Run: return "DELEGATE_CALL";
    case Kind::Move: return "MOVE_CALL";
    case Kind::Jump: return "JF_CALL";
    case Kind::Free: return "FREE_CALL";
    case Kind::Unknown: break;
  }
  return "UNKNOWN_CALL";
}

// ExecuTorch's own names leave the namespace away: "native_call_add.out".
std::string inner_event(const std::string& name) {
  const auto colons = name.rfind("::");
  return "native_call_" + (colons == std::string::npos ? name : name.substr(colons + 2));
}

Result<> write_record(const Profile& profile, const std::string& path) {
  std::map<std::string, std::string, std::less<>> inner;
  for (const auto& chain : profile.names) {
    for (const InstructionName& name : chain) inner.emplace(name.name, inner_event(name.name));
  }
  // ExecuTorch's name for a node: the kernel's, and how many of the name came before it in this call.
  std::map<const DelegateNode*, std::string> node_names;
  for (const auto& [place, nodes] : profile.nodes) {
    std::map<std::string_view, std::size_t> counts;
    for (const DelegateNode& node : nodes) {
      node_names[&node] = node.name + " #" + std::to_string(++counts[node.name]);
    }
  }
  NodeWalk walk(profile);
  etdump::EtDump dump;
  for (std::size_t i = 0; i < profile.executions.size(); ++i) {
    const Profile::Execution& execution = profile.executions[i];
    etdump::RunData& run = dump.runs.emplace_back();
    run.name = "Execute";
    const std::size_t end =
        i + 1 < profile.executions.size() ? profile.executions[i + 1].first_event : profile.events.size();
    for (std::size_t e = execution.first_event; e < end; ++e) {
      const InstructionEvent& event = profile.events[e];
      const InstructionName& name = name_of(profile, event);
      etdump::ProfileEvent record;
      record.chain_index = static_cast<std::int32_t>(event.chain);
      record.instruction_id = static_cast<std::int32_t>(instruction_of(name, event.instruction));
      record.start_time = event.begin_ns;
      record.end_time = event.end_ns;
      if (name.kind == Kind::Operator) {
        record.name = inner.find(name.name)->second;
        run.profile_events.push_back(record);
      }
      PTETOOL_CHECK(walk.each(
          e, [&](const DelegateNode& node, std::uint32_t, std::uint64_t begin_ns, std::uint64_t end_ns) -> Result<> {
            etdump::ProfileEvent inside = record;
            inside.delegate_debug_id_str = node_names[&node];
            inside.start_time = begin_ns;
            inside.end_time = end_ns;
            run.profile_events.push_back(inside);
            return {};
          }));
      record.name = outer_event(name.kind);
      run.profile_events.push_back(record);
    }
    etdump::ProfileEvent whole;
    whole.name = "Method::execute";
    whole.chain_index = -1;
    whole.start_time = execution.begin_ns;
    whole.end_time = execution.end_ns;
    run.profile_events.push_back(whole);
  }
  PTETOOL_ASSIGN(const auto bytes, etdump::write_etdump(dump));
  return write_file(path, bytes);
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
  if (path.ends_with(".json")) return write_trace(profile, path);
  if (path.ends_with(".etdp") || path.ends_with(".etdump")) return write_record(profile, path);
  return fail(ErrorCode::Usage, path, "", "is neither .json (a Chrome trace) nor .etdp (an ETDump)");
}

}  // namespace ptetool
