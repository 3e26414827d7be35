// A method made ready to run: its values in memory, its kernels bound, its delegates compiled (format-facts 5).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/base/threads.h"
#include "ptetool/link/model.h"
#include "ptetool/ops/value.h"
#include "ptetool/runtime/delegate.h"
#include "ptetool/runtime/profile.h"
#include "ptetool/tensor/input.h"
#include "ptetool/verify/verify.h"

namespace ptetool {

// ExecuTorch's own limit for one execution (ET_MAX_INSTRUCTIONS): ends loops that a damaged program never leaves.
inline constexpr std::uint64_t kMaxInstructions = 10'000'000;

class Method;

// Memory for what methods need only while they execute, shared by all that are loaded with it (design 5): they take
// turns. As soon as another one's inputs are set or it executes, a method's outputs are gone, and its inputs must be
// set again; mutable state is never shared this way.
class ScratchArenas;
std::shared_ptr<ScratchArenas> make_scratch_arenas();

struct LoadOptions {
  std::string method;  // empty: "forward", else the first method that is not constant, else the first
  // Most bytes of planned memory and outputs; memory is reserved, and becomes resident only where it is touched.
  std::uint64_t max_memory = std::uint64_t{64} << 30;
  // On: the load fails where weights are corrupt. Auto: the first execution does, and hashing them goes on meanwhile.
  verify::Checksums checksums = verify::Checksums::Auto;
  std::uint64_t max_instructions = kMaxInstructions;
  verify::Progress progress = {};                  // of checksums; may be empty
  std::shared_ptr<const ThreadPool> threads = {};  // for kernels; null: they compute on the caller's thread
  std::shared_ptr<ScratchArenas> scratch = {};     // null: the method has arenas of its own
  // Another method of the program that this one shares its mutable buffers with, as exported (share_mutable_buffers:
  // arena 2 of both, format-facts 5.8). Errors: Mismatch where they were not exported so.
  const Method* share_state_with = nullptr;
};

// What a method says about one of its inputs or outputs.
struct ValueInfo {
  std::string name;  // fully qualified name or empty
  InputExpectation expected;
  bool planned = false;  // has memory of its own in an arena
};

// Loading proves (verify's guard rules) and collects everything that stands against running: on failure the Error's
// `others` hold one line per problem. Executions change the state of mutable buffers and nothing else that lasts; a
// fresh state is a fresh load. One execution at a time.
struct MethodState;  // private to lib/runtime

class Method {
 public:
  // The backends are asked in order; each must outlive the method. Errors: Malformed, Missing, Mismatch (guards),
  // Unsupported (operators without kernel, backends, nodes: all of them listed), Limit, Usage (no such method).
  static Result<std::unique_ptr<Method>> load(std::shared_ptr<const Model> model, const LoadOptions& options,
                                              std::span<DelegateBackend* const> backends);
  ~Method();
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;

  const std::string& name() const;
  const std::string& file() const;  // of its program
  std::span<const ValueInfo> inputs() const;
  std::span<const ValueInfo> outputs() const;

  // Gives input `index` its value (format-facts 5.8): a tensor must have the dtype; its sizes must be the method's, or
  // within the bound where they are dynamic. Scalars and texts must equal the exported constant. The tensor's memory is
  // shared where the method has none planned. Errors: Usage, Mismatch.
  Result<> set_input(std::size_t index, const InputValue& value);

  // Where methods of several threads share scratch memory: it is this method's alone until what this returns is gone,
  // in the same thread. To be taken before inputs are set and kept until outputs are read. Null where it shares none.
  // The method outlives it.
  [[nodiscard]] std::shared_ptr<const void> turn() const;

  // Runs all chains. Errors name the instruction. Inputs that were never set are an error; so are, the first time,
  // weights without the checksum in their key (Mismatch; see LoadOptions::checksums). Where there is a profile, this
  // execution is added to it.
  Result<> execute(Profile* profile = nullptr);

  // Output `index` as it is now: a handle into the method's memory, overwritten by the next execution.
  const Value& output(std::size_t index) const;

  // Delegates that are executed otherwise than by rights, and why.
  struct Fallback {
    std::size_t delegate = 0;
    std::string reason;
  };
  std::vector<Fallback> fallbacks() const;

  // Stretches of operators that a backend was asked to compute in one piece, taken or not, in order.
  struct Run {
    std::size_t chain = 0;
    std::size_t first = 0, last = 0;  // instructions [first, last)
    std::size_t operators = 0, delegates = 0;
    RunDecision decision;
  };
  std::span<const Run> runs() const;

  // The packed weights of its delegates and compiled stretches, each once.
  std::vector<PackedPart> packed() const;

  // Bytes reserved for arenas and unplanned outputs.
  std::uint64_t planned_bytes() const;

 private:
  explicit Method(std::unique_ptr<MethodState> state);
  std::unique_ptr<MethodState> state_;
};

// The plan that a method name (or an empty one) means. Errors: Usage, listing the methods.
Result<std::size_t> find_plan(const pte::Program& program, std::string_view name);

}  // namespace ptetool
