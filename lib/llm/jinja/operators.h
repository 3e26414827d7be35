// Operators and subscripts, as Python defines them for these values.
#pragma once

#include <optional>
#include <string_view>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

// + - * / // % ** ~. Errors: Malformed (not defined for these types, division by zero), Limit.
Result<Value> binary_operation(Budget& budget, std::string_view sign, const Value& left, const Value& right);
// "-", "+". Errors: Malformed.
Result<Value> signed_value(std::string_view sign, const Value& operand);
// "format" % arguments; one value, a tuple or a dictionary. Errors: Malformed, Limit.
Result<Value> percent_format(Budget& budget, std::string_view format, const Value& arguments);

// object.name: a method or an attribute, then an entry of that name; undefined where there is none. Errors: Malformed
// (the object is undefined).
Result<Value> attribute_of(Budget& budget, const Value& object, std::string_view name);
// object[index]: an item, then a method or an attribute.
Result<Value> item_of(Budget& budget, const Value& object, const Value& index);
// object[begin:end:step]; a bound that is undefined here is left out. Undefined where the object cannot be sliced.
struct SliceBounds {
  std::optional<std::int64_t> begin, end, step;
};
Result<Value> slice_of(Budget& budget, const Value& object, const SliceBounds& bounds);

}  // namespace ptetool::llm::jinja
