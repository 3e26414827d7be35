// Runs a template: walks over its statements, writes the output, knows the variables.
//
// How names are looked up: in the scope at hand, then in those around it, then among the global functions. Bodies of
// loops, macros, blocks that are captured and 'with' have scopes of their own; 'if' has none.
#pragma once

#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/jinja/builtin.h"
#include "llm/jinja/syntax.h"

namespace ptetool::llm::jinja {

struct Scope {
  Scope* around = nullptr;
  std::vector<std::pair<std::string, Value>> variables = {};
  bool captured = false;  // a macro sees it and may outlive it

  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
};

class Interpreter {
 public:
  Interpreter(const Limits& limits, const std::tm& now) : budget_(limits), now_(now) {}

  // Once per interpreter. The block must outlive it. Errors: Malformed (what Python or Jinja would refuse), Usage
  // (raise_exception), Limit, Unsupported; the path is the line.
  Result<std::string> run(const Block& block, std::vector<std::pair<std::string, Value>> variables);

  Budget& budget() { return budget_; }
  const std::tm& now() const { return now_; }

  Result<Value> call(const Value& callee, Arguments arguments);
  Result<Value> filtered(std::string_view name, const Value& operand, Arguments arguments);
  Result<bool> tested(std::string_view name, const Value& operand, Arguments arguments);
  // Lives as long as the interpreter.
  Result<Value> new_namespace(Namespace contents);

 private:
  enum class Flow { On, Break, Continue };
  class Inner;  // a scope that ends

  Result<Flow> run_block(const Block& block);
  // What is written by `fill`, in a scope inside of `around`.
  Result<std::string> capture(Scope* around, const std::function<Result<>(Scope& scope)>& fill);
  Result<std::string> captured(const Block& block);
  Result<Flow> execute(const Statement& statement);
  Result<Flow> run_statement(const Text& node);
  Result<Flow> run_statement(const Print& node);
  Result<Flow> run_statement(const If& node);
  Result<Flow> run_statement(const For& node);
  Result<Flow> run_statement(const Set& node);
  Result<Flow> run_statement(const SetBlock& node);
  Result<Flow> run_statement(const FilterBlock& node);
  Result<Flow> run_statement(const With& node);
  Result<Flow> run_statement(const Macro& node);
  Result<Flow> run_statement(const CallBlock& node);
  Result<Flow> run_statement(const Generation& node);
  Result<Flow> run_statement(const Break&) { return Flow::Break; }
  Result<Flow> run_statement(const Continue&) { return Flow::Continue; }

  Result<> write(std::string_view text);
  Result<> assign(const Target& target, const Value& value);
  Value look_up(std::string_view name) const;
  Result<bool> meets(const For& node, const Value& item);
  Result<Value> apply(const std::vector<FilterStep>& filters, Value value);
  Result<Value> macro_here(const Macro& macro);
  Result<Value> call_macro(const Macro& macro, Scope& around, Arguments arguments);
  Result<> bind_parameters(const Macro& macro, Arguments arguments, Scope& scope);

  Result<Arguments> evaluate(const ArgumentList& list);
  Result<Value> evaluate(const Expression& expression);
  Result<Value> value_of(const Constant& node) { return node.value; }
  Result<Value> value_of(const Name& node) { return look_up(node.name); }
  Result<Value> value_of(const ListOf& node);
  Result<Value> value_of(const DictOf& node);
  Result<Value> value_of(const Attribute& node);
  Result<Value> value_of(const Subscript& node);
  Result<Value> value_of(const Slice& node);
  Result<Value> value_of(const CallOf& node);
  Result<Value> value_of(const Filtered& node);
  Result<Value> value_of(const TestOf& node);
  Result<Value> value_of(const Unary& node);
  Result<Value> value_of(const Binary& node);
  Result<Value> value_of(const Logic& node);
  Result<Value> value_of(const Comparison& node);
  Result<Value> value_of(const Conditional& node);

  Budget budget_;
  std::tm now_;
  std::deque<Namespace> namespaces_;
  std::vector<std::unique_ptr<Scope>> kept_;  // scopes that ended but are captured
  Scope* scope_ = nullptr;
  std::string output_;
};

}  // namespace ptetool::llm::jinja
