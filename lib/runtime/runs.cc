#include "runtime/runs.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "ptetool/base/checked.h"
#include "ptetool/base/text.h"
#include "runtime/state.h"
#include "runtime/storage.h"

namespace ptetool {

namespace {

constexpr std::uint64_t kStagingAlignment = 64;

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
  bool add(std::size_t instruction) {
    if (state_.chains[chain_][instruction].done) return true;
    const Accesses& accesses = map_.accesses(chain_, instruction);
    const auto& content = state_.plan->chains[chain_].instructions[instruction].content;
    if (const auto* delegate = std::get_if<pte::DelegateCall>(&content)) return add_delegate(instruction, *delegate);
    const auto& call = std::get<pte::KernelCall>(content);
    if (accesses.view_of) {
      const auto sizes = steady_list(call.args[1]);
      if (sizes) viewed_[accesses.view] = {*accesses.view_of, *sizes};
      return sizes.has_value();
    }
    RunOperator added;
    added.op = state_.chains[chain_][instruction].op;
    added.args = call.args;
    Call arguments(*added.op, state_.values, call.args);
    const std::size_t inputs = arguments.out_index();
    for (std::size_t a = 0; a < inputs; ++a) {
      auto& tensors = added.tensors.emplace_back();
      for (const std::size_t value : values_of(arguments.value(a))) {
        const auto tensor = resolve(value);
        if (!tensor) return false;
        tensors.push_back(*tensor);
      }
    }
    for (std::size_t o = 0; o < added.op->schema.outputs; ++o) {
      const Value& out = arguments.value(arguments.out_index(o));
      if (!std::holds_alternative<Tensor>(out)) return false;
      added.results.push_back(write(index_of(out), instruction));
    }
    finish_adding(std::move(added));
    return true;
  }

  // Finds the outputs of [first, last). The instruction before which it must end instead, where an output cannot be
  // one, or two share memory.
  std::optional<std::size_t> finish(std::size_t first, std::size_t last, const RunProbe& probe) {
    std::vector<const Write*> outputs;
    for (const Write& write : writes_) {
      if (map_.read_outside(chain_, write.instruction, write.value, first, last)) outputs.push_back(&write);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!probe.can_output(outputs[i]->tensor)) return outputs[i]->instruction;
      for (std::size_t j = 0; j < i; ++j) {
        if (map_.touch(outputs[i]->value, outputs[j]->value)) return outputs[i]->instruction;
      }
    }
    for (const Write* output : outputs) {
      stretch_.run.outputs.push_back(output->tensor);
      ++stretch_.run.tensors[output->tensor].uses;
      stretch_.output_values.push_back(output->value);
    }
    return std::nullopt;
  }

  Stretch& stretch() { return stretch_; }

 private:
  bool add_delegate(std::size_t instruction, const pte::DelegateCall& call) {
    const auto outputs = delegate_outputs(state_, call);
    RunOperator added;
    added.delegate = called_delegate(state_, call);
    added.args = call.args;
    for (std::size_t a = 0; a < call.args.size(); ++a) {
      auto& tensors = added.tensors.emplace_back();
      if ((*outputs)[a]) continue;
      const auto tensor = resolve(static_cast<std::size_t>(call.args[a]));
      if (!tensor) return false;
      tensors.push_back(*tensor);
    }
    for (std::size_t a = 0; a < call.args.size(); ++a) {
      if ((*outputs)[a]) added.results.push_back(write(static_cast<std::size_t>(call.args[a]), instruction));
    }
    finish_adding(std::move(added));
    return true;
  }

  // The tensor that the instruction writes to the value.
  std::size_t write(std::size_t value, std::size_t instruction) {
    const std::size_t result = add_tensor(RunTensor::Kind::Result, value);
    writes_.push_back({value, result, instruction});
    return result;
  }

  void finish_adding(RunOperator added) {
    for (const auto& tensors : added.tensors) {
      for (const std::size_t tensor : tensors) ++stretch_.run.tensors[tensor].uses;
    }
    stretch_.run.operators.push_back(std::move(added));
  }

  struct Write {
    std::size_t value, tensor, instruction;
  };
  // An et_view of the stretch.
  struct Viewed {
    std::size_t base;
    std::vector<std::int64_t> sizes;
  };

  std::size_t index_of(const Value& value) const { return static_cast<std::size_t>(&value - state_.values.data()); }

  std::vector<std::size_t> values_of(const Value& value) const {
    std::vector<std::size_t> result;
    if (std::holds_alternative<Tensor>(value)) result.push_back(index_of(value));
    if (const auto* list = std::get_if<TensorListRef>(&value)) {
      result.assign(list->items.begin(), list->items.end());
    }
    return result;
  }

  std::optional<std::vector<std::int64_t>> steady_list(std::int32_t index) const {
    const auto* list = std::get_if<IntListRef>(&state_.values[static_cast<std::size_t>(index)]);
    if (!list) return std::nullopt;
    std::vector<std::int64_t> result;
    for (const std::int64_t item : list->items) {
      const auto* number = std::get_if<std::int64_t>(&state_.values[static_cast<std::size_t>(item)]);
      if (!number || !map_.steady(static_cast<std::size_t>(item))) return std::nullopt;
      result.push_back(*number);
    }
    return result;
  }

  const Tensor& tensor_of(std::size_t value) const { return std::get<Tensor>(state_.values[value]); }

  std::size_t add_tensor(RunTensor::Kind kind, std::size_t value) {
    RunTensor tensor;
    tensor.kind = kind;
    tensor.tensor = &tensor_of(value);
    stretch_.run.tensors.push_back(std::move(tensor));
    return stretch_.run.tensors.size() - 1;
  }

  // What the value holds now.
  std::optional<std::size_t> resolve(std::size_t value) {
    for (std::size_t i = writes_.size(); i-- > 0;) {
      const Write& write = writes_[i];
      if (write.value == value) return write.tensor;
      if (!map_.touch(write.value, value)) continue;
      if (map_.storage(write.value) == map_.storage(value)) return view(value, write.tensor);
      return std::nullopt;
    }
    const bool constant = map_.storage(value).space == 0;
    if (const auto viewed = viewed_.find(value); viewed != viewed_.end()) {
      const auto source = resolve(viewed->second.base);
      return source ? view(value, *source) : std::nullopt;
    }
    if (constant && (!tensor_of(value).read_only || !tensor_of(value).data)) return std::nullopt;
    auto& known = (constant ? constants_ : inputs_);
    const auto [found, added] = known.emplace(value, 0);
    if (added) {
      found->second = add_tensor(constant ? RunTensor::Kind::Constant : RunTensor::Kind::Input, value);
      if (!constant) {
        stretch_.run.inputs.push_back(found->second);
        stretch_.input_values.push_back(value);
      }
    }
    return found->second;
  }

  std::optional<std::size_t> view(std::size_t value, std::size_t source) {
    const Tensor& to = tensor_of(value);
    const Tensor& from = *stretch_.run.tensors[source].tensor;
    if (to.dtype != from.dtype || !to.contiguous() || !from.contiguous()) return std::nullopt;
    const auto [found, added] = views_.emplace(std::pair(value, source), 0);
    if (!added) return found->second;
    const auto shape = shape_of(value);
    if (!shape) {
      views_.erase(found);
      return std::nullopt;
    }
    found->second = add_tensor(RunTensor::Kind::View, value);
    stretch_.run.tensors[found->second].source = source;
    stretch_.run.tensors[found->second].shape = *shape;
    ++stretch_.run.tensors[source].uses;
    return found->second;
  }

  std::optional<std::vector<std::int64_t>> shape_of(std::size_t value) const {
    const Tensor& tensor = tensor_of(value);
    if (tensor.dynamism == Dynamism::Static) return std::vector<std::int64_t>(tensor.sizes.begin(), tensor.sizes.end());
    const auto viewed = viewed_.find(value);
    return viewed == viewed_.end() ? std::nullopt : std::optional(viewed->second.sizes);
  }

  MethodState& state_;
  const StorageMap& map_;
  std::size_t chain_;
  Stretch stretch_;
  std::vector<Write> writes_;
  std::map<std::size_t, std::size_t> inputs_, constants_;  // value -> tensor
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> views_;
  std::map<std::size_t, Viewed> viewed_;
};

class Partitioner {
 public:
  Partitioner(MethodState& state, const StorageMap& map, DelegateBackend& backend)
      : state_(state), map_(map), backend_(backend) {}

  // Bytes of staging memory that the largest run needs: one at a time is executed.
  std::uint64_t staging() const { return staging_; }

  void partition(std::size_t chain) {
    const std::size_t count = state_.plan->chains[chain].instructions.size();
    for (std::size_t i = 0; i < count; ++i) taken_.push_back(is_taken(chain, i));
    for (std::size_t first = 0; first < count;) first = std::max(first + 1, take(chain, first));
    taken_.clear();
  }

 private:
  // May the instruction be part of a stretch, as far as the program is concerned?
  enum class Taken : std::uint8_t { No, View, Operator, Delegate };  // View: also what loading has done already

  bool steady(std::int32_t index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= state_.values.size()) return false;
    const Value& value = state_.values[static_cast<std::size_t>(index)];
    const auto all = [&](const auto& items) {
      return std::ranges::all_of(items, [&](auto item) { return steady(static_cast<std::int32_t>(item)); });
    };
    if (const auto* ints = std::get_if<IntListRef>(&value)) return all(ints->items);
    if (const auto* tensors = std::get_if<TensorListRef>(&value)) return all(tensors->items);
    if (std::holds_alternative<OptionalTensorListRef>(value)) return false;
    return map_.steady(static_cast<std::size_t>(index));
  }

  // A delegate of the backend: all args are tensors, in their places.
  bool is_own(const pte::DelegateCall& call) const {
    const LinkedDelegate* delegate = called_delegate(state_, call);
    return delegate && state_.plan->delegates[delegate->index].id == backend_.id() &&
           delegate_outputs(state_, call).has_value() && std::ranges::all_of(call.args, [&](std::int32_t arg) {
             return steady(arg) && std::holds_alternative<Tensor>(state_.values[static_cast<std::size_t>(arg)]);
           });
  }

  Taken is_taken(std::size_t chain, std::size_t i) {
    const auto& content = state_.plan->chains[chain].instructions[i].content;
    if (state_.chains[chain][i].done) return Taken::View;
    if (const auto* delegate = std::get_if<pte::DelegateCall>(&content)) {
      return is_own(*delegate) ? Taken::Delegate : Taken::No;
    }
    const auto* call = std::get_if<pte::KernelCall>(&content);
    if (!call || !std::ranges::all_of(call->args, [&](std::int32_t arg) { return steady(arg); })) return Taken::No;
    if (map_.accesses(chain, i).view_of) return Taken::View;
    const BoundOperator& op = *state_.chains[chain][i].op;
    if (op.schema.outputs == 0 || !check_call(op, state_.values, call->args)) return Taken::No;
    for (std::size_t a = 0; a + op.schema.outputs < op.schema.arguments.size(); ++a) {
      if (op.schema.arguments[a].out) return Taken::No;
    }
    for (std::size_t o = 1; o < op.schema.outputs; ++o) {
      const std::size_t out = op.schema.arguments.size() - op.schema.outputs + o;
      const Call arguments(op, state_.values, call->args);
      const auto value = static_cast<std::size_t>(&arguments.value(out) - state_.values.data());
      if (map_.read_outside(chain, i, value, i, i + 1)) return Taken::No;
    }
    return Taken::Operator;
  }

  // The longest stretch from here on; where the next may begin.
  std::size_t take(std::size_t chain, std::size_t first) {
    std::size_t last = first;
    if (taken_[first] == Taken::No || taken_[first] == Taken::View) return first;
    StretchReader longest(state_, map_, chain);
    const auto probe = backend_.probe(longest.stretch().run);
    for (; last < taken_.size() && taken_[last] != Taken::No; ++last) {
      if (last != first && map_.jump_target(chain, last)) break;
      if (!longest.add(last) || (taken_[last] != Taken::View && !probe->add())) break;
    }
    for (;;) {
      while (last > first && taken_[last - 1] == Taken::View) --last;
      if (last == first) return first;
      StretchReader reader(state_, map_, chain);
      for (std::size_t i = first; i < last; ++i) reader.add(i);
      const auto conflict = reader.finish(first, last, *probe);
      if (conflict) {
        last = *conflict;
        continue;
      }
      if (compile(chain, first, last, reader.stretch())) return last;
      // With delegates that stay what they are, what lies between them may still be worth while.
      const auto begin = taken_.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = taken_.begin() + static_cast<std::ptrdiff_t>(last);
      if (std::find(begin, end, Taken::Delegate) == end) return last;
      std::replace(begin, end, Taken::Delegate, Taken::No);
      return take(chain, first);
    }
  }

  bool compile(std::size_t chain, std::size_t first, std::size_t last, Stretch& stretch) {
    if (stretch.run.outputs.empty()) return false;
    const auto delegates = static_cast<std::size_t>(
        std::ranges::count_if(stretch.run.operators, [](const RunOperator& op) { return op.delegate != nullptr; }));
    const std::size_t operators = stretch.run.operators.size() - delegates;
    if (stretch.run.operators.size() == delegates && delegates == 1) return false;  // is what it is
    RunDecision decision;
    auto instance = backend_.compile_run(*state_.model, stretch.run, decision);
    if (!instance) decision.reason = instance.error().message;
    decision.taken = instance && *instance;
    state_.decisions.push_back({chain, first, last, operators, delegates, decision});
    if (!decision.taken) return false;
    CompiledRun run;
    run.chain = chain;
    run.first = first;
    run.last = last;
    run.inputs = stretch.input_values;
    run.outputs = stretch.output_values;
    run.instance = std::move(*instance);
    run.name = std::string(backend_.id()) + " run #" + std::to_string(state_.runs.size()) + " (" +
               (delegates == 0   ? counted(operators, "operator")
                : operators == 0 ? counted(delegates, "delegate")
                                 : counted(delegates, "delegate") + ", " + counted(operators, "operator")) +
               ")";
    std::uint64_t staged = 0;
    for (const std::size_t output : run.outputs) {
      const bool shared = std::ranges::any_of(run.inputs, [&](std::size_t in) { return map_.touch(in, output); });
      run.staged_at.push_back(shared ? std::optional(staged) : std::nullopt);
      if (!shared) continue;
      const auto& tensor = std::get<Tensor>(state_.values[output]);
      const auto size = checked_mul(static_cast<std::uint64_t>(tensor.capacity), std::uint64_t{tensor.element_size()});
      const auto end = size ? checked_add(staged, *size) : std::nullopt;
      const auto aligned = end ? checked_align_up(*end, kStagingAlignment) : std::nullopt;
      if (!aligned) return false;
      staged = *aligned;
    }
    staging_ = std::max(staging_, staged);
    for (std::size_t i = first; i < last; ++i) {
      if (map_.accesses(chain, i).view_of && map_.named_outside(map_.accesses(chain, i).view, chain, first, last)) {
        run.views.push_back(i);
      }
    }
    state_.chains[chain][first].run = state_.runs.size();
    state_.runs.push_back(std::move(run));
    return true;
  }

  MethodState& state_;
  const StorageMap& map_;
  DelegateBackend& backend_;
  std::vector<Taken> taken_;
  std::uint64_t staging_ = 0;
};

// Memory that is not needed between two executions, or null where there is none to be had.
std::shared_ptr<const LazyMemory> reserve_staging(const MethodState& state, std::uint64_t size) {
  if (state.scratch) {
    auto borrowed = state.scratch->borrow(state.arenas.size(), size);
    return borrowed ? std::move(*borrowed) : nullptr;
  }
  auto memory = LazyMemory::reserve(size);
  return memory ? std::make_shared<const LazyMemory>(std::move(*memory)) : nullptr;
}

}  // namespace

Result<> CompiledRun::execute(std::vector<Value>& values, std::uint8_t* staging) const {
  std::vector<Tensor*> args;
  for (const std::size_t input : inputs) args.push_back(std::get_if<Tensor>(&values[input]));
  std::vector<Tensor> staged(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto* tensor = std::get_if<Tensor>(&values[outputs[i]]);
    if (tensor && staged_at[i]) {
      staged[i] = *tensor;
      staged[i].data = staging + *staged_at[i];
      args.push_back(&staged[i]);
    } else {
      args.push_back(tensor);
    }
  }
  PTETOOL_CHECK(instance->execute(args));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!staged_at[i]) continue;
    auto& tensor = std::get<Tensor>(values[outputs[i]]);
    if (!tensor.data || tensor.read_only) return fail(ErrorCode::Malformed, "an output has no memory");
    PTETOOL_CHECK(tensor.resize(staged[i].sizes.span()));
    std::memcpy(tensor.data, staged[i].data, static_cast<std::size_t>(tensor.nbytes()));
  }
  return {};
}

void compile_runs(MethodState& state, std::span<DelegateBackend* const> backends) {
  const auto backend =
      std::ranges::find_if(backends, [](const DelegateBackend* each) { return each->probe(OperatorRun()) != nullptr; });
  if (backend == backends.end()) return;
  const auto map = StorageMap::make(state);
  if (!map) return;
  Partitioner partitioner(state, *map, **backend);
  for (std::size_t c = 0; c < state.plan->chains.size(); ++c) partitioner.partition(c);
  if (partitioner.staging() == 0) return;
  state.staging = reserve_staging(state, partitioner.staging());
  if (state.staging) return;
  for (const CompiledRun& run : state.runs) state.chains[run.chain][run.first].run = BoundInstruction::kNoRun;
  state.runs.clear();
  for (Method::Run& decision : state.decisions) {
    decision.decision.taken = false;
    decision.decision.reason = "no memory for its outputs";
  }
}

}  // namespace ptetool
