// The arguments of a call: how many there must be, of which kinds, and typed access to them.
#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/ops/operator.h"

namespace ptetool {

namespace {

template <class... Kinds>
bool holds(const Value& value) {
  return (std::holds_alternative<Kinds>(value) || ...);
}

// What a person calls the kind.
std::string_view wanted(ArgKind kind) {
  switch (kind) {
    case ArgKind::Tensor: return "a Tensor";
    case ArgKind::OptionalTensor: return "a Tensor or None";
    case ArgKind::TensorList: return "a TensorList";
    case ArgKind::OptionalTensorList: return "an OptionalTensorList";
    case ArgKind::Scalar: return "an Int, a Double or a Bool";
    case ArgKind::OptionalScalar: return "an Int, a Double, a Bool or None";
    case ArgKind::Int: return "an Int";
    case ArgKind::OptionalInt: return "an Int or None";
    case ArgKind::Double: return "a Double";
    case ArgKind::OptionalDouble: return "a Double or None";
    case ArgKind::Bool: return "a Bool";
    case ArgKind::OptionalBool: return "a Bool or None";
    case ArgKind::String: return "a String";
    case ArgKind::OptionalString: return "a String or None";
    case ArgKind::IntList: return "an IntList";
    case ArgKind::OptionalIntList: return "an IntList or None";
    case ArgKind::DoubleList: return "a DoubleList";
    case ArgKind::OptionalDoubleList: return "a DoubleList or None";
    case ArgKind::BoolList: return "a BoolList";
    case ArgKind::Any: return "any value";
  }
  return "any value";
}

bool is_kind(const Value& value, ArgKind kind) {
  switch (kind) {
    case ArgKind::Tensor: return holds<Tensor>(value);
    case ArgKind::OptionalTensor: return holds<Tensor, None>(value);
    case ArgKind::TensorList: return holds<TensorListRef>(value);
    case ArgKind::OptionalTensorList: return holds<OptionalTensorListRef, TensorListRef>(value);
    case ArgKind::Scalar: return holds<std::int64_t, double, bool>(value);
    case ArgKind::OptionalScalar: return holds<std::int64_t, double, bool, None>(value);
    case ArgKind::Int: return holds<std::int64_t>(value);
    case ArgKind::OptionalInt: return holds<std::int64_t, None>(value);
    case ArgKind::Double: return holds<double, std::int64_t>(value);
    case ArgKind::OptionalDouble: return holds<double, std::int64_t, None>(value);
    case ArgKind::Bool: return holds<bool>(value);
    case ArgKind::OptionalBool: return holds<bool, None>(value);
    case ArgKind::String: return holds<std::string_view>(value);
    case ArgKind::OptionalString: return holds<std::string_view, None>(value);
    case ArgKind::IntList: return holds<IntListRef>(value);
    case ArgKind::OptionalIntList: return holds<IntListRef, None>(value);
    case ArgKind::DoubleList: return holds<DoubleListRef, IntListRef>(value);
    case ArgKind::OptionalDoubleList: return holds<DoubleListRef, IntListRef, None>(value);
    case ArgKind::BoolList: return holds<BoolListRef>(value);
    case ArgKind::Any: return true;
  }
  return false;
}

// "a Tensor", "an Int", "None".
std::string kind_with_article(const Value& value) {
  const std::string name(kind_name(value));
  if (holds<None>(value)) return name;
  return (name.starts_with('I') || name.starts_with('O') ? "an " : "a ") + name;
}

template <class Int>
bool in_range(Int index, std::size_t count) {
  return index >= 0 && static_cast<std::uint64_t>(index) < count;
}

// What is wrong with the values that a list names; empty if nothing is.
std::string list_problem(const Value& list, std::span<const Value> values) {
  const auto item_text = [](std::size_t i, auto index) {
    return "item " + std::to_string(i) + " names value " + std::to_string(index);
  };
  const auto tensors = [&](std::span<const std::int32_t> items, bool optional) -> std::string {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (optional && items[i] == -1) continue;
      if (!in_range(items[i], values.size())) return item_text(i, items[i]) + ", which does not exist";
      const Value& value = values[static_cast<std::size_t>(items[i])];
      if (!holds<Tensor>(value) && !(optional && holds<None>(value))) {
        return item_text(i, items[i]) + ", " + kind_with_article(value) + " instead of a Tensor";
      }
    }
    return {};
  };
  if (const auto* refs = std::get_if<TensorListRef>(&list)) return tensors(refs->items, false);
  if (const auto* refs = std::get_if<OptionalTensorListRef>(&list)) return tensors(refs->items, true);
  if (const auto* refs = std::get_if<IntListRef>(&list)) {
    for (std::size_t i = 0; i < refs->items.size(); ++i) {
      if (!in_range(refs->items[i], values.size())) return item_text(i, refs->items[i]) + ", which does not exist";
      const Value& value = values[static_cast<std::size_t>(refs->items[i])];
      if (!holds<std::int64_t>(value)) {
        return item_text(i, refs->items[i]) + ", " + kind_with_article(value) + " instead of an Int";
      }
    }
  }
  return {};
}

std::size_t missing_arguments(const BoundOperator& op, std::size_t given) {
  const std::size_t full = op.schema.arguments.size() + 1;
  return std::min<std::size_t>(given < full ? full - given : 0, op.row->optional_arguments);
}

Scalar to_scalar(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return {Scalar::Kind::Int, *integer, 0};
  if (const auto* real = std::get_if<double>(&value)) return {Scalar::Kind::Double, 0, *real};
  return {Scalar::Kind::Bool, std::get<bool>(value) ? 1 : 0, 0};
}

}  // namespace

std::string_view kind_name(const Value& value) {
  constexpr std::string_view kNames[] = {"None",
                                         "Tensor",
                                         "String",
                                         "Double",
                                         "Int",
                                         "Bool",
                                         "BoolList",
                                         "DoubleList",
                                         "IntList",
                                         "TensorList",
                                         "OptionalTensorList"};
  static_assert(std::size(kNames) == std::variant_size_v<Value>);
  return kNames[value.index()];
}

ArityRange arity(const BoundOperator& op) {
  const std::size_t full = op.schema.arguments.size() + 1;
  const bool slot_optional = !op.schema.returns && op.schema.outputs == 0;
  return {full - op.row->optional_arguments - (slot_optional ? 1 : 0), full};
}

Result<> check_call(const BoundOperator& op, std::span<const Value> values, std::span<const std::int32_t> args) {
  const auto name = [&] { return std::string(op.schema.name); };  // only errors need it
  const ArityRange range = arity(op);
  if (args.size() < range.least || args.size() > range.most) {
    const std::string expected = range.least == range.most
                                     ? std::to_string(range.most)
                                     : std::to_string(range.least) + " to " + std::to_string(range.most);
    return fail(ErrorCode::Malformed,
                name() + ": the call names " + counted(args.size(), "value") + ", the operator takes " + expected);
  }
  const std::size_t missing = missing_arguments(op, args.size());
  const std::size_t first_missing = op.schema.arguments.size() - op.schema.outputs - missing;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::size_t position = i < first_missing ? i : i + missing;
    const bool slot = position >= op.schema.arguments.size();
    const auto label = [&] {
      return name() + ": " + (slot ? "the return slot" : "argument " + quoted(op.schema.arguments[position].name));
    };
    if (!in_range(args[i], values.size())) {
      return fail(ErrorCode::Malformed, label() + " names value " + std::to_string(args[i]) + ", which does not exist");
    }
    if (slot) continue;
    const Value& value = values[static_cast<std::size_t>(args[i])];
    const Argument& argument = op.schema.arguments[position];
    if (!is_kind(value, argument.kind)) {
      return fail(ErrorCode::Malformed,
                  label() + " is " + kind_with_article(value) + ", expected is " + std::string(wanted(argument.kind)));
    }
    if (argument.kind == ArgKind::Any) continue;
    if (const std::string problem = list_problem(value, values); !problem.empty()) {
      return fail(ErrorCode::Malformed, label() + ": " + problem);
    }
  }
  return {};
}

Call::Call(const BoundOperator& op, std::span<Value> values, std::span<const std::int32_t> args,
           const ThreadPool* threads)
    : op_(op), values_(values), args_(args), threads_(threads) {
  missing_ = missing_arguments(op, args.size());
  first_missing_ = op.schema.arguments.size() - op.schema.outputs - missing_;
}

Scalar Call::scalar(std::size_t arg) const { return to_scalar(value(arg)); }

double Call::real(std::size_t arg) const { return to_scalar(value(arg)).as_double(); }

std::vector<std::int64_t> Call::integers(std::size_t arg) const {
  std::vector<std::int64_t> numbers;
  if (const auto* list = std::get_if<IntListRef>(&value(arg))) {
    for (const std::int64_t item : list->items) {
      numbers.push_back(std::get<std::int64_t>(values_[static_cast<std::size_t>(item)]));
    }
  }
  return numbers;
}

std::vector<double> Call::reals(std::size_t arg) const {
  if (const auto* list = std::get_if<DoubleListRef>(&value(arg))) return {list->items.begin(), list->items.end()};
  std::vector<double> numbers;
  for (const std::int64_t number : integers(arg)) numbers.push_back(static_cast<double>(number));
  return numbers;
}

std::vector<bool> Call::booleans(std::size_t arg) const {
  std::vector<bool> truths;
  for (const std::uint8_t item : std::get<BoolListRef>(value(arg)).items) truths.push_back(item != 0);
  return truths;
}

std::vector<Tensor*> Call::tensors(std::size_t arg) {
  std::span<const std::int32_t> items;
  if (const auto* list = std::get_if<TensorListRef>(&value(arg))) items = list->items;
  if (const auto* list = std::get_if<OptionalTensorListRef>(&value(arg))) items = list->items;
  std::vector<Tensor*> tensors;
  for (const std::int32_t item : items) {
    tensors.push_back(item < 0 ? nullptr : std::get_if<Tensor>(&values_[static_cast<std::size_t>(item)]));
  }
  return tensors;
}

bool Call::is_named_twice(const Tensor& out) const {
  std::size_t times = 0;
  const auto count = [&](const Value& value) { times += std::get_if<Tensor>(&value) == &out ? 1 : 0; };
  for (std::size_t i = 0; i < op_.schema.arguments.size(); ++i) {
    const Value& given = value(i);
    count(given);
    std::span<const std::int32_t> items;
    if (const auto* list = std::get_if<TensorListRef>(&given)) items = list->items;
    if (const auto* list = std::get_if<OptionalTensorListRef>(&given)) items = list->items;
    for (const std::int32_t item : items) {
      if (item >= 0) count(values_[static_cast<std::size_t>(item)]);
    }
  }
  return times > 1;
}

std::int64_t Call::grain_of(std::int64_t count, std::int64_t cost) const {
  constexpr std::int64_t kLeastSteps = std::int64_t{1} << 15;  // some ten microseconds
  constexpr std::int64_t kRangesPerThread = 4;
  const std::int64_t least = kLeastSteps / std::max<std::int64_t>(cost, 1) + 1;
  return std::max(least, count / (kRangesPerThread * threads_->size()) + 1);
}

Failure Call::fail(ErrorCode code, std::string message) const {
  return ptetool::fail(code, std::string(op_.schema.name) + ": " + std::move(message));
}

}  // namespace ptetool
