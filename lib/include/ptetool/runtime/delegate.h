// What the runtime asks of a backend that executes delegated parts of a method.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/link/model.h"
#include "ptetool/runtime/operator_run.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

// A part of what a delegate executes, for profiles.
struct DelegateNode {
  std::string name;                 // as the backend calls it
  std::string type;                 // node and datatype in the program, "Conv2d fp32"; empty where it is not known
  std::vector<std::int64_t> shape;  // of its output
  std::uint64_t operations = 0;     // multiplications and additions; 0 for others
  std::uint64_t bytes = 0;          // of inputs, constants and outputs
};

// Packed weights that a delegate uses. Whoever has the same identity, uses the same memory.
struct PackedPart {
  const void* identity = nullptr;
  std::string label;  // the node that they were packed for first
  std::uint64_t bytes = 0;
  bool in_file = false;  // of the packed cache
};

// One delegate of a loaded method. Not thread-safe by itself; one execution at a time.
class DelegateInstance {
 public:
  virtual ~DelegateInstance() = default;
  // Reads the inputs and writes the outputs among the call's args, resizing outputs within their capacity; an arg that
  // is no tensor is null. Errors: Mismatch (shapes, dtypes), Malformed (an arg that the delegate needs is missing).
  virtual Result<> execute(std::span<Tensor* const> args) = 0;
  // Makes what execution needs, if that is not there yet; execute() sees to it by itself. Asked when a method is loaded
  // of every delegate but those that became part of stretches.
  virtual Result<> prepare() { return {}; }
  // Why the delegate is not executed as its backend does by rights, but by some slower way that was there; empty if it
  // is. The user is told.
  virtual std::string_view fallback() const { return {}; }
  // The nodes of the last execution in order, and the time of each, where the backend measures.
  virtual std::vector<DelegateNode> nodes() const { return {}; }
  virtual std::vector<std::uint64_t> node_microseconds() const { return {}; }
  // The packed weights that it holds.
  virtual std::vector<PackedPart> packed() const { return {}; }
};

// Learns of the operators of a stretch one by one.
class RunProbe {
 public:
  virtual ~RunProbe() = default;
  // May the last operator of the stretch follow the others? Then only its first out is computed: nobody may read
  // further ones. After a no the probe is of no more use.
  virtual bool add() = 0;
  // May others read what this operator's result is? Some exist as parts of others only.
  virtual bool can_output(std::size_t tensor) const = 0;
};

class DelegateBackend {
 public:
  virtual ~DelegateBackend() = default;
  // The id that programs use: "XnnpackBackend".
  virtual std::string_view id() const = 0;
  // What of this delegate cannot be done, each item once ("node MaxPooling2d", "datatype qint8"); empty if create() may
  // go on.
  virtual std::vector<std::string> unsupported(const LinkedDelegate& delegate) const = 0;
  // Compiles the delegate. `model` outlives the instance. The graph has passed the guard rules of verify.
  virtual Result<std::unique_ptr<DelegateInstance>> create(const Model& model, const LinkedDelegate& delegate) = 0;
  // For a stretch that grows; `run` outlives the probe. Null where the backend computes no operators. Delegates of a
  // stretch are ones that create() has made an instance of, which is still there.
  virtual std::unique_ptr<RunProbe> probe(const OperatorRun&) const { return nullptr; }
  // Compiles a stretch of operators that it takes; null where the decision says that it is not worth while. The
  // instance leaves outputs that it was not able to compute in any state: whoever calls it computes the operators one
  // by one then. Its inputs and outputs do not overlap in memory. `model` outlives the instance.
  virtual Result<std::unique_ptr<DelegateInstance>> compile_run(const Model&, const OperatorRun&, RunDecision&) {
    return std::unique_ptr<DelegateInstance>();
  }
  // The size of the packed weights that its delegates, and whoever shares with them, hold now; nullopt: it packs none.
  virtual std::optional<std::uint64_t> packed_bytes() const { return std::nullopt; }
};

}  // namespace ptetool
