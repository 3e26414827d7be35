// A stretch grows as long as the backend's probe takes its operators, and is cut where it could not give an output.
// Outputs that lie over inputs are computed in staging memory, then copied.
#include "runtime/runs.h"

#include <algorithm>
#include <cstring>

#include "ptetool/base/checked.h"
#include "ptetool/base/text.h"
#include "runtime/stretch_reader.h"

namespace ptetool {

namespace {

constexpr std::uint64_t kStagingAlignment = 64;

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

Result<> CompiledRun::execute(std::vector<Value>& values, std::uint8_t* staging) {
  args.clear();
  for (const std::size_t input : inputs) args.push_back(std::get_if<Tensor>(&values[input]));
  std::vector<Tensor> staged;  // few runs have any
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto* tensor = std::get_if<Tensor>(&values[outputs[i]]);
    if (tensor && staged_at[i]) {
      staged.reserve(outputs.size());
      staged.push_back(*tensor);
      staged.back().data = staging + *staged_at[i];
      tensor = &staged.back();
    }
    args.push_back(tensor);
  }
  PTETOOL_CHECK(instance->execute(args));
  if (staged.empty()) return {};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!staged_at[i]) continue;
    const Tensor& result = *args[inputs.size() + i];
    auto& tensor = std::get<Tensor>(values[outputs[i]]);
    if (!tensor.data || tensor.read_only) return fail(ErrorCode::Malformed, "an output has no memory");
    PTETOOL_CHECK(tensor.resize(result.sizes.span()));
    std::memcpy(tensor.data, result.data, static_cast<std::size_t>(tensor.nbytes()));
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
