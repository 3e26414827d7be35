// Reads a stretch of instructions: which tensor each value is, instruction by instruction.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/state.h"
#include "runtime/storage.h"

namespace ptetool {

// A stretch with what of it the program's memory says.
struct Stretch {
  OperatorRun run;
  std::vector<std::size_t> input_values, output_values;
};

// Gives every value that a stretch reads or writes its tensor, instruction by instruction.
class StretchReader {
 public:
  StretchReader(MethodState& state, const StorageMap& map, std::size_t chain)
      : state_(state), map_(map), chain_(chain) {
    stretch_.run.values = state.values;
  }

  // False where the instruction cannot follow the others; then nothing has changed that matters.
  bool add(std::size_t instruction);

  // Finds the outputs of [first, last). The instruction before which it must end instead, where an output cannot be
  // one, or two share memory.
  std::optional<std::size_t> finish(std::size_t first, std::size_t last, const RunProbe& probe);

  Stretch& stretch() { return stretch_; }

 private:
  bool add_delegate(std::size_t instruction, const pte::DelegateCall& call);

  // The tensor that the instruction writes to the value.
  std::size_t write(std::size_t value, std::size_t instruction);
  void finish_adding(RunOperator added);

  struct Write {
    std::size_t value, tensor, instruction;
  };
  // An et_view of the stretch.
  struct Viewed {
    std::size_t base;
    std::vector<std::int64_t> sizes;
  };

  std::size_t index_of(const Value& value) const { return static_cast<std::size_t>(&value - state_.values.data()); }
  std::vector<std::size_t> values_of(const Value& value) const;
  std::optional<std::vector<std::int64_t>> steady_list(std::int32_t index) const;

  const Tensor& tensor_of(std::size_t value) const { return std::get<Tensor>(state_.values[value]); }
  std::size_t add_tensor(RunTensor::Kind kind, std::size_t value);

  // What the value holds now.
  std::optional<std::size_t> resolve(std::size_t value);
  std::optional<std::size_t> view(std::size_t value, std::size_t source);
  std::optional<std::vector<std::int64_t>> shape_of(std::size_t value) const;

  MethodState& state_;
  const StorageMap& map_;
  std::size_t chain_;
  Stretch stretch_;
  std::vector<Write> writes_;
  std::map<std::size_t, std::size_t> inputs_, constants_;  // value -> tensor
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> views_;
  std::map<std::size_t, Viewed> viewed_;
};

}  // namespace ptetool
