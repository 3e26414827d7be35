// Statements.
#include "llm/jinja/interpreter.h"

#include <algorithm>

#include "llm/jinja/lexer.h"
#include "llm/jinja/loop.h"
#include "llm/jinja/print.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

// The scope at hand while it lives; kept for macros that see it, if there are any.
class Interpreter::Inner {
 public:
  Inner(Interpreter& owner, Scope* around)
      : owner_(owner), before_(owner.scope_), scope_(std::make_unique<Scope>(Scope{around})) {
    owner_.scope_ = scope_.get();
  }
  ~Inner() {
    owner_.scope_ = before_;
    if (scope_->captured) owner_.kept_.push_back(std::move(scope_));
  }
  Inner(const Inner&) = delete;
  Inner& operator=(const Inner&) = delete;
  Scope& scope() { return *scope_; }

 private:
  Interpreter& owner_;
  Scope* before_;
  std::unique_ptr<Scope> scope_;
};

const Value* Scope::find(std::string_view name) const {
  const auto found = std::ranges::find(variables, name, &std::pair<std::string, Value>::first);
  return found == variables.end() ? nullptr : &found->second;
}

void Scope::set(std::string_view name, Value value) {
  const auto found = std::ranges::find(variables, name, &std::pair<std::string, Value>::first);
  if (found != variables.end()) {
    found->second = std::move(value);
  } else {
    variables.emplace_back(name, std::move(value));
  }
}

Result<std::string> Interpreter::run(const Block& block, std::vector<std::pair<std::string, Value>> variables) {
  Inner root(*this, nullptr);
  root.scope().variables = std::move(variables);
  PTETOOL_CHECK(run_block(block));
  return std::move(output_);
}

Result<Value> Interpreter::new_namespace(Namespace contents) {
  PTETOOL_CHECK(budget_.bytes(sizeof(Namespace)));
  namespaces_.push_back(std::move(contents));
  return Value(Value::Storage(&namespaces_.back()));
}

Result<Interpreter::Flow> Interpreter::run_block(const Block& block) {
  for (const auto& statement : block) {
    PTETOOL_ASSIGN(const Flow flow, execute(*statement));
    if (flow != Flow::On) return flow;
  }
  return Flow::On;
}

Result<std::string> Interpreter::capture(Scope* around, const std::function<Result<>(Scope& scope)>& fill) {
  PTETOOL_CHECK(budget_.bytes(sizeof(Scope)));
  Inner inner(*this, around);
  std::string outside = std::exchange(output_, {});
  auto done = fill(inner.scope());
  std::string inside = std::exchange(output_, std::move(outside));
  if (!done) return forward_error(std::move(done));
  return inside;
}

Result<std::string> Interpreter::captured(const Block& block) {
  return capture(scope_, [&](Scope&) -> Result<> {
    PTETOOL_CHECK(run_block(block));
    return {};
  });
}

Result<Interpreter::Flow> Interpreter::execute(const Statement& statement) {
  PTETOOL_CHECK(budget_.steps());
  const Budget::Level level(budget_);
  PTETOOL_CHECK(level.check());
  auto result = std::visit([&](const auto& node) { return run_statement(node); }, statement.node);
  if (!result && result.error().path.empty()) result.error().path = line_path(statement.line);
  return result;
}

Result<> Interpreter::write(std::string_view text) {
  PTETOOL_CHECK(budget_.bytes(text.size()));
  output_ += text;
  return {};
}

Result<Interpreter::Flow> Interpreter::run_statement(const Text& node) {
  PTETOOL_CHECK(write(node.text));
  return Flow::On;
}

Result<Interpreter::Flow> Interpreter::run_statement(const Print& node) {
  PTETOOL_ASSIGN(const Value value, evaluate(*node.value));
  PTETOOL_ASSIGN(const std::string text, str(budget_, value));
  PTETOOL_CHECK(write(text));
  return Flow::On;
}

Result<Interpreter::Flow> Interpreter::run_statement(const If& node) {
  for (const auto& [condition, block] : node.branches) {
    PTETOOL_ASSIGN(const Value value, evaluate(*condition));
    if (truth(value)) return run_block(block);
  }
  return run_block(node.otherwise);
}

Result<bool> Interpreter::meets(const For& node, const Value& item) {
  Inner inner(*this, scope_);
  PTETOOL_CHECK(assign(node.target, item));
  PTETOOL_ASSIGN(const Value value, evaluate(*node.condition));
  return truth(value);
}

Result<Interpreter::Flow> Interpreter::run_statement(const For& node) {
  PTETOOL_ASSIGN(const Value iterated, evaluate(*node.items));
  PTETOOL_ASSIGN(std::vector<Value> items, items_of(budget_, iterated));
  Scope* const around = scope_;
  Loop::Condition condition;
  if (node.condition) {
    condition = [&, around](const Value& item) {
      Scope* const inside = std::exchange(scope_, around);
      auto passes = meets(node, item);
      scope_ = inside;
      return passes;
    };
  }
  PTETOOL_ASSIGN(const std::shared_ptr<Loop> loop, Loop::make(std::move(items), std::move(condition)));
  struct End {
    Loop& loop;
    ~End() { loop.end(); }
  } const end{*loop};
  // As Jinja has it: 'else' is for loops none of whose rounds came to its end.
  bool done_once = false;
  for (;;) {
    PTETOOL_ASSIGN(const auto item, loop->advance());
    if (!item) break;
    PTETOOL_CHECK(budget_.bytes(sizeof(Scope)));
    Inner inner(*this, around);
    inner.scope().set("loop", Value(Value::Storage(loop)));
    PTETOOL_CHECK(assign(node.target, *item));
    PTETOOL_ASSIGN(const Flow flow, run_block(node.body));
    if (flow == Flow::Break) break;
    done_once = done_once || flow == Flow::On;
  }
  if (done_once) return Flow::On;
  Inner inner(*this, around);
  return run_block(node.otherwise);
}

Result<> Interpreter::assign(const Target& target, const Value& value) {
  if (target.is_tuple) {
    PTETOOL_ASSIGN(const std::vector<Value> items, items_of(budget_, value));
    if (items.size() != target.several.size()) {
      return type_error(counted(target.several.size(), "name") + " cannot be given " + counted(items.size(), "value"));
    }
    for (std::size_t i = 0; i < items.size(); ++i) PTETOOL_CHECK(assign(target.several[i], items[i]));
    return {};
  }
  if (target.attribute.empty()) {
    scope_->set(target.name, value);
    return {};
  }
  Namespace* space = look_up(target.name).name_space();
  if (!space || space->kind != Namespace::Kind::Plain) {
    return type_error("attributes can only be assigned to a namespace, which " + quoted(target.name) + " is not");
  }
  if (target.attribute.starts_with('_')) return type_error("a namespace keeps nothing whose name begins with '_'");
  PTETOOL_CHECK(budget_.bytes(sizeof(Value) + target.attribute.size()));
  space->set(target.attribute, value);
  return {};
}

Result<Interpreter::Flow> Interpreter::run_statement(const Set& node) {
  PTETOOL_ASSIGN(const Value value, evaluate(*node.value));
  PTETOOL_CHECK(assign(node.target, value));
  return Flow::On;
}

Result<Value> Interpreter::apply(const std::vector<FilterStep>& filters, Value value) {
  for (const FilterStep& step : filters) {
    PTETOOL_ASSIGN(Arguments arguments, evaluate(step.arguments));
    PTETOOL_ASSIGN(value, filtered(step.name, value, std::move(arguments)));
  }
  return value;
}

Result<Interpreter::Flow> Interpreter::run_statement(const SetBlock& node) {
  PTETOOL_ASSIGN(std::string text, captured(node.body));
  PTETOOL_ASSIGN(Value value, make_text(budget_, std::move(text)));
  PTETOOL_ASSIGN(value, apply(node.filters, std::move(value)));
  PTETOOL_CHECK(assign(node.target, value));
  return Flow::On;
}

Result<Interpreter::Flow> Interpreter::run_statement(const FilterBlock& node) {
  PTETOOL_ASSIGN(std::string text, captured(node.body));
  PTETOOL_ASSIGN(Value value, make_text(budget_, std::move(text)));
  PTETOOL_ASSIGN(value, apply(node.filters, std::move(value)));
  PTETOOL_ASSIGN(const std::string result, str(budget_, value));
  PTETOOL_CHECK(write(result));
  return Flow::On;
}

Result<Interpreter::Flow> Interpreter::run_statement(const With& node) {
  std::vector<Value> values;
  for (const auto& [target, expression] : node.assignments) {
    PTETOOL_ASSIGN(Value value, evaluate(*expression));
    values.push_back(std::move(value));
  }
  Inner inner(*this, scope_);
  for (std::size_t i = 0; i < values.size(); ++i) PTETOOL_CHECK(assign(node.assignments[i].first, values[i]));
  return run_block(node.body);
}

Result<Interpreter::Flow> Interpreter::run_statement(const Generation& node) {
  Inner inner(*this, scope_);
  return run_block(node.body);
}

}  // namespace ptetool::llm::jinja
