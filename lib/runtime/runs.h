// Stretches of operators that a backend computes in one piece: found in the chains, compiled at load, executed in the
// place of their instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ptetool/runtime/delegate.h"
#include "ptetool/runtime/method.h"

namespace ptetool {

struct MethodState;

// A stretch and the instance that computes it.
struct CompiledRun {
  std::size_t chain = 0;
  std::size_t first = 0, last = 0;           // instructions [first, last)
  std::vector<std::size_t> inputs, outputs;  // values, in the order of the instance's args
  // For outputs that share memory with an input: where in the method's staging memory the backend writes them.
  std::vector<std::optional<std::uint64_t>> staged_at;  // per output; nullopt where it writes in place
  std::vector<std::size_t> views;  // et_view instructions of the stretch that others rely on: executed after it
  std::unique_ptr<DelegateInstance> instance;
  std::string name;

  // After so many executions one after the other that the backend was not able to compute, it is not asked any more.
  static constexpr unsigned kMostRefusals = 3;
  unsigned refusals = 0;

  // Computes the outputs. Where that fails, inputs are as they were, and nothing else matters that the instructions
  // would not write.
  Result<> execute(std::vector<Value>& values, std::uint8_t* staging);

  std::vector<Tensor*> args;  // of an execution; kept for its memory
};

// Asks the first backend that takes operators. Nothing that it refuses is an error: what is in no run is executed
// instruction by instruction. Needs the bound chains. Every stretch is told of, taken or not.
void compile_runs(MethodState& state, std::span<DelegateBackend* const> backends);

}  // namespace ptetool
