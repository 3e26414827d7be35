// Executes a loaded method: the instruction set of format-facts 5.6.
#include <algorithm>
#include <optional>

#include "ptetool/base/pages.h"
#include "ptetool/base/reading_window.h"
#include "ptetool/base/text.h"
#include "runtime/record.h"
#include "runtime/state.h"

namespace ptetool {

namespace {

// Where the chain goes on; nullopt: with the next instruction.
using Next = std::optional<std::size_t>;

// Rows of a table in a mapped file that are worth a thread that gives back what is mapped around them.
constexpr std::int64_t kManyRows = 16;

class Executor {
 public:
  Executor(MethodState& state, Profile* profile) : state_(state), profile_(profile) {}

  Result<> run() {
    for (std::size_t c = 0; c < state_.plan->chains.size(); ++c) {
      const auto& instructions = state_.plan->chains[c].instructions;
      for (std::size_t i = 0; i < instructions.size();) {
        if (const std::size_t run = state_.chains[c][i].run; run != BoundInstruction::kNoRun) {
          PTETOOL_ASSIGN(const bool done, execute(state_.runs[run]));
          if (done) {
            i = state_.runs[run].last;
            continue;
          }
        }
        if (++executed_ > state_.max_instructions) {
          return locate(fail(ErrorCode::Limit, "more than " + std::to_string(state_.max_instructions) +
                                                   " instructions in one execution: the program does not end"),
                        c, i);
        }
        if (state_.chains[c][i].done) {
          ++i;
          continue;
        }
        const std::uint64_t begin = profile_ ? profile_clock() : 0;
        auto next = step(instructions[i], state_.chains[c][i]);
        if (profile_) record_instruction(*profile_, state_, c, i, begin);
        if (!next) return locate(forward_error(std::move(next)), c, i);
        i = next->value_or(i + 1);
      }
    }
    return {};
  }

 private:
  // False: its instructions are to be executed one by one.
  Result<bool> execute(CompiledRun& run) {
    const std::uint64_t begin = profile_ ? profile_clock() : 0;
    const std::uint64_t count = run.last - run.first;
    if (executed_ + count > state_.max_instructions || run.refusals == CompiledRun::kMostRefusals) return false;
    if (!run.execute(state_.values, state_.staging ? state_.staging->data() : nullptr)) {
      ++run.refusals;
      return false;
    }
    run.refusals = 0;
    executed_ += count;
    for (const std::size_t view : run.views) {
      const auto& instruction = state_.plan->chains[run.chain].instructions[view];
      auto viewed = step(instruction, state_.chains[run.chain][view]);
      if (!viewed) return locate(forward_error(std::move(viewed)), run.chain, view);
    }
    if (profile_) record_run(*profile_, state_, run, begin);
    return true;
  }

  Failure locate(Failure failure, std::size_t chain, std::size_t index) const {
    Error error = std::move(failure).value();
    error.file = state_.model->program->file->name();
    error.path = state_.plan_path + "." + indexed("chains", chain) + "." + indexed("instructions", index) +
                 (error.path.empty() ? "" : "." + error.path);
    return Failure(std::move(error));
  }

  Result<Next> step(const pte::Instruction& instruction, const BoundInstruction& bound) {
    return std::visit([&](const auto& content) { return execute(content, bound); }, instruction.content);
  }

  Result<Next> execute(const pte::KernelCall& call, const BoundInstruction& bound) {
    if (!bound.kinds_fixed) PTETOOL_CHECK(check_call(*bound.op, state_.values, call.args));
    PTETOOL_CHECK(check_memory(*bound.op, call.args, bound.accepts_no_data));
    Call arguments(*bound.op, state_.values, call.args, state_.threads.get());
    if (bound.table == BoundInstruction::kNoTable) {
      PTETOOL_CHECK(bound.op->row->kernel(arguments));
      return Next();
    }
    const RowTable& table = state_.tables[bound.table];
    {
      const auto* indices = table.indices ? std::get_if<Tensor>(&state_.values[*table.indices]) : nullptr;
      std::optional<ReadingWindow> window;
      if (indices && indices->numel() >= kManyRows) {
        window.emplace(*table.file, table.bytes, ReadingWindow::Reads::Scattered);
      }
      PTETOOL_CHECK(bound.op->row->kernel(arguments));
    }
    release_pages(*table.file, table.bytes);
    return Next();
  }

  Result<Next> execute(const pte::DelegateCall& call, const BoundInstruction&) {
    std::vector<Tensor*> args(call.args.size());
    for (std::size_t i = 0; i < args.size(); ++i) {
      args[i] = std::get_if<Tensor>(&state_.values[static_cast<std::size_t>(call.args[i])]);
    }
    PTETOOL_CHECK(state_.delegates[static_cast<std::size_t>(call.delegate_index)]->execute(args));
    return Next();
  }

  Result<Next> execute(const pte::MoveCall& move, const BoundInstruction&) {
    state_.values[static_cast<std::size_t>(move.move_to)] = state_.values[static_cast<std::size_t>(move.move_from)];
    return Next();
  }

  Result<Next> execute(const pte::JumpFalseCall& jump, const BoundInstruction&) {
    PTETOOL_ASSIGN(const bool condition, truth(state_.values[static_cast<std::size_t>(jump.cond_value_index)]));
    if (condition) return Next();
    // Any destination outside the chain ends it.
    return Next(jump.destination_instruction < 0 ? static_cast<std::size_t>(-1)
                                                 : static_cast<std::size_t>(jump.destination_instruction));
  }

  Result<Next> execute(const pte::FreeCall& call, const BoundInstruction&) {
    auto* tensor = std::get_if<Tensor>(&state_.values[static_cast<std::size_t>(call.value_index)]);
    if (!tensor) return fail(ErrorCode::Malformed, "frees a value that is no tensor");
    tensor->data = nullptr;
    return Next();
  }

  Result<Next> execute(const pte::UnknownInstruction& unknown, const BoundInstruction&) {
    return fail(ErrorCode::Malformed, "unknown instruction type " + std::to_string(unknown.type));
  }

  // A Bool, or a bool tensor of which no element is false.
  static Result<bool> truth(const Value& value) {
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
    const auto* tensor = std::get_if<Tensor>(&value);
    if (!tensor || tensor->dtype != ScalarType::Bool) {
      return fail(ErrorCode::Malformed,
                  "the condition of a jump is a " + std::string(kind_name(value)) + ", not a bool or a bool tensor");
    }
    if (tensor->numel() != 0 && !tensor->data) return fail(ErrorCode::Malformed, "the condition has no memory");
    return std::ranges::find(tensor->bytes(), std::uint8_t{0}) == tensor->bytes().end();
  }

  // Every tensor that the kernel reads or writes has memory, and none that it writes is a constant.
  Result<> check_memory(const BoundOperator& op, std::span<const std::int32_t> args, bool accepts_no_data) {
    const auto check = [&](const Tensor& tensor, const Argument& argument) -> Result<> {
      if (!accepts_no_data && !tensor.data && tensor.nbytes() != 0) {
        return fail(ErrorCode::Malformed,
                    std::string(op.schema.name) + ": argument '" + std::string(argument.name) + "' has no memory");
      }
      if (argument.out && tensor.read_only && !accepts_no_data) {
        return fail(ErrorCode::Malformed, std::string(op.schema.name) + ": argument '" + std::string(argument.name) +
                                              "' would be written, but is a constant");
      }
      return {};
    };
    // Old programs leave arguments before the outs away: outs are found from the end.
    const auto& arguments = op.schema.arguments;
    const std::size_t missing = arguments.size() + 1 - std::min(args.size(), arguments.size() + 1);
    const std::size_t first_missing = arguments.size() - op.schema.outputs - missing;
    for (std::size_t i = 0; i + missing < arguments.size(); ++i) {
      const Value& value = state_.values[static_cast<std::size_t>(args[i])];
      const Argument& argument = arguments[i < first_missing ? i : i + missing];
      if (const auto* tensor = std::get_if<Tensor>(&value)) {
        PTETOOL_CHECK(check(*tensor, argument));
        continue;
      }
      const auto* list = std::get_if<TensorListRef>(&value);
      const auto* optional = std::get_if<OptionalTensorListRef>(&value);
      for (const std::int32_t item : list       ? list->items
                                     : optional ? optional->items
                                                : std::span<const std::int32_t>()) {
        const auto* tensor = item < 0 ? nullptr : std::get_if<Tensor>(&state_.values[static_cast<std::size_t>(item)]);
        if (tensor) PTETOOL_CHECK(check(*tensor, argument));
      }
    }
    return {};
  }

  MethodState& state_;
  Profile* profile_;
  std::uint64_t executed_ = 0;
};

}  // namespace

Result<> Method::execute(Profile* profile) {
  for (std::size_t i = 0; i < state_->input_set.size(); ++i) {
    if (!state_->input_set[i]) {
      return fail(ErrorCode::Usage, state_->model->program->file->name(), "input " + std::to_string(i),
                  "was never given a value");
    }
  }
  std::optional<ScratchArenas::Turn> turn;
  if (state_->scratch) turn.emplace(*state_->scratch, state_.get());
  if (profile) begin_execution(*profile, *state_);
  auto result = Executor(*state_, profile).run();
  if (profile) profile->executions.back().end_ns = profile_clock();
  if (state_->content_holds.valid()) {
    auto content = state_->content_holds.get();
    release_weights(*state_->model);
    // What corrupt weights gave is nobody's result.
    if (!content) return content;
  }
  return result;
}

}  // namespace ptetool
