// Where the time of executions goes: what was recorded of each instruction, as tables, as a Chrome trace and as an
// ETDump.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ptetool/base/report.h"
#include "ptetool/base/result.h"
#include "ptetool/runtime/delegate.h"

namespace ptetool {

// One instruction that was executed. Times are nanoseconds of the steady clock.
struct InstructionEvent {
  std::uint32_t chain = 0;
  std::uint32_t instruction = 0;  // index into Profile::names of the chain
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t bytes = 0;  // of the tensors among its arguments, each once per place
};

// What an instruction is: "aten::add.out", or "XnnpackBackend" with the number of the delegate.
struct InstructionName {
  enum class Kind : std::uint8_t { Operator, Delegate, Run, Move, Jump, Free, Unknown } kind = Kind::Unknown;
  std::string name;
  std::uint32_t first = 0;  // of a compiled stretch: the instruction that it begins with
};

// One node of a delegate or compiled stretch that was executed.
struct NodeEvent {
  std::size_t event = 0;  // of the delegate: index into Profile::events
  std::uint32_t node = 0;
  std::uint64_t nanoseconds = 0;
};

// Executions of one method, one after the other. Filled by Method::execute.
struct Profile {
  struct Execution {
    std::uint64_t begin_ns = 0;
    std::uint64_t end_ns = 0;
    std::size_t first_event = 0;  // its events follow, up to the first of the next execution
  };
  std::vector<Execution> executions;
  std::vector<InstructionEvent> events;
  // [chain][InstructionEvent::instruction]: the instructions of each chain, and behind them its compiled stretches.
  std::vector<std::vector<InstructionName>> names;
  std::vector<NodeEvent> node_events;  // in order
  // The nodes of a delegate call or stretch, by chain and instruction.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<DelegateNode>> nodes;
  // What this machine does at best with the same threads; 0 where it was not measured.
  double peak_gflops = 0;
  double peak_gigabytes = 0;
  bool full = false;  // later events were left out: kMaxProfileEvents were recorded
};

// Recording ends here: some 400 MiB.
inline constexpr std::size_t kMaxProfileEvents = 10'000'000;

// A section "profile": a table "operators" (per operator and per delegate: calls, total, share of the executions, mean,
// bytes), one of the nodes inside delegates (with what they do in a second, and how much of the machine's best that
// is), and one of all instructions, for those who want details.
report::Section profile_section(const Profile& profile);

// Writes the profile where the suffix says: .json for a Chrome trace (chrome://tracing, Perfetto), .etdp for an ETDump
// that ExecuTorch's Inspector reads. Errors: Usage (another suffix), Io.
Result<> write_profile(const Profile& profile, const std::string& path);

}  // namespace ptetool
