// + - * / // % ** ~.
#include <cmath>

#include "llm/jinja/builtin.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/print.h"
#include "ptetool/base/checked.h"

namespace ptetool::llm::jinja {

namespace {

Failure undefined_for(std::string_view sign, const Value& left, const Value& right) {
  for (const Value* each : {&left, &right}) {
    if (each->is_undefined()) return undefined_error(*each);
  }
  return type_error("'" + std::string(sign) + "' is not defined for the types " + std::string(type_name(left)) +
                    " and " + std::string(type_name(right)));
}

Result<Value> checked(std::optional<std::int64_t> number) {
  if (!number) return fail(ErrorCode::Limit, "a whole number becomes too large");
  return as_value(*number);
}

std::optional<std::int64_t> difference(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}

// Both round down, as Python's do.
std::int64_t floor_divided(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
double floor_modulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}
double floor_divided(double a, double b) {
  const double quotient = (a - floor_modulo(a, b)) / b;
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

Result<Value> power(std::int64_t base, std::int64_t exponent) {
  std::optional<std::int64_t> result = 1;
  if (base == 0 || base == 1) return as_value(std::int64_t{exponent == 0 || base == 1});
  if (base == -1) return as_value(std::int64_t{exponent % 2 == 0 ? 1 : -1});
  for (; exponent > 0 && result; --exponent) result = checked_mul(*result, base);
  return checked(result);
}

Result<Value> whole_operation(std::string_view sign, std::int64_t a, std::int64_t b) {
  if (sign == "+") return checked(checked_add(a, b));
  if (sign == "-") return checked(difference(a, b));
  if (sign == "*") return checked(checked_mul(a, b));
  if (sign == "**") return power(a, b);
  if (b == 0) return type_error("division by zero");
  if (b == -1) return sign == "%" ? as_value(std::int64_t{0}) : checked(difference(0, a));
  const std::int64_t quotient = floor_divided(a, b);
  return as_value(sign == "//" ? quotient : a - quotient * b);
}

Result<Value> real_operation(std::string_view sign, double a, double b) {
  if (sign == "+") return as_value(a + b);
  if (sign == "-") return as_value(a - b);
  if (sign == "*") return as_value(a * b);
  if (sign == "**") {
    if (a == 0 && b < 0) return type_error("division by zero");
    if (a < 0 && std::floor(b) != b) return type_error("the power is no real number");
    const double result = std::pow(a, b);
    if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) return type_error("the power is too large");
    return as_value(result);
  }
  if (b == 0) return type_error("division by zero");
  if (sign == "/") return as_value(a / b);
  return as_value(sign == "//" ? floor_divided(a, b) : floor_modulo(a, b));
}

// A list or a text, several times.
Result<Value> repeated(Budget& budget, const Value& value, std::int64_t times) {
  const std::size_t count = times < 0 ? 0 : static_cast<std::size_t>(times);
  const std::string* text = value.text();
  const std::size_t size = text ? text->size() : value.sequence()->items.size();
  const auto total = checked_mul(size, count);
  if (!total) return fail(ErrorCode::Limit, "the template takes too much memory");
  if (text) {
    PTETOOL_CHECK(budget.bytes(*total));
    std::string result;
    result.reserve(*total);
    for (std::size_t i = 0; i < count && size != 0; ++i) result += *text;
    return Value(Value::Storage(std::make_shared<const std::string>(std::move(result))));
  }
  PTETOOL_CHECK(budget.steps(*total));
  PTETOOL_CHECK(budget.bytes(*total));
  std::vector<Value> items;
  const std::vector<Value>& once = value.sequence()->items;
  for (std::size_t i = 0; i < count && size != 0; ++i) items.insert(items.end(), once.begin(), once.end());
  return make_sequence(budget, value.sequence()->kind, std::move(items));
}

bool is_list(const Value& value) { return value.sequence() && value.sequence()->kind <= SequenceKind::Tuple; }

Result<Value> joined(Budget& budget, const Value& left, const Value& right) {
  if (left.text()) {
    PTETOOL_CHECK(budget.bytes(left.text()->size()));
    return make_text(budget, *left.text() + *right.text());
  }
  std::vector<Value> items = left.sequence()->items;
  const std::vector<Value>& more = right.sequence()->items;
  items.insert(items.end(), more.begin(), more.end());
  return make_sequence(budget, left.sequence()->kind, std::move(items));
}

}  // namespace

Result<Value> binary_operation(Budget& budget, std::string_view sign, const Value& left, const Value& right) {
  if (sign == "~") {
    PTETOOL_ASSIGN(std::string text, str(budget, left));
    PTETOOL_ASSIGN(const std::string more, str(budget, right));
    return make_text(budget, text + more);
  }
  if (sign == "%" && left.text()) return percent_format(budget, *left.text(), right);
  const auto a = left.number();
  const auto b = right.number();
  if (a && b) {
    const bool whole = left.whole() && right.whole() && sign != "/" && !(sign == "**" && *right.whole() < 0);
    return whole ? whole_operation(sign, *left.whole(), *right.whole()) : real_operation(sign, *a, *b);
  }
  const bool same_lists = is_list(left) && is_list(right) && left.sequence()->kind == right.sequence()->kind;
  if (sign == "+" && ((left.text() && right.text()) || same_lists)) return joined(budget, left, right);
  if (sign == "*" && right.whole() && (left.text() || is_list(left))) return repeated(budget, left, *right.whole());
  if (sign == "*" && left.whole() && (right.text() || is_list(right))) return repeated(budget, right, *left.whole());
  return undefined_for(sign, left, right);
}

Result<Value> signed_value(std::string_view sign, const Value& operand) {
  const auto whole = operand.whole();
  if (!whole && !operand.number()) {
    if (operand.is_undefined()) return undefined_error(operand);
    return type_error("a value of the type " + std::string(type_name(operand)) + " cannot have a sign");
  }
  if (!whole) return as_value(sign == "-" ? -*operand.number() : *operand.number());
  return checked(sign == "-" ? difference(0, *whole) : whole);
}

}  // namespace ptetool::llm::jinja
