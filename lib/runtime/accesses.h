// Which values an instruction reads, and which it writes.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_set>
#include <vector>

#include "runtime/state.h"

namespace ptetool {

// What an instruction does to a value.
struct Access {
  std::size_t value = 0;
  bool whole = true;  // a write: nothing of what was there is left
};
struct Accesses {
  std::vector<Access> reads, writes;
  std::optional<std::size_t> view_of;  // et_view: writes no memory, its out is this value from now on
  std::size_t view = 0;
};

// The delegate of a call; null where there is none.
const LinkedDelegate* called_delegate(const MethodState& state, const pte::DelegateCall& call);
// Which args of a delegate's call it writes; it reads the others. nullopt where only the delegate knows.
std::optional<std::vector<bool>> delegate_outputs(const MethodState& state, const pte::DelegateCall& call);

// `unsteady` gets the values that the instruction changes other than by writing to a tensor's memory.
Accesses accesses_of(const MethodState& state, const pte::Instruction& instruction,
                     std::unordered_set<std::size_t>& unsteady);

}  // namespace ptetool
