// Functions that come with the language, as rows of tables: filters, tests, methods of values, global functions. A row
// says what the parameters are called; calls are matched with them before the function runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

class Interpreter;

struct Arguments {
  std::vector<Value> positional = {};
  std::vector<std::pair<std::string, Value>> named = {};
};

// What a function is called with.
struct Call {
  Interpreter& interpreter;
  Budget& budget;
  const Value& self;                                 // what is filtered or tested, or whose method it is
  std::vector<std::optional<Value>> arguments = {};  // one per parameter
  Arguments more = {};                               // for functions that take any

  bool has(std::size_t i) const { return arguments[i].has_value(); }
  const Value& operator[](std::size_t i) const { return *arguments[i]; }
  // Null and absent are the same to most functions.
  const Value* given(std::size_t i) const { return has(i) && !(*this)[i].is_none() ? &(*this)[i] : nullptr; }
  bool flag(std::size_t i) const { return has(i) && truth((*this)[i]); }

  // Errors: Malformed (of another type).
  Result<std::int64_t> whole(std::size_t i) const;
  Result<std::int64_t> whole(std::size_t i, std::int64_t absent) const;
  Result<const std::string*> text(std::size_t i) const;
  // str(self).
  Result<std::string> self_text() const;
};

struct Builtin {
  std::string_view name;
  // Names with spaces between them; "name=" may be left out; "*" and "**" at the end: any more of either kind; "/" at
  // the end: arguments cannot be given by name.
  std::string_view parameters;
  Result<Value> (*run)(Call& call);
};

using Builtins = std::span<const Builtin>;

const Builtin* find_builtin(Builtins table, std::string_view name);
// Matches arguments with parameters and runs. Errors: Malformed (they do not match), those of the function.
Result<Value> run_builtin(const Builtin& builtin, Interpreter& interpreter, const Value& self, Arguments arguments);

Builtins text_filters();
Builtins number_filters();
Builtins sequence_filters();
Builtins attribute_filters();
Builtins tests();
Builtins global_functions();
// Null where a value of this type has no such method.
const Builtin* find_method(const Value& value, std::string_view name);
Builtins text_methods();
Builtins text_search_methods();

// Shorthands for the results of built-in functions.
inline Value as_value(bool flag) { return Value(Value::Storage(flag)); }
inline Value as_value(std::int64_t number) { return Value(Value::Storage(number)); }
inline Value as_value(double number) { return Value(Value::Storage(number)); }

}  // namespace ptetool::llm::jinja
