// Tests: what stands behind 'is'.
#include <array>

#include "llm/jinja/builtin.h"
#include "llm/jinja/compare.h"
#include "llm/jinja/interpreter.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/print.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

template <auto Predicate>
Result<Value> about(Call& call) {
  return as_value(static_cast<bool>(Predicate(call.self)));
}

// The rest of a division is this.
Result<Value> has_rest(Call& call, std::int64_t divisor, std::int64_t wanted) {
  PTETOOL_ASSIGN(const Value rest, binary_operation(call.budget, "%", call.self, as_value(divisor)));
  PTETOOL_ASSIGN(const bool same, equals(call.budget, rest, as_value(wanted)));
  return as_value(same);
}
Result<Value> odd(Call& call) { return has_rest(call, 2, 1); }
Result<Value> even(Call& call) { return has_rest(call, 2, 0); }
Result<Value> divisible(Call& call) {
  PTETOOL_ASSIGN(const Value rest, binary_operation(call.budget, "%", call.self, call[0]));
  PTETOOL_ASSIGN(const bool same, equals(call.budget, rest, as_value(std::int64_t{0})));
  return as_value(same);
}

enum class Order { Equal, Unequal, Less, LessOrEqual, Greater, GreaterOrEqual };

template <Order kOrder>
Result<Value> compared(Call& call) {
  const Value& other = call[0];
  PTETOOL_ASSIGN(const bool same, equals(call.budget, call.self, other));
  if (kOrder == Order::Equal || kOrder == Order::Unequal) return as_value(same == (kOrder == Order::Equal));
  constexpr bool kGreater = kOrder == Order::Greater || kOrder == Order::GreaterOrEqual;
  PTETOOL_ASSIGN(const bool before,
                 kGreater ? less(call.budget, other, call.self) : less(call.budget, call.self, other));
  return as_value(before || (same && (kOrder == Order::LessOrEqual || kOrder == Order::GreaterOrEqual)));
}

Result<Value> inside(Call& call) {
  PTETOOL_ASSIGN(const bool found, contains(call.budget, call[0], call.self));
  return as_value(found);
}
Result<Value> same_as(Call& call) { return as_value(call.self.same_as(call[0])); }

// str.islower(), str.isupper(): all letters that have two forms have this one, and there is one.
Result<Value> in_case(Call& call, bool lower) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  const std::string low = lower_case(text);
  const std::string high = upper_case(text);
  return as_value(lower ? text == low && text != high : text == high && text != low);
}
Result<Value> is_lower(Call& call) { return in_case(call, true); }
Result<Value> is_upper(Call& call) { return in_case(call, false); }

Result<Value> is_filter(Call& call) {
  const std::string* name = call.self.text();
  bool found = false;
  for (const Builtins table : {text_filters(), number_filters(), sequence_filters(), attribute_filters()}) {
    found = found || (name && find_builtin(table, *name));
  }
  return as_value(found);
}
Result<Value> is_test(Call& call) { return as_value(call.self.text() && find_builtin(tests(), *call.self.text())); }

bool is_bool(const Value& value) { return value.is<bool>(); }
bool is_true(const Value& value) { return is_bool(value) && truth(value); }
bool is_false(const Value& value) { return is_bool(value) && !truth(value); }
bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_integer(const Value& value) { return value.is<std::int64_t>(); }
bool is_float(const Value& value) { return value.is<double>(); }
bool is_number(const Value& value) { return value.number().has_value(); }
bool is_string(const Value& value) { return value.text(); }
bool is_mapping(const Value& value) { return value.dict(); }
bool is_sequence(const Value& value) {
  const Sequence* sequence = value.sequence();
  return value.is_undefined() || value.text() || value.dict() || (sequence && sequence->kind <= SequenceKind::Range);
}
bool is_iterable(const Value& value) {
  return is_sequence(value) || value.sequence() || value.cursor() || value.loop();
}
bool is_callable(const Value& value) {
  const Namespace* space = value.name_space();
  return value.is_undefined() || value.callable() || value.loop() || (space && space->kind == Namespace::Kind::Joiner);
}
bool never(const Value&) { return false; }

constexpr std::array kTests{
    Builtin{"!=", "other", compared<Order::Unequal>},
    Builtin{"<", "other", compared<Order::Less>},
    Builtin{"<=", "other", compared<Order::LessOrEqual>},
    Builtin{"==", "other", compared<Order::Equal>},
    Builtin{">", "other", compared<Order::Greater>},
    Builtin{">=", "other", compared<Order::GreaterOrEqual>},
    Builtin{"boolean", "", about<is_bool>},
    Builtin{"callable", "", about<is_callable>},
    Builtin{"defined", "", about<is_defined>},
    Builtin{"divisibleby", "num", divisible},
    Builtin{"eq", "other", compared<Order::Equal>},
    Builtin{"equalto", "other", compared<Order::Equal>},
    Builtin{"escaped", "", about<never>},
    Builtin{"even", "", even},
    Builtin{"false", "", about<is_false>},
    Builtin{"filter", "", is_filter},
    Builtin{"float", "", about<is_float>},
    Builtin{"ge", "other", compared<Order::GreaterOrEqual>},
    Builtin{"greaterthan", "other", compared<Order::Greater>},
    Builtin{"gt", "other", compared<Order::Greater>},
    Builtin{"in", "seq", inside},
    Builtin{"integer", "", about<is_integer>},
    Builtin{"iterable", "", about<is_iterable>},
    Builtin{"le", "other", compared<Order::LessOrEqual>},
    Builtin{"lessthan", "other", compared<Order::Less>},
    Builtin{"lower", "", is_lower},
    Builtin{"lt", "other", compared<Order::Less>},
    Builtin{"mapping", "", about<is_mapping>},
    Builtin{"ne", "other", compared<Order::Unequal>},
    Builtin{"none", "", about<is_none>},
    Builtin{"number", "", about<is_number>},
    Builtin{"odd", "", odd},
    Builtin{"sameas", "other", same_as},
    Builtin{"sequence", "", about<is_sequence>},
    Builtin{"string", "", about<is_string>},
    Builtin{"test", "", is_test},
    Builtin{"true", "", about<is_true>},
    Builtin{"undefined", "", about<is_undefined>},
    Builtin{"upper", "", is_upper},
};

}  // namespace

Builtins tests() { return kTests; }

}  // namespace ptetool::llm::jinja
