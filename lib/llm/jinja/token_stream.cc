// What was expected and what is there, in words, with the line of the template.
#include "llm/jinja/token_stream.h"

#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

std::string described(const Token& token) {
  switch (token.kind) {
    case TokenKind::Text: return "text";
    case TokenKind::PrintBegin: return "'{{'";
    case TokenKind::PrintEnd: return "'}}'";
    case TokenKind::TagBegin: return "'{%'";
    case TokenKind::TagEnd: return "'%}'";
    case TokenKind::Name:
    case TokenKind::Operator: return quoted(token.text);
    case TokenKind::String: return "a string";
    case TokenKind::Whole:
    case TokenKind::Real: return "a number";
    case TokenKind::End: return "the end";
  }
  return {};
}

}  // namespace

Failure TokenStream::malformed(std::string message) const {
  return fail(ErrorCode::Malformed, "", line_path(line()), std::move(message));
}

Failure TokenStream::unexpected(std::string_view wanted) const {
  const std::string found = at(TokenKind::End) ? "the template ends" : "unexpected " + described(current());
  return malformed(found + (wanted.empty() ? std::string() : ", where " + std::string(wanted) + " should be"));
}

Result<Token> TokenStream::expect(TokenKind kind) {
  if (!at(kind)) return unexpected(kind == TokenKind::Name ? "a name" : described({kind, 0}));
  return take();
}

Result<> TokenStream::expect_sign(std::string_view sign) {
  if (!take_sign(sign)) return unexpected(quoted(sign));
  return {};
}

Result<> TokenStream::expect_name(std::string_view name) {
  if (!take_name(name)) return unexpected(quoted(name));
  return {};
}

}  // namespace ptetool::llm::jinja
