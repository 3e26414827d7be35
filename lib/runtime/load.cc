// Loads a method: proves it, lists what this build cannot do, gives every value its memory, binds every instruction.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "ptetool/base/pages.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/memory_plan.h"
#include "runtime/constant_views.h"
#include "runtime/state.h"

namespace ptetool {

namespace {

// The most content-keyed bytes that a load hashes by default: about 50 ms.
constexpr std::uint64_t kLoadChecksumBytes = std::uint64_t{64} << 20;

ErrorCode code_of(const verify::Finding& finding) {
  const std::string_view rule = finding.rule ? finding.rule->id : std::string_view();
  if (rule == "SET001" || rule == "SET002") return ErrorCode::Missing;
  if (rule.starts_with("SET") || rule.starts_with("SUM") || rule.starts_with("NDM")) return ErrorCode::Mismatch;
  return ErrorCode::Malformed;
}

Error to_error(const verify::Finding& finding) {
  Error error;
  error.code = code_of(finding);
  error.file = finding.file;
  error.path = finding.path;
  error.offset = finding.offset;
  error.message = finding.message;
  if (finding.count > 1) error.message += " (and " + counted(finding.count - 1, "more place") + ")";
  if (finding.rule) error.message += " [" + std::string(finding.rule->id) + "]";
  return error;
}

// The first problem as the error, the rest behind it.
Result<> first_of(std::vector<Error> errors) {
  if (errors.empty()) return {};
  Error first = std::move(errors.front());
  first.others.assign(std::make_move_iterator(errors.begin() + 1), std::make_move_iterator(errors.end()));
  return Failure(std::move(first));
}

Result<> prove(const Model& model, const LoadOptions& options) {
  verify::Options rules;
  rules.checksums = options.checksums;
  rules.auto_checksum_bytes = kLoadChecksumBytes;
  rules.progress = options.progress;
  std::vector<Error> errors;
  for (const verify::Finding& finding : verify::verify_model(model, rules, true)) {
    if (finding.severity == verify::Severity::Error) errors.push_back(to_error(finding));
  }
  return first_of(std::move(errors));
}

DelegateBackend* find_backend(std::span<DelegateBackend* const> backends, std::string_view id) {
  const auto found = std::ranges::find_if(backends, [&](const DelegateBackend* each) { return each->id() == id; });
  return found == backends.end() ? nullptr : *found;
}

// Everything in the plan that nobody here can execute, each once with the number of its uses.
Result<> prove_supported(const Model& model, std::size_t plan_index, std::span<DelegateBackend* const> backends) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
  std::map<std::string, std::size_t> lacking;
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (!call) continue;
      const std::string name = plan.operators[static_cast<std::size_t>(call->op_index)].full_name();
      const BoundOperator* op = find_operator(name);
      if (!op) ++lacking["operator " + quoted(name) + " is unknown to this build"];
      if (op && !op->row->kernel) ++lacking["operator " + quoted(name) + " has no kernel yet"];
    }
  }
  for (const LinkedDelegate& delegate : model.delegates) {
    if (delegate.plan != plan_index) continue;
    const std::string_view id = plan.delegates[delegate.index].id;
    DelegateBackend* backend = find_backend(backends, id);
    if (!backend) {
      ++lacking["backend " + quoted(id) + " cannot be executed here, only XnnpackBackend can"];
      continue;
    }
    for (const std::string& item : backend->unsupported(delegate))
      ++lacking["XNNPACK " + item + " is not supported yet"];
  }
  if (lacking.empty()) return {};
  Error error;
  error.code = ErrorCode::Unsupported;
  error.file = model.program->file->name();
  error.message = "method " + quoted(plan.name) + " cannot run: " + counted(lacking.size(), "thing is", "things are") +
                  " missing in this build";
  for (const auto& [what, uses] : lacking) {
    Error one;
    one.code = ErrorCode::Unsupported;
    one.file = error.file;
    one.message = what + " (" + counted(uses, "use") + ")";
    error.others.push_back(std::move(one));
  }
  return Failure(std::move(error));
}

// The arena of buffers that methods share where they were exported so (format-facts 1.6): its number is 2.
constexpr std::size_t kSharedArena = 1;

// What kernels expect of an element's address.
std::size_t alignment_of(const Tensor& tensor) { return std::min<std::size_t>(tensor.element_size(), 8); }

// Fills MethodState::values: what format-facts 5.3 tells about each kind of tensor.
class ValueLoader {
 public:
  // `sharer`: the method whose mutable buffers are this one's too; may be null.
  ValueLoader(MethodState& state, std::size_t plan_index, const LoadOptions& options, const MethodState* sharer)
      : state_(state), plan_index_(plan_index), options_(options), sharer_(sharer) {}

  Result<> load() {
    PTETOOL_CHECK(reserve_arenas());
    for (const Need& need : state_.model->needs) {
      if (need.plan == plan_index_ && need.tensor && need.entry) external_[need.index] = *need.entry;
    }
    state_.values.reserve(state_.plan->values.size());
    for (std::size_t i = 0; i < state_.plan->values.size(); ++i) {
      PTETOOL_ASSIGN(Value value, load_value(i));
      state_.values.push_back(std::move(value));
    }
    return {};
  }

 private:
  Failure broken(std::size_t index, std::string message) const {
    return fail(ErrorCode::Malformed, state_.model->program->file->name(),
                state_.plan_path + "." + indexed("values", index), std::move(message),
                state_.plan->values[index].offset);
  }

  // An arena is as large as its planned tensors reach: the declared size is an upper limit that a file may exaggerate.
  Result<> reserve_arenas() {
    std::vector<std::uint64_t> needed(
        state_.plan->non_const_buffer_sizes.empty() ? 0 : state_.plan->non_const_buffer_sizes.size() - 1, 0);
    for (const pte::Value& value : state_.plan->values) {
      const pte::Tensor* tensor = value.tensor();
      if (!tensor || !tensor->allocation_info) continue;
      const auto nbytes = pte::tensor_nbytes(*tensor);
      const auto end = nbytes ? checked_add(tensor->allocation_info->memory_offset, *nbytes) : std::nullopt;
      const std::uint32_t id = tensor->allocation_info->memory_id;
      if (!end || id == 0 || id > needed.size()) {
        return fail(ErrorCode::Internal, state_.model->program->file->name(), state_.plan_path,
                    "a planned tensor outside every arena passed the checks");
      }
      needed[id - 1] = std::max(needed[id - 1], *end);
    }
    if (sharer_) PTETOOL_CHECK(check_sharer(needed));
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (i == kSharedArena && sharer_) {
        state_.arenas.push_back(sharer_->arenas[i]);
        continue;
      }
      PTETOOL_CHECK(take(needed[i], "arena " + std::to_string(i + 1)));
      PTETOOL_ASSIGN(LazyMemory arena, LazyMemory::reserve(needed[i]));
      state_.arenas.push_back(std::make_shared<const LazyMemory>(std::move(arena)));
    }
    return share_scratch();
  }

  // All but mutable state may lie in memory that other methods use as well. Where instructions jump, what is read
  // before it is written cannot be told from their order, and everything stays the method's own; so does the arena in
  // which methods share their state.
  Result<> share_scratch() {
    if (!options_.scratch || jumps()) return {};
    layout::MethodMemory plan = layout::method_memory(*state_.model, plan_index_);
    kept_.resize(state_.arenas.size());
    state_.shared_arenas.resize(state_.arenas.size());
    for (std::size_t i = 0; i < state_.arenas.size() && i < plan.arenas.size(); ++i) {
      if (i == kSharedArena || state_.arenas[i]->size() == 0) continue;
      kept_[i] = std::move(plan.arenas[i].state);
      keep_what_overlaps(i);
      PTETOOL_ASSIGN(state_.shared_arenas[i], options_.scratch->borrow(i, state_.arenas[i]->size()));
    }
    state_.scratch = options_.scratch;
    return {};
  }

  bool jumps() const {
    return std::ranges::any_of(state_.plan->chains, [](const pte::Chain& chain) {
      return std::ranges::any_of(chain.instructions, [](const pte::Instruction& each) {
        return std::holds_alternative<pte::JumpFalseCall>(each.content);
      });
    });
  }

  // A tensor is in one memory as a whole, and so are tensors that overlap.
  void keep_what_overlaps(std::size_t arena) {
    ByteRanges& kept = kept_[arena];
    for (bool grown = !kept.empty(); grown;) {
      grown = false;
      for (const pte::Value& value : state_.plan->values) {
        const pte::Tensor* tensor = value.tensor();
        if (!tensor || !tensor->allocation_info || tensor->allocation_info->memory_id != arena + 1) continue;
        const std::uint64_t start = tensor->allocation_info->memory_offset;
        const std::uint64_t end = start + pte::tensor_nbytes(*tensor).value_or(0);
        if (!kept.touches(start, end) || kept.contains(start, end)) continue;
        kept.add(start, end);
        grown = true;
      }
    }
  }

  // The memory that a planned tensor lies in.
  const LazyMemory& memory_of(const pte::AllocationDetails& where, std::uint64_t nbytes) const {
    const std::size_t arena = where.memory_id - 1;
    const bool shared = arena < state_.shared_arenas.size() && state_.shared_arenas[arena] &&
                        !kept_[arena].touches(where.memory_offset, where.memory_offset + nbytes);
    return shared ? *state_.shared_arenas[arena] : *state_.arenas[arena];
  }

  Result<> check_sharer(std::span<const std::uint64_t> needed) const {
    if (sharer_->model->program == state_.model->program && needed.size() > kSharedArena &&
        sharer_->arenas.size() > kSharedArena && needed[kSharedArena] <= sharer_->arenas[kSharedArena]->size()) {
      return {};
    }
    return fail(ErrorCode::Mismatch, state_.model->program->file->name(), state_.plan_path,
                "shares no state with method '" + sharer_->name +
                    "': the methods must be exported together, with share_mutable_buffers");
  }

  // Counts memory against the limit.
  Result<> take(std::uint64_t bytes, const std::string& what) {
    const auto total = checked_add(state_.planned_bytes, bytes);
    if (!total || *total > options_.max_memory) {
      return fail(ErrorCode::Limit, state_.model->program->file->name(), state_.plan_path,
                  what + " of " + human_bytes(bytes) + " exceeds the memory limit of " +
                      human_bytes(options_.max_memory) + "; raise it with --max-memory if the program is trusted");
    }
    state_.planned_bytes = *total;
    return {};
  }

  Result<Value> load_value(std::size_t index) {
    return std::visit(
        [&](const auto& content) -> Result<Value> {
          using T = std::remove_cvref_t<decltype(content)>;
          if constexpr (std::is_same_v<T, pte::Null>) {
            return Value(None{});
          } else if constexpr (std::is_same_v<T, pte::Int> || std::is_same_v<T, pte::Bool> ||
                               std::is_same_v<T, pte::Double> || std::is_same_v<T, pte::String>) {
            return Value(content.value);
          } else if constexpr (std::is_same_v<T, pte::IntList>) {
            return Value(IntListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::DoubleList>) {
            return Value(DoubleListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::BoolList>) {
            return Value(BoolListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::TensorList>) {
            return Value(TensorListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::OptionalTensorList>) {
            return Value(OptionalTensorListRef{content.items});
          } else if constexpr (std::is_same_v<T, pte::Tensor>) {
            return load_tensor(index, content);
          } else {
            return broken(index, "is of an unknown kind");
          }
        },
        state_.plan->values[index].content);
  }

  Result<Value> load_tensor(std::size_t index, const pte::Tensor& source) {
    const auto nbytes = pte::tensor_nbytes(source);
    if (!nbytes || source.sizes.size() > kMaxRank || source.dim_order.size() != source.sizes.size() ||
        !is_permutation(source.dim_order)) {
      return broken(index, "has sizes or a dim order that make no tensor");
    }
    Tensor tensor = make_tensor(source.scalar_type, Sizes(source.sizes).span(), source.dim_order);
    tensor.dynamism = source.shape_dynamism == pte::ShapeDynamism::Static ? Dynamism::Static : Dynamism::Bound;
    if (source.allocation_info) {
      const auto& where = *source.allocation_info;
      const std::uint64_t reach = state_.arenas[where.memory_id - 1]->size();
      if (!range_within(where.memory_offset, *nbytes, reach)) return broken(index, "leaves its arena");
      const LazyMemory& arena = memory_of(where, *nbytes);
      tensor.data = arena.size() ? arena.data() + where.memory_offset : nullptr;
      if (!is_aligned(tensor.data, alignment_of(tensor))) return broken(index, "is planned at an unaligned offset");
      PTETOOL_CHECK(load_state(index, source, tensor, *nbytes));
    } else if (source.external()) {
      PTETOOL_ASSIGN(const ByteView bytes, external_bytes(index, *nbytes));
      PTETOOL_CHECK(use_constant(tensor, bytes));
    } else if (source.data_buffer_idx > 0) {
      PTETOOL_ASSIGN(const ByteView bytes, state_.model->program->constant_bytes(source.data_buffer_idx, *nbytes));
      PTETOOL_CHECK(use_constant(tensor, bytes));
    }
    return Value(tensor);
  }

  // The initial content of planned memory, where the program or a data file has one.
  Result<> load_state(std::size_t index, const pte::Tensor& source, Tensor& tensor, std::uint64_t nbytes) {
    ByteView initial;
    if (source.external()) {
      PTETOOL_ASSIGN(initial, external_bytes(index, nbytes));
    } else if (source.data_buffer_idx > 0) {
      PTETOOL_ASSIGN(initial, state_.model->program->initial_state_bytes(source.data_buffer_idx, nbytes));
    }
    if (!initial.empty()) std::memcpy(tensor.data, initial.data(), initial.size());
    return {};
  }

  Result<ByteView> external_bytes(std::size_t index, std::uint64_t nbytes) const {
    const auto found = external_.find(index);
    if (found == external_.end()) return broken(index, "is external, and its key is in no data file");
    const NamedEntry& entry = state_.model->entries[found->second];
    if (!entry.bytes) return Failure(entry.bytes.error());
    if (entry.bytes->size() < nbytes) return broken(index, "is larger than its data");
    return entry.bytes->first(static_cast<std::size_t>(nbytes));
  }

  // Constants are used where they are mapped. Those that lie unaligned for their type are copied once.
  Result<> use_constant(Tensor& tensor, ByteView bytes) {
    tensor.read_only = true;
    if (bytes.empty() || is_aligned(bytes.data(), alignment_of(tensor))) {
      tensor.data = const_cast<std::uint8_t*>(bytes.data());  // read_only guards it
      return {};
    }
    auto& copy = copies_[bytes.data()];
    if (copy.second < bytes.size()) {
      PTETOOL_CHECK(take(bytes.size(), "an unaligned constant"));
      PTETOOL_ASSIGN(LazyMemory memory, LazyMemory::reserve(bytes.size()));
      std::memcpy(memory.data(), bytes.data(), bytes.size());
      copy = {memory.data(), bytes.size()};
      state_.own_memory.push_back(std::move(memory));
    }
    tensor.data = copy.first;
    return {};
  }

 public:
  // Graph outputs that nobody gives memory: each gets its own, of the size of its bound.
  Result<> allocate_outputs() {
    for (const std::int32_t output : state_.plan->outputs) {
      auto* tensor = std::get_if<Tensor>(&state_.values[static_cast<std::size_t>(output)]);
      const bool is_input = std::ranges::find(state_.plan->inputs, output) != state_.plan->inputs.end();
      if (!tensor || tensor->data || is_input || tensor->nbytes() == 0) continue;
      PTETOOL_CHECK(take(tensor->nbytes(), "an output"));
      PTETOOL_ASSIGN(LazyMemory memory, LazyMemory::reserve(tensor->nbytes()));
      tensor->data = memory.data();
      state_.own_memory.push_back(std::move(memory));
    }
    return {};
  }

 private:
  MethodState& state_;
  std::size_t plan_index_;
  const LoadOptions& options_;
  std::vector<ByteRanges> kept_;  // per arena: bytes that are not shared with other methods
  const MethodState* sharer_;
  std::unordered_map<std::size_t, std::size_t> external_;  // value index -> entry
  std::unordered_map<const std::uint8_t*, std::pair<std::uint8_t*, std::size_t>> copies_;
};

ValueInfo describe(const pte::ExecutionPlan& plan, const Value& value, std::int32_t index) {
  using Kind = InputExpectation::Kind;
  ValueInfo info;
  if (const auto* tensor = std::get_if<Tensor>(&value)) {
    const pte::Tensor& source = *plan.values[static_cast<std::size_t>(index)].tensor();
    info.name = std::string(source.name());
    info.planned = source.allocation_info.has_value() || source.data_buffer_idx != 0;
    info.expected = {Kind::Tensor, tensor->dtype, tensor->sizes, tensor->dynamism == Dynamism::Bound};
    return info;
  }
  info.expected.kind = std::holds_alternative<std::int64_t>(value)       ? Kind::Int
                       : std::holds_alternative<double>(value)           ? Kind::Double
                       : std::holds_alternative<bool>(value)             ? Kind::Bool
                       : std::holds_alternative<std::string_view>(value) ? Kind::String
                                                                         : Kind::Null;
  return info;
}

// Value indices whose kind may change while the method runs: what prim operators and moves write.
std::unordered_set<std::int64_t> changing_values(const pte::ExecutionPlan& plan) {
  std::unordered_set<std::int64_t> changing;
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) changing.insert(move->move_to);
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (!call || call->args.empty()) continue;
      const auto* op = find_operator(plan.operators[static_cast<std::size_t>(call->op_index)].full_name());
      if (!op || op->schema.outputs == 0) changing.insert(call->args.back());
    }
  }
  return changing;
}

bool touches(const Value& value, std::int64_t index, const std::unordered_set<std::int64_t>& changing) {
  if (changing.contains(index)) return true;
  const auto any = [&](const auto& items) {
    return std::ranges::any_of(items, [&](auto item) { return changing.contains(item); });
  };
  if (const auto* ints = std::get_if<IntListRef>(&value)) return any(ints->items);
  if (const auto* tensors = std::get_if<TensorListRef>(&value)) return any(tensors->items);
  if (const auto* optional = std::get_if<OptionalTensorListRef>(&value)) return any(optional->items);
  return false;
}

Result<> bind(MethodState& state) {
  const auto changing = changing_values(*state.plan);
  for (std::size_t c = 0; c < state.plan->chains.size(); ++c) {
    const auto& instructions = state.plan->chains[c].instructions;
    std::vector<BoundInstruction> bound(instructions.size());
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      const auto* call = std::get_if<pte::KernelCall>(&instructions[i].content);
      if (!call) continue;
      bound[i].op = find_operator(state.plan->operators[static_cast<std::size_t>(call->op_index)].full_name());
      bound[i].accepts_no_data = bound[i].op->schema.name.starts_with("executorch_prim::") ||
                                 bound[i].op->schema.name.starts_with("aten::sym_");
      bound[i].kinds_fixed = std::ranges::none_of(call->args, [&](std::int32_t arg) {
        return arg < 0 || static_cast<std::size_t>(arg) >= state.values.size() ||
               touches(state.values[static_cast<std::size_t>(arg)], arg, changing);
      });
      if (!bound[i].kinds_fixed) continue;
      if (auto checked = check_call(*bound[i].op, state.values, call->args); !checked) {
        Error error = std::move(checked).error();
        error.file = state.model->program->file->name();
        error.path = state.plan_path + "." + indexed("chains", c) + "." + indexed("instructions", i);
        error.offset = instructions[i].offset;
        return Failure(std::move(error));
      }
    }
    state.chains.push_back(std::move(bound));
  }
  return {};
}

Failure of_delegate(const MethodState& state, std::size_t index, Error error) {
  if (error.file.empty()) error.file = state.model->program->file->name();
  error.path = state.plan_path + "." + indexed("delegates", index) + (error.path.empty() ? "" : "." + error.path);
  return Failure(std::move(error));
}

// Delegates that are called outside of stretches, or not at all, are made ready now.
Result<> prepare_delegates(MethodState& state) {
  std::vector<bool> called(state.delegates.size(), false), alone(state.delegates.size(), false);
  for (std::size_t c = 0; c < state.chains.size(); ++c) {
    std::size_t covered = 0;
    for (std::size_t i = 0; i < state.chains[c].size(); ++i) {
      const std::size_t run = state.chains[c][i].run;
      if (run != BoundInstruction::kNoRun) covered = state.runs[run].last;
      const auto* call = std::get_if<pte::DelegateCall>(&state.plan->chains[c].instructions[i].content);
      if (!call) continue;
      const auto delegate = static_cast<std::size_t>(call->delegate_index);
      called[delegate] = true;
      if (i >= covered) alone[delegate] = true;
    }
  }
  for (std::size_t d = 0; d < state.delegates.size(); ++d) {
    if (called[d] && !alone[d]) continue;
    if (auto ready = state.delegates[d]->prepare(); !ready) return of_delegate(state, d, std::move(ready).error());
  }
  return {};
}

}  // namespace

Result<std::size_t> find_plan(const pte::Program& program, std::string_view name) {
  const auto& plans = program.execution_plan;
  if (plans.empty()) return fail(ErrorCode::Malformed, program.file->name(), "", "has no methods");
  const auto position = [&](auto&& wanted) -> std::optional<std::size_t> {
    const auto found = std::ranges::find_if(plans, wanted);
    if (found == plans.end()) return std::nullopt;
    return static_cast<std::size_t>(found - plans.begin());
  };
  if (name.empty()) {
    if (const auto forward = position([](const auto& plan) { return plan.name == "forward"; })) return *forward;
    return position([](const auto& plan) { return !plan.constant_method(); }).value_or(0);
  }
  if (const auto found = position([&](const auto& plan) { return plan.name == name; })) return *found;
  std::vector<std::string> names;
  for (const auto& plan : plans) names.emplace_back(plan.name);
  return fail(ErrorCode::Usage, program.file->name(), "",
              "has no method " + quoted(name) + "; it has " + name_list(names, 12));
}

Result<std::unique_ptr<Method>> Method::load(std::shared_ptr<const Model> model, const LoadOptions& options,
                                             std::span<DelegateBackend* const> backends) {
  PTETOOL_CHECK(prove(*model, options));
  PTETOOL_ASSIGN(const std::size_t plan_index, find_plan(*model->program, options.method));
  PTETOOL_CHECK(prove_supported(*model, plan_index, backends));

  auto state = std::make_unique<MethodState>();
  state->model = model;
  state->max_instructions = options.max_instructions;
  state->threads = options.threads;
  state->plan = &model->program->execution_plan[plan_index];
  state->plan_path = indexed("execution_plan", plan_index);
  state->name = escaped(state->plan->name);
  const Method* sharer = options.share_state_with;
  ValueLoader values(*state, plan_index, options, sharer ? sharer->state_.get() : nullptr);
  PTETOOL_CHECK(values.load());
  for (const std::int32_t input : state->plan->inputs) {
    state->inputs.push_back(describe(*state->plan, state->values[static_cast<std::size_t>(input)], input));
  }
  for (const std::int32_t output : state->plan->outputs) {
    state->outputs.push_back(describe(*state->plan, state->values[static_cast<std::size_t>(output)], output));
  }
  for (const std::int32_t input : state->plan->inputs) {
    const auto* tensor = std::get_if<Tensor>(&state->values[static_cast<std::size_t>(input)]);
    state->input_capacity.push_back(tensor ? tensor->capacity : 0);
  }
  state->input_set.assign(state->inputs.size(), false);
  state->input_memory.resize(state->inputs.size());
  PTETOOL_CHECK(values.allocate_outputs());
  for (const LinkedDelegate& delegate : model->delegates) {
    if (delegate.plan != plan_index) continue;
    DelegateBackend* backend = find_backend(backends, state->plan->delegates[delegate.index].id);
    auto instance = backend->create(*model, delegate);
    if (!instance) return of_delegate(*state, delegate.index, std::move(instance).error());
    state->delegates.push_back(std::move(*instance));
  }
  PTETOOL_CHECK(bind(*state));
  view_transposed_constants(*state);
  compile_runs(*state, backends);
  find_row_tables(*state);
  PTETOOL_CHECK(prepare_delegates(*state));
  // What was packed is not needed any more, and what is needed is read again.
  for (const auto& data : model->data) release_pages(*data->file, data->file->bytes());
  release_unused_heap();
  return std::unique_ptr<Method>(new Method(std::move(state)));
}

}  // namespace ptetool
