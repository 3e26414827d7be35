// Does a call fit its operator: as many values as there are arguments, each of the kind that the schema says, lists of
// values that exist.
#include "ops/check_call.h"

#include <algorithm>

#include "ptetool/base/text.h"

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

}  // namespace

std::size_t missing_arguments(const BoundOperator& op, std::size_t given) {
  const std::size_t full = op.schema.arguments.size() + 1;
  return std::min<std::size_t>(given < full ? full - given : 0, op.row->optional_arguments);
}

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

}  // namespace ptetool
