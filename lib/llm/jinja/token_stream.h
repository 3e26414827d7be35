// Tokens one after the other, with what parsers of all kinds ask of them.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "llm/jinja/lexer.h"

namespace ptetool::llm::jinja {

class TokenStream {
 public:
  // The last token is an End.
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  int line() const { return current().line; }

  bool at(TokenKind kind) const { return current().kind == kind; }
  bool at_sign(std::string_view sign) const { return at(TokenKind::Operator) && current().text == sign; }
  bool at_name(std::string_view name) const { return at(TokenKind::Name) && current().text == name; }

  Token take() {
    Token token = current();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool take_sign(std::string_view sign) { return at_sign(sign) && (take(), true); }
  bool take_name(std::string_view name) { return at_name(name) && (take(), true); }

  // Errors: Malformed (something else is there; says what).
  Result<Token> expect(TokenKind kind);
  Result<> expect_sign(std::string_view sign);
  Result<> expect_name(std::string_view name);
  // The token at hand is none that may be here.
  Failure unexpected(std::string_view wanted = {}) const;
  Failure malformed(std::string message) const;

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace ptetool::llm::jinja
