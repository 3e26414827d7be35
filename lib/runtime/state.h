// Everything a loaded method consists of. Loading fills it, execution reads and writes it.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "ptetool/ops/operator.h"
#include "ptetool/runtime/method.h"
#include "runtime/memory.h"
#include "runtime/row_tables.h"
#include "runtime/runs.h"
#include "runtime/scratch_arenas.h"

namespace ptetool {

// One instruction, bound: a kernel call knows its operator, a delegate call its instance.
struct BoundInstruction {
  const BoundOperator* op = nullptr;  // kernel calls
  // The kinds of the args cannot change while the method runs, so that they were proved at load once and for all.
  bool kinds_fixed = false;
  // The operator may see tensors without memory: it gives them some (et_view) or reads only their sizes.
  bool accepts_no_data = false;
  // Loading did it once and for all.
  bool done = false;
  // The compiled stretch that begins here; an index into MethodState::runs.
  std::size_t run = kNoRun;
  static constexpr std::size_t kNoRun = static_cast<std::size_t>(-1);
  // The table that it reads rows of; an index into MethodState::tables.
  std::size_t table = kNoTable;
  static constexpr std::size_t kNoTable = static_cast<std::size_t>(-1);
};

struct MethodState {
  std::shared_ptr<const Model> model;
  const pte::ExecutionPlan* plan = nullptr;
  std::string name;
  std::string plan_path;  // "execution_plan[0]"
  // Whether weights have the checksums that their keys promise; asked by the first execution, then no longer valid.
  std::future<Result<>> content_holds;

  std::vector<std::shared_ptr<const LazyMemory>> arenas;  // [memory_id - 1]
  // [memory_id - 1] where memory is shared with other methods: tensors that are no state lie there, at the offset that
  // they have in the arena. Of both only what is touched is resident.
  std::vector<std::shared_ptr<const LazyMemory>> shared_arenas;
  std::shared_ptr<ScratchArenas> scratch;
  std::vector<LazyMemory> own_memory;  // unplanned outputs, copies of unaligned constants
  std::uint64_t planned_bytes = 0;
  std::uint64_t max_instructions = 0;  // of one execution
  std::shared_ptr<const ThreadPool> threads;

  std::vector<Value> values;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<bool> input_set;
  std::vector<std::int64_t> input_capacity;  // as exported: an input tensor's own shrinks to the memory it shares
  std::vector<std::shared_ptr<void>> input_memory;  // keeps the caller's tensors alive

  std::vector<std::vector<BoundInstruction>> chains;
  std::vector<std::unique_ptr<DelegateInstance>> delegates;
  std::vector<CompiledRun> runs;
  std::shared_ptr<const LazyMemory> staging;  // of the run that is being executed
  std::vector<RowTable> tables;
  std::vector<Method::Run> decisions;  // about every stretch, taken or not
};

// The pages of files that hold weights go back to the system: what was packed is not needed any more, and what is
// needed is read again.
void release_weights(const Model& model);

}  // namespace ptetool
