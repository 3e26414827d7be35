// Expressions.
#include <algorithm>

#include "llm/jinja/compare.h"
#include "llm/jinja/interpreter.h"
#include "llm/jinja/lexer.h"
#include "llm/jinja/operators.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

Result<bool> compare(Budget& budget, std::string_view sign, const Value& left, const Value& right) {
  if (sign == "in") return contains(budget, right, left);
  if (sign == "<") return less(budget, left, right, sign);
  if (sign == ">") return less(budget, right, left, sign);
  if (sign == "not in") {
    PTETOOL_ASSIGN(const bool inside, contains(budget, right, left));
    return !inside;
  }
  if (sign == "==" || sign == "!=") {
    PTETOOL_ASSIGN(const bool same, equals(budget, left, right));
    return same == (sign == "==");
  }
  // Not the opposite of '>': NaN is neither.
  PTETOOL_ASSIGN(const bool smaller, sign == "<=" ? less(budget, left, right, sign) : less(budget, right, left, sign));
  if (smaller) return true;
  return equals(budget, left, right);
}

}  // namespace

Result<Value> Interpreter::evaluate(const Expression& expression) {
  PTETOOL_CHECK(budget_.steps());
  const Budget::Level level(budget_);
  PTETOOL_CHECK(level.check());
  auto result = std::visit([&](const auto& node) { return value_of(node); }, expression.node);
  if (!result && result.error().path.empty()) result.error().path = line_path(expression.line);
  return result;
}

Result<Arguments> Interpreter::evaluate(const ArgumentList& list) {
  Arguments arguments;
  for (const ExpressionPtr& each : list.positional) {
    PTETOOL_ASSIGN(Value value, evaluate(*each));
    arguments.positional.push_back(std::move(value));
  }
  for (const auto& [name, each] : list.named) {
    PTETOOL_ASSIGN(Value value, evaluate(*each));
    arguments.named.emplace_back(name, std::move(value));
  }
  if (list.more_positional) {
    PTETOOL_ASSIGN(const Value more, evaluate(*list.more_positional));
    PTETOOL_ASSIGN(const std::vector<Value> items, items_of(budget_, more));
    arguments.positional.insert(arguments.positional.end(), items.begin(), items.end());
  }
  if (list.more_named) {
    PTETOOL_ASSIGN(const Value more, evaluate(*list.more_named));
    if (!more.dict()) return type_error("'**' is not followed by a dictionary");
    for (const auto& [key, value] : more.dict()->entries) {
      if (!key.text()) return type_error("'**' is followed by a dictionary whose keys are no names");
      arguments.named.emplace_back(*key.text(), value);
    }
  }
  return arguments;
}

Value Interpreter::look_up(std::string_view name) const {
  for (const Scope* scope = scope_; scope; scope = scope->around) {
    if (const Value* value = scope->find(name)) return *value;
  }
  if (const Builtin* builtin = find_builtin(global_functions(), name)) {
    return Value(Value::Storage(std::make_shared<const Callable>(Callable{builtin})));
  }
  return Value::undefined(quoted(name) + " is undefined");
}

Result<Value> Interpreter::value_of(const ListOf& node) {
  std::vector<Value> items;
  for (const ExpressionPtr& each : node.items) {
    PTETOOL_ASSIGN(Value value, evaluate(*each));
    items.push_back(std::move(value));
  }
  return make_sequence(budget_, node.tuple ? SequenceKind::Tuple : SequenceKind::List, std::move(items));
}

Result<Value> Interpreter::value_of(const DictOf& node) {
  std::vector<Dict::Entry> entries;
  for (const auto& [key, each] : node.entries) {
    PTETOOL_ASSIGN(Value name, evaluate(*key));
    PTETOOL_ASSIGN(Value value, evaluate(*each));
    entries.emplace_back(std::move(name), std::move(value));
  }
  return make_dict(budget_, std::move(entries));
}

Result<Value> Interpreter::value_of(const Attribute& node) {
  PTETOOL_ASSIGN(const Value object, evaluate(*node.object));
  return attribute_of(budget_, object, node.name);
}

Result<Value> Interpreter::value_of(const Subscript& node) {
  PTETOOL_ASSIGN(const Value object, evaluate(*node.object));
  PTETOOL_ASSIGN(const Value index, evaluate(*node.index));
  return item_of(budget_, object, index);
}

Result<Value> Interpreter::value_of(const Slice& node) {
  PTETOOL_ASSIGN(const Value object, evaluate(*node.object));
  bool whole = true;
  const auto bound = [&](const ExpressionPtr& part) -> Result<std::optional<std::int64_t>> {
    if (!part) return std::nullopt;
    PTETOOL_ASSIGN(const Value value, evaluate(*part));
    whole = whole && (value.is_none() || value.whole());
    return value.whole();
  };
  SliceBounds bounds;
  PTETOOL_ASSIGN(bounds.begin, bound(node.begin));
  PTETOOL_ASSIGN(bounds.end, bound(node.end));
  PTETOOL_ASSIGN(bounds.step, bound(node.step));
  if (!whole && !object.is_undefined()) return Value::undefined("a slice goes by whole numbers");
  return slice_of(budget_, object, bounds);
}

Result<Value> Interpreter::value_of(const CallOf& node) {
  PTETOOL_ASSIGN(const Value callee, evaluate(*node.callee));
  PTETOOL_ASSIGN(Arguments arguments, evaluate(node.arguments));
  return call(callee, std::move(arguments));
}

Result<Value> Interpreter::value_of(const Filtered& node) {
  PTETOOL_ASSIGN(const Value operand, evaluate(*node.operand));
  PTETOOL_ASSIGN(Arguments arguments, evaluate(node.step.arguments));
  return filtered(node.step.name, operand, std::move(arguments));
}

Result<Value> Interpreter::value_of(const TestOf& node) {
  PTETOOL_ASSIGN(const Value operand, evaluate(*node.operand));
  PTETOOL_ASSIGN(Arguments arguments, evaluate(node.arguments));
  PTETOOL_ASSIGN(const bool holds, tested(node.name, operand, std::move(arguments)));
  return as_value(holds);
}

Result<Value> Interpreter::value_of(const Unary& node) {
  PTETOOL_ASSIGN(const Value operand, evaluate(*node.operand));
  if (node.sign == "not") return as_value(!truth(operand));
  return signed_value(node.sign, operand);
}

Result<Value> Interpreter::value_of(const Binary& node) {
  PTETOOL_ASSIGN(const Value left, evaluate(*node.left));
  PTETOOL_ASSIGN(const Value right, evaluate(*node.right));
  return binary_operation(budget_, node.sign, left, right);
}

Result<Value> Interpreter::value_of(const Logic& node) {
  PTETOOL_ASSIGN(Value left, evaluate(*node.left));
  if (truth(left) == node.either) return left;
  return evaluate(*node.right);
}

Result<Value> Interpreter::value_of(const Comparison& node) {
  PTETOOL_ASSIGN(Value left, evaluate(*node.first));
  for (const auto& [sign, expression] : node.others) {
    PTETOOL_ASSIGN(Value right, evaluate(*expression));
    PTETOOL_ASSIGN(const bool holds, compare(budget_, sign, left, right));
    if (!holds) return as_value(false);
    left = std::move(right);
  }
  return as_value(true);
}

Result<Value> Interpreter::value_of(const Conditional& node) {
  PTETOOL_ASSIGN(const Value condition, evaluate(*node.condition));
  if (truth(condition)) return evaluate(*node.then);
  if (node.otherwise) return evaluate(*node.otherwise);
  return Value::undefined("the inline if-expression evaluated to false and no else section was defined");
}

Result<Value> Interpreter::filtered(std::string_view name, const Value& operand, Arguments arguments) {
  for (const Builtins table : {text_filters(), number_filters(), sequence_filters(), attribute_filters()}) {
    if (const Builtin* filter = find_builtin(table, name)) {
      return run_builtin(*filter, *this, operand, std::move(arguments));
    }
  }
  return fail(ErrorCode::Unsupported, "there is no filter named " + quoted(name));
}

Result<bool> Interpreter::tested(std::string_view name, const Value& operand, Arguments arguments) {
  const Builtin* test = find_builtin(tests(), name);
  if (!test) return fail(ErrorCode::Unsupported, "there is no test named " + quoted(name));
  PTETOOL_ASSIGN(const Value holds, run_builtin(*test, *this, operand, std::move(arguments)));
  return truth(holds);
}

}  // namespace ptetool::llm::jinja
