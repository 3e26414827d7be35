// A profile as an ETDump, with the names that ExecuTorch's own runtime gives its events (format-facts 7.2).
#include <map>

#include "ptetool/base/file.h"
#include "ptetool/format/etdump.h"
#include "runtime/profile_events.h"

namespace ptetool {

namespace {

using Kind = InstructionName::Kind;

// The name of an instruction's event, and of the event inside it that tells the kernel.
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

}  // namespace

Result<> write_profile_etdump(const Profile& profile, const std::string& path) {
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

}  // namespace ptetool
