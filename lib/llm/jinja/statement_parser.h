// Reads the statements of a template: a table of tags, and a function for each.
#pragma once

#include <initializer_list>
#include <set>
#include <span>

#include "llm/jinja/expression_parser.h"
#include "llm/jinja/syntax.h"
#include "llm/jinja/token_stream.h"

namespace ptetool::llm::jinja {

class StatementParser {
 public:
  explicit StatementParser(std::vector<Token> tokens) : stream_(std::move(tokens)), expressions_(stream_) {}

  // The whole template.
  Result<Block> run();

 private:
  using Words = std::initializer_list<std::string_view>;
  using Node = decltype(Statement::node);
  struct Tag {
    std::string_view name;
    Result<Node> (StatementParser::*read)();
  };
  static std::span<const Tag> tags();

  // Statements up to a tag with one of these names, which is at hand then; up to the end where there are none.
  Result<Block> body(Words ends);
  // The body of a tag up to its end, behind which the tag's end is at hand.
  Result<Block> whole_body(std::string_view end);
  Result<Block> inner_body(Words ends);
  Result<Node> statement(Words ends);
  Result<Target> one_target(bool of_namespace);
  Result<Target> target(bool of_namespace);
  static bool names_loop(const Target& target);

  Result<Node> read_for();
  Result<Node> read_if();
  Result<Node> read_set();
  Result<Node> read_filter();
  Result<Node> read_with();
  // A body of its own: loops around it cannot be left from inside.
  Result<Block> function_body(std::string_view end);
  Result<Node> read_generation();
  Result<Node> read_print();
  Result<Node> read_break();
  Result<Node> read_continue();
  Result<> read_parameters(Macro& macro);
  Result<> read_macro_body(Macro& macro, std::string_view end);
  Result<Node> read_macro();
  Result<Node> read_call();

  Failure too_deep() const;

  static constexpr std::size_t kMaxNested = 50;

  TokenStream stream_;
  ExpressionParser expressions_;
  std::size_t nested_ = 0;  // of statements in each other
  std::size_t loops_ = 0;   // around the statement at hand, that it can leave
};

}  // namespace ptetool::llm::jinja
