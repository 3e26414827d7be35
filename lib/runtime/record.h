// Recording what an execution does, for Method::execute: each instruction with its times and the bytes it is given.
#pragma once

#include "ptetool/runtime/profile.h"
#include "runtime/state.h"

namespace ptetool {

// Nanoseconds of the steady clock.
std::uint64_t profile_clock();
// Opens an execution; the first one names the instructions.
void begin_execution(Profile& profile, const MethodState& state);
// The instruction ends now.
void record_instruction(Profile& profile, const MethodState& state, std::size_t chain, std::size_t index,
                        std::uint64_t begin_ns);

// The compiled stretch ends now.
void record_run(Profile& profile, const MethodState& state, const CompiledRun& run, std::uint64_t begin_ns);

}  // namespace ptetool
