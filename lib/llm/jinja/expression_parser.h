// Expressions of templates, with the precedence that Jinja gives to its operators.
#pragma once

#include <algorithm>
#include <set>

#include "llm/jinja/syntax.h"
#include "llm/jinja/token_stream.h"

namespace ptetool::llm::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& stream) : stream_(stream) {}

  Result<ExpressionPtr> expression() { return conditional(); }
  // One expression, or several with commas between them, which are a tuple. `bare`: without "… if …", which belongs to
  // the statement.
  Result<ExpressionPtr> tuple(bool bare = false);
  Result<ExpressionPtr> disjunction();

  // "name(arguments) | name …" behind a tag's name; `first`: without the first '|'.
  Result<std::vector<FilterStep>> filters(bool first);
  Result<ArgumentList> arguments();

  // Names that were read since the set was given; for what depends on whether a macro speaks of something.
  void record_names(std::set<std::string>* names) { names_ = names; }
  std::set<std::string>* recorded() const { return names_; }

 private:
  static constexpr std::size_t kMaxDepth = 150, kMaxNested = 60;

  // How deep the deepest of some expressions is.
  static std::size_t depth(const ExpressionPtr& expression) { return expression ? expression->depth : 0; }
  static std::size_t depth(const ArgumentList& list);

  // Errors: Limit: evaluating and destroying goes down into what is inside.
  template <class Node>
  Result<ExpressionPtr> make(int line, std::size_t depth, Node node) {
    if (depth >= kMaxDepth) return too_deep();
    return ExpressionPtr(new Expression{line, depth + 1, std::move(node)});
  }
  Failure too_deep() const;

  Result<ExpressionPtr> conditional();
  Result<ExpressionPtr> conjunction();
  Result<ExpressionPtr> negation();
  Result<ExpressionPtr> comparison();
  // + -, then ~, then * / // %, then **.
  Result<ExpressionPtr> binary(std::size_t level);
  Result<ExpressionPtr> unary(bool with_filters);
  Result<ExpressionPtr> primary();
  Result<ExpressionPtr> constant_name(const Token& token);
  Result<ExpressionPtr> string();
  Result<ExpressionPtr> parenthesized();
  Result<ExpressionPtr> list();
  Result<ExpressionPtr> dictionary();
  Result<ExpressionPtr> postfixes(ExpressionPtr object);
  Result<ExpressionPtr> with_filters(ExpressionPtr operand);
  Result<ExpressionPtr> attribute(ExpressionPtr object);
  Result<ExpressionPtr> subscript(ExpressionPtr object);
  Result<ExpressionPtr> call(ExpressionPtr callee);
  Result<ExpressionPtr> test(ExpressionPtr operand);
  Result<FilterStep> filter_step();

  TokenStream& stream_;
  std::set<std::string>* names_ = nullptr;
  std::size_t nested_ = 0;  // of parentheses and the like in each other
};

}  // namespace ptetool::llm::jinja
