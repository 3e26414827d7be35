// A template taken apart: statements with expressions in them. Whoever made it keeps it unchanged; the interpreter
// walks over it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

// (a, *more, name=b, **named_more)
struct ArgumentList {
  std::vector<ExpressionPtr> positional = {};
  std::vector<std::pair<std::string, ExpressionPtr>> named = {};
  ExpressionPtr more_positional = {}, more_named = {};
};

// "| name(arguments)"
struct FilterStep {
  std::string name;
  ArgumentList arguments;
  int line;
};

struct Constant {
  Value value;
};
struct Name {
  std::string name;
};
struct ListOf {
  bool tuple;
  std::vector<ExpressionPtr> items;
};
struct DictOf {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct Attribute {
  ExpressionPtr object;
  std::string name;
};
struct Subscript {
  ExpressionPtr object, index;
};
struct Slice {
  ExpressionPtr object, begin, end, step;  // each but the object may be null
};
struct CallOf {
  ExpressionPtr callee;
  ArgumentList arguments;
};
struct Filtered {
  ExpressionPtr operand;
  FilterStep step;
};
struct TestOf {
  ExpressionPtr operand;
  std::string name;
  ArgumentList arguments;
};
struct Unary {
  std::string sign;  // "-", "+", "not"
  ExpressionPtr operand;
};
struct Binary {
  std::string sign;  // + - * / // % ** ~
  ExpressionPtr left, right;
};
struct Logic {
  bool either;  // or, not and
  ExpressionPtr left, right;
};
// first < second <= third …
struct Comparison {
  ExpressionPtr first;
  std::vector<std::pair<std::string, ExpressionPtr>> others;  // == != < <= > >= "in" "not in"
};
struct Conditional {
  ExpressionPtr then, condition, otherwise;  // otherwise may be null
};

struct Expression {
  int line;
  std::size_t depth;  // of expressions in each other
  std::variant<Constant, Name, ListOf, DictOf, Attribute, Subscript, Slice, CallOf, Filtered, TestOf, Unary, Binary,
               Logic, Comparison, Conditional>
      node;
};

struct Statement;
using Block = std::vector<std::unique_ptr<const Statement>>;

// What is assigned to: a name, an attribute of a namespace, or several targets.
struct Target {
  std::string name = {};
  std::string attribute = {};  // of the namespace `name`
  std::vector<Target> several = {};
  bool is_tuple = false;
};

struct Parameter {
  std::string name;
  ExpressionPtr absent;  // null: undefined
};

struct Text {
  std::string text;
};
struct Print {
  ExpressionPtr value;
};
struct If {
  std::vector<std::pair<ExpressionPtr, Block>> branches;
  Block otherwise;
};
struct For {
  Target target;
  ExpressionPtr items, condition;  // the condition may be null
  Block body, otherwise;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
struct SetBlock {
  Target target;
  std::vector<FilterStep> filters;
  Block body;
};
struct FilterBlock {
  std::vector<FilterStep> filters;
  Block body;
};
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Block body;
};
struct Macro {
  std::string name;
  std::vector<Parameter> parameters;
  Block body;
  bool takes_more = false, takes_more_named = false, takes_caller = false;  // it speaks of varargs, kwargs, caller
};
struct CallBlock {
  Macro caller;
  ExpressionPtr call;  // a CallOf
};
// {% generation %}, which marks what the assistant says: a scope of its own.
struct Generation {
  Block body;
};
struct Break {};
struct Continue {};

struct Statement {
  int line;
  std::variant<Text, Print, If, For, Set, SetBlock, FilterBlock, With, Macro, CallBlock, Generation, Break, Continue>
      node;
};

}  // namespace ptetool::llm::jinja
