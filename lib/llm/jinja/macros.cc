// Macros and calls.
#include <algorithm>

#include "llm/jinja/interpreter.h"
#include "llm/jinja/print.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

// A macro sees the variables around its definition, as they are when it is called.
Result<Value> Interpreter::macro_here(const Macro& macro) {
  PTETOOL_CHECK(budget_.bytes(sizeof(Callable)));
  for (Scope* scope = scope_; scope && !scope->captured; scope = scope->around) scope->captured = true;
  return Value(Value::Storage(std::make_shared<const Callable>(Callable{nullptr, {}, &macro, scope_})));
}

Result<Interpreter::Flow> Interpreter::run_statement(const Macro& node) {
  PTETOOL_ASSIGN(Value macro, macro_here(node));
  scope_->set(node.name, std::move(macro));
  return Flow::On;
}

Result<Interpreter::Flow> Interpreter::run_statement(const CallBlock& node) {
  const auto& called = *std::get_if<CallOf>(&node.call->node);
  PTETOOL_ASSIGN(const Value callee, evaluate(*called.callee));
  PTETOOL_ASSIGN(Arguments arguments, evaluate(called.arguments));
  PTETOOL_ASSIGN(Value caller, macro_here(node.caller));
  arguments.named.emplace_back("caller", std::move(caller));
  PTETOOL_ASSIGN(const Value value, call(callee, std::move(arguments)));
  PTETOOL_ASSIGN(const std::string text, str(budget_, value));
  PTETOOL_CHECK(write(text));
  return Flow::On;
}

Result<Value> Interpreter::call(const Value& callee, Arguments arguments) {
  const Callable* callable = callee.callable();
  if (callable && callable->macro) return call_macro(*callable->macro, *callable->scope, std::move(arguments));
  if (callable) return run_builtin(*callable->builtin, *this, callable->self, std::move(arguments));
  if (callee.is_undefined()) return undefined_error(callee);
  // A joiner is nothing the first time, then what it joins by.
  if (Namespace* joiner = callee.name_space(); joiner && joiner->kind == Namespace::Kind::Joiner) {
    const Value* used = joiner->find("used");
    if (used) return *joiner->find("sep");
    joiner->set("used", as_value(true));
    return make_text(budget_, "");
  }
  return type_error("a value of the type " + std::string(type_name(callee)) + " cannot be called");
}

Result<> Interpreter::bind_parameters(const Macro& macro, Arguments arguments, Scope& scope) {
  const auto refuse = [&](std::string message) { return type_error("macro " + quoted(macro.name) + " " + message); };
  const auto take_named = [&](std::string_view name) -> std::optional<Value> {
    const auto found = std::ranges::find(arguments.named, name, &std::pair<std::string, Value>::first);
    if (found == arguments.named.end()) return std::nullopt;
    Value value = std::move(found->second);
    arguments.named.erase(found);
    return value;
  };
  const std::size_t count = macro.parameters.size();
  std::vector<std::optional<Value>> values(count);
  bool caller_given = false;
  for (std::size_t i = 0; i < count; ++i) {
    caller_given = caller_given || macro.parameters[i].name == "caller";
    values[i] = i < arguments.positional.size() ? arguments.positional[i] : take_named(macro.parameters[i].name);
  }
  if (macro.takes_caller && !caller_given) {
    scope.set("caller", take_named("caller").value_or(Value::undefined("No caller defined")));
  }
  if (macro.takes_more_named) {
    std::vector<Dict::Entry> entries;
    for (auto& [name, value] : arguments.named) {
      PTETOOL_ASSIGN(Value key, make_text(budget_, name));
      entries.emplace_back(std::move(key), std::move(value));
    }
    PTETOOL_ASSIGN(Value more, make_dict(budget_, std::move(entries)));
    scope.set("kwargs", std::move(more));
  } else if (!arguments.named.empty()) {
    return refuse("takes no argument " + quoted(arguments.named.front().first));
  }
  if (macro.takes_more) {
    std::vector<Value> rest;
    for (std::size_t i = count; i < arguments.positional.size(); ++i) rest.push_back(arguments.positional[i]);
    PTETOOL_ASSIGN(Value more, make_sequence(budget_, SequenceKind::Tuple, std::move(rest)));
    scope.set("varargs", std::move(more));
  } else if (arguments.positional.size() > count) {
    return refuse("takes no more than " + counted(count, "argument"));
  }
  // Defaults may speak of the parameters before them.
  for (std::size_t i = 0; i < count; ++i) {
    const Parameter& parameter = macro.parameters[i];
    if (!values[i] && parameter.absent) {
      PTETOOL_ASSIGN(values[i], evaluate(*parameter.absent));
    }
    scope.set(parameter.name,
              values[i].value_or(Value::undefined("parameter " + quoted(parameter.name) + " was not provided")));
  }
  return {};
}

Result<Value> Interpreter::call_macro(const Macro& macro, Scope& around, Arguments arguments) {
  const Budget::Level level(budget_);
  PTETOOL_CHECK(level.check());
  PTETOOL_ASSIGN(std::string text, capture(&around, [&](Scope& scope) -> Result<> {
                   PTETOOL_CHECK(bind_parameters(macro, std::move(arguments), scope));
                   PTETOOL_CHECK(run_block(macro.body));
                   return {};
                 }));
  return make_text(budget_, std::move(text));
}

}  // namespace ptetool::llm::jinja
