// Parsing once, rendering with a fresh interpreter each time; values from outside are made here, without a budget.
#include "llm/jinja/template.h"

#include "llm/jinja/interpreter.h"
#include "llm/jinja/parser.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

// The depth of what holds these; values from outside are shallow.
std::size_t depth_of(std::span<const Value> items) { return depth_around(items).value_or(1); }

}  // namespace

Result<Template> Template::parse(std::string_view source) {
  Template result;
  PTETOOL_ASSIGN(result.block_, jinja::parse(source));
  return result;
}

Result<std::string> Template::render(Variables variables, const std::tm& now, const Limits& limits) const {
  return Interpreter(limits, now).run(block_, std::move(variables));
}

Value text_value(std::string_view text) {
  return Value(Value::Storage(
      std::make_shared<const std::string>(is_valid_utf8(text) ? std::string(text) : repaired_utf8(text))));
}

Value list_value(std::vector<Value> items) {
  const std::size_t depth = depth_of(items);
  return Value(
      Value::Storage(std::shared_ptr<const Sequence>(new Sequence{SequenceKind::List, std::move(items), depth})));
}

Value dict_value(std::vector<std::pair<std::string, Value>> entries) {
  std::vector<Dict::Entry> all;
  std::vector<Value> values;
  for (auto& [name, value] : entries) {
    values.push_back(value);
    all.emplace_back(text_value(name), std::move(value));
  }
  return Value(Value::Storage(std::shared_ptr<const Dict>(new Dict{std::move(all), depth_of(values)})));
}

}  // namespace ptetool::llm::jinja
