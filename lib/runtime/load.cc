// Loads a method: proves it (prove.cc), gives every value its memory (values.cc), binds every instruction (bind.cc),
// makes delegates and stretches ready.
#include <algorithm>

#include "ptetool/base/pages.h"
#include "ptetool/base/text.h"
#include "runtime/constant_views.h"
#include "runtime/elided_views.h"
#include "runtime/load_steps.h"

namespace ptetool {

namespace {

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

void release_weights(const Model& model) {
  PageReleases releases;
  for (const auto& data : model.data) releases.add(*data->file, data->file->bytes());
  const pte::Program& program = *model.program;
  for (const pte::NamedData& named : program.named_data) {
    if (const auto bytes = program.segment_bytes(named.segment_index)) releases.add(*program.file, *bytes);
  }
}

Result<std::unique_ptr<Method>> Method::load(std::shared_ptr<const Model> model, const LoadOptions& options,
                                             std::span<DelegateBackend* const> backends) {
  PTETOOL_CHECK(prove(*model, options));
  auto content_holds = prove_content(model, options);
  // Whoever asks for all checksums sees their progress; the others need not wait for them.
  if (options.checksums == verify::Checksums::On) PTETOOL_CHECK(content_holds.get());
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
  Arenas arenas(*state, plan_index, options, sharer ? sharer->state_.get() : nullptr);
  PTETOOL_CHECK(arenas.reserve());
  PTETOOL_CHECK(load_values(*state, plan_index, arenas));
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
  PTETOOL_CHECK(allocate_outputs(*state, arenas));
  for (const LinkedDelegate& delegate : model->delegates) {
    if (delegate.plan != plan_index) continue;
    DelegateBackend* backend = find_backend(backends, state->plan->delegates[delegate.index].id);
    auto instance = backend->create(*model, delegate);
    if (!instance) return of_delegate(*state, delegate.index, std::move(instance).error());
    state->delegates.push_back(std::move(*instance));
  }
  PTETOOL_CHECK(bind_instructions(*state));
  order_elided_views(*state);
  view_transposed_constants(*state);
  compile_runs(*state, backends);
  find_row_tables(*state);
  PTETOOL_CHECK(prepare_delegates(*state));
  // From here on: what is packed was read as a whole.
  for (const RowTable& table : state->tables) expect_scattered_reads(*table.file, table.bytes);
  state->content_holds = std::move(content_holds);
  release_weights(*model);
  release_unused_heap();
  return std::unique_ptr<Method>(new Method(std::move(state)));
}

}  // namespace ptetool
