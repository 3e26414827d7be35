// A profile in the trace event format: complete events ("X") in microseconds, nested by their times.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ptetool/base/file.h"
#include "runtime/profile_events.h"

namespace ptetool {

namespace {

using Kind = InstructionName::Kind;

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

}  // namespace

Result<> write_profile_trace(const Profile& profile, const std::string& path) {
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

}  // namespace ptetool
