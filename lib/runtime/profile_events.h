// The events of a profile as its files tell them: which instruction each is about, and the nodes inside.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "ptetool/runtime/profile.h"

namespace ptetool {

inline const InstructionName& name_of(const Profile& profile, const InstructionEvent& event) {
  return profile.names[event.chain][event.instruction];
}

// The instruction of the chain; of a compiled stretch, its first.
inline std::uint32_t instruction_of(const InstructionName& name, std::uint32_t index) {
  return name.kind == InstructionName::Kind::Run ? name.first : index;
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

// A Chrome trace, and an ETDump.
Result<> write_profile_trace(const Profile& profile, const std::string& path);
Result<> write_profile_etdump(const Profile& profile, const std::string& path);

}  // namespace ptetool
