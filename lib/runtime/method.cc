// Inputs and outputs of a loaded method (format-facts 5.8).
#include "ptetool/runtime/method.h"

#include <cmath>
#include <optional>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "runtime/state.h"

namespace ptetool {

namespace {

// Exported doubles are compared with the runtime's own tolerance.
bool same_double(double exported, double given) {
  if (std::isnan(exported) || std::isnan(given)) return std::isnan(exported) && std::isnan(given);
  if (std::isinf(exported) || std::isinf(given)) return exported == given;
  return std::fabs(exported - given) <= 1e-4 + 1e-5 * std::fabs(exported);
}

bool is_as_exported(const Value& value, const InputValue& given) {
  return std::visit(
      [&](const auto& exported) {
        using T = std::remove_cvref_t<decltype(exported)>;
        if constexpr (std::is_same_v<T, double>) {
          if (const auto* integer = std::get_if<std::int64_t>(&given)) {
            return same_double(exported, static_cast<double>(*integer));
          }
          const auto* real = std::get_if<double>(&given);
          return real && same_double(exported, *real);
        } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, bool>) {
          const auto* same_kind = std::get_if<T>(&given);
          return same_kind && *same_kind == exported;
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          const auto* text = std::get_if<std::string>(&given);
          return text && *text == exported;
        } else {
          return std::holds_alternative<std::monostate>(given) && std::is_same_v<T, None>;
        }
      },
      value);
}

// An error about an input.
struct Refusal {
  const MethodState& state;
  std::size_t index;

  Failure operator()(ErrorCode code, std::string message) const {
    return fail(code, state.model->program->file->name(), "input " + std::to_string(index), std::move(message));
  }
};

// Into the planned memory of the input, if it has some; else the input uses the memory that it is given.
Result<> set_tensor(MethodState& state, std::size_t index, const OwnedTensor& source, Tensor& target,
                    const Refusal& refuse) {
  if (source.tensor.dtype != target.dtype) {
    return refuse(ErrorCode::Mismatch,
                  "is " + dtype_name(source.tensor.dtype) + ", the method takes " + dtype_name(target.dtype));
  }
  target.capacity = state.input_capacity[index];
  if (auto resized = target.resize(source.tensor.sizes.span()); !resized) {
    return refuse(ErrorCode::Mismatch, resized.error().message);
  }
  if (state.inputs[index].planned) {
    if (target.read_only) return refuse(ErrorCode::Malformed, "is a constant of the program");
    if (!target.data && target.nbytes() != 0) return refuse(ErrorCode::Malformed, "has no memory");
    return copy_elements(source.tensor, target);
  }
  OwnedTensor used = source;
  if (source.tensor.strides != target.strides) {
    // The method wants another dim order than the caller's.
    PTETOOL_ASSIGN(used, allocate_tensor(target.dtype, target.sizes.span()));
    used.tensor.dim_order = target.dim_order;
    used.tensor.strides = target.strides;
    PTETOOL_CHECK(copy_elements(source.tensor, used.tensor));
  }
  state.input_memory[index] = used.memory;
  target.data = used.tensor.data;
  target.capacity = target.numel();
  return {};
}

}  // namespace

Method::Method(std::unique_ptr<MethodState> state) : state_(std::move(state)) {}
Method::~Method() = default;

const std::string& Method::name() const { return state_->name; }
const std::string& Method::file() const { return state_->model->program->file->name(); }
std::span<const ValueInfo> Method::inputs() const { return state_->inputs; }
std::span<const ValueInfo> Method::outputs() const { return state_->outputs; }
std::vector<Method::Fallback> Method::fallbacks() const {
  std::vector<Fallback> result;
  for (std::size_t i = 0; i < state_->delegates.size(); ++i) {
    if (const auto reason = state_->delegates[i]->fallback(); !reason.empty())
      result.push_back({i, std::string(reason)});
  }
  return result;
}

std::span<const Method::Run> Method::runs() const { return state_->decisions; }

std::vector<PackedPart> Method::packed() const {
  std::vector<PackedPart> result;
  std::unordered_set<const void*> seen;
  const auto add = [&](const DelegateInstance& instance) {
    for (PackedPart& part : instance.packed()) {
      if (seen.insert(part.identity).second) result.push_back(std::move(part));
    }
  };
  for (const auto& delegate : state_->delegates) add(*delegate);
  for (const CompiledRun& run : state_->runs) add(*run.instance);
  return result;
}

std::uint64_t Method::planned_bytes() const { return state_->planned_bytes; }

const Value& Method::output(std::size_t index) const {
  return state_->values[static_cast<std::size_t>(state_->plan->outputs[index])];
}

std::shared_ptr<const void> Method::turn() const {
  if (!state_->scratch) return nullptr;
  return std::make_shared<const ScratchArenas::Turn>(*state_->scratch, state_.get());
}

Result<> Method::set_input(std::size_t index, const InputValue& given) {
  // What another method left behind goes before the first input comes.
  std::optional<ScratchArenas::Turn> turn;
  if (state_->scratch) turn.emplace(*state_->scratch, state_.get());
  const Refusal refuse{*state_, index};
  if (index >= state_->inputs.size()) {
    return refuse(ErrorCode::Usage, "does not exist; the method has " + counted(state_->inputs.size(), "input"));
  }
  Value& value = state_->values[static_cast<std::size_t>(state_->plan->inputs[index])];
  if (auto* target = std::get_if<Tensor>(&value)) {
    const auto* source = std::get_if<OwnedTensor>(&given);
    if (!source) return refuse(ErrorCode::Mismatch, "must be a tensor");
    PTETOOL_CHECK(set_tensor(*state_, index, *source, *target, refuse));
  } else if (!is_as_exported(value, given)) {
    return refuse(ErrorCode::Mismatch,
                  "was fixed at export and must be given as it was (" + std::string(kind_name(value)) + ")");
  }
  state_->input_set[index] = true;
  return {};
}

}  // namespace ptetool
