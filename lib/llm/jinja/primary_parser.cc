// What operators work on: names, numbers, lists, and what follows them — attributes, calls, filters and tests.
#include <array>

#include "llm/jinja/expression_parser.h"

namespace ptetool::llm::jinja {

Result<ExpressionPtr> ExpressionParser::primary() {
  const int line = stream_.line();
  Result<ExpressionPtr> node = ExpressionPtr();
  if (stream_.at(TokenKind::Name)) {
    node = constant_name(stream_.take());
  } else if (stream_.at(TokenKind::String)) {
    node = string();
  } else if (stream_.at(TokenKind::Whole)) {
    node = make(line, 0, Constant{Value(stream_.take().whole)});
  } else if (stream_.at(TokenKind::Real)) {
    node = make(line, 0, Constant{Value(stream_.take().real)});
  } else if (stream_.at_sign("(")) {
    node = parenthesized();
  } else if (stream_.at_sign("[")) {
    node = list();
  } else if (stream_.at_sign("{")) {
    node = dictionary();
  } else {
    node = stream_.unexpected("an expression");
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::constant_name(const Token& token) {
  const auto constant = [&](Value::Storage value) { return make(token.line, 0, Constant{Value(std::move(value))}); };
  if (token.text == "true" || token.text == "True") return constant(true);
  if (token.text == "false" || token.text == "False") return constant(false);
  if (token.text == "none" || token.text == "None") return constant(None{});
  if (names_) names_->insert(token.text);
  return make(token.line, 0, Name{token.text});
}

// Strings one after the other are one.
Result<ExpressionPtr> ExpressionParser::string() {
  const int line = stream_.line();
  std::string text;
  while (stream_.at(TokenKind::String)) text += stream_.take().text;
  return make(line, 0, Constant{Value(Value::Storage(std::make_shared<const std::string>(std::move(text))))});
}

Result<ExpressionPtr> ExpressionParser::parenthesized() {
  const int line = stream_.take().line;
  if (stream_.take_sign(")")) return make(line, 0, ListOf{true, {}});
  PTETOOL_ASSIGN(ExpressionPtr node, tuple());
  PTETOOL_CHECK(stream_.expect_sign(")"));
  return node;
}

Result<ExpressionPtr> ExpressionParser::list() {
  const int line = stream_.take().line;
  ListOf node{false, {}};
  std::size_t most = 0;
  while (!stream_.at_sign("]")) {
    if (!node.items.empty()) PTETOOL_CHECK(stream_.expect_sign(","));
    if (stream_.at_sign("]")) break;
    PTETOOL_ASSIGN(ExpressionPtr item, expression());
    most = std::max(most, depth(item));
    node.items.push_back(std::move(item));
  }
  PTETOOL_CHECK(stream_.expect_sign("]"));
  return make(line, most, std::move(node));
}

Result<ExpressionPtr> ExpressionParser::dictionary() {
  const int line = stream_.take().line;
  DictOf node;
  std::size_t most = 0;
  while (!stream_.at_sign("}")) {
    if (!node.entries.empty()) PTETOOL_CHECK(stream_.expect_sign(","));
    if (stream_.at_sign("}")) break;
    PTETOOL_ASSIGN(ExpressionPtr key, expression());
    PTETOOL_CHECK(stream_.expect_sign(":"));
    PTETOOL_ASSIGN(ExpressionPtr value, expression());
    most = std::max({most, depth(key), depth(value)});
    node.entries.emplace_back(std::move(key), std::move(value));
  }
  PTETOOL_CHECK(stream_.expect_sign("}"));
  return make(line, most, std::move(node));
}

Result<ExpressionPtr> ExpressionParser::postfixes(ExpressionPtr object) {
  for (;;) {
    if (stream_.at_sign(".")) {
      PTETOOL_ASSIGN(object, attribute(std::move(object)));
    } else if (stream_.at_sign("[")) {
      PTETOOL_ASSIGN(object, subscript(std::move(object)));
    } else if (stream_.at_sign("(")) {
      PTETOOL_ASSIGN(object, call(std::move(object)));
    } else {
      return object;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::with_filters(ExpressionPtr operand) {
  for (;;) {
    if (stream_.take_sign("|")) {
      PTETOOL_ASSIGN(FilterStep step, filter_step());
      const int line = step.line;
      const std::size_t most = std::max(depth(operand), depth(step.arguments));
      PTETOOL_ASSIGN(operand, make(line, most, Filtered{std::move(operand), std::move(step)}));
    } else if (stream_.at_name("is")) {
      PTETOOL_ASSIGN(operand, test(std::move(operand)));
    } else if (stream_.at_sign("(")) {
      PTETOOL_ASSIGN(operand, call(std::move(operand)));
    } else {
      return operand;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::attribute(ExpressionPtr object) {
  const int line = stream_.take().line;
  const std::size_t most = depth(object);
  if (stream_.at(TokenKind::Whole)) {
    PTETOOL_ASSIGN(ExpressionPtr index, make(line, 0, Constant{Value(stream_.take().whole)}));
    return make(line, most, Subscript{std::move(object), std::move(index)});
  }
  PTETOOL_ASSIGN(Token name, stream_.expect(TokenKind::Name));
  return make(line, most, Attribute{std::move(object), std::move(name.text)});
}

Result<ExpressionPtr> ExpressionParser::subscript(ExpressionPtr object) {
  const int line = stream_.take().line;
  // Up to three parts with colons between them, each of which may be missing.
  std::array<ExpressionPtr, 3> parts;
  std::size_t most = depth(object), colons = 0;
  while (!stream_.at_sign("]")) {
    if (stream_.at_sign(":") && colons < 2) {
      stream_.take();
      ++colons;
    } else if (!parts[colons]) {
      PTETOOL_ASSIGN(parts[colons], expression());
      most = std::max(most, depth(parts[colons]));
    } else {
      return stream_.unexpected("']'");
    }
  }
  stream_.take();
  if (colons != 0) {
    return make(line, most, Slice{std::move(object), std::move(parts[0]), std::move(parts[1]), std::move(parts[2])});
  }
  // Nothing is the empty tuple.
  if (!parts[0]) {
    PTETOOL_ASSIGN(parts[0], make(line, 0, ListOf{true, {}}));
  }
  return make(line, most, Subscript{std::move(object), std::move(parts[0])});
}

Result<ExpressionPtr> ExpressionParser::call(ExpressionPtr callee) {
  const int line = stream_.line();
  PTETOOL_ASSIGN(ArgumentList list, arguments());
  const std::size_t most = std::max(depth(callee), depth(list));
  return make(line, most, CallOf{std::move(callee), std::move(list)});
}

Result<ArgumentList> ExpressionParser::arguments() {
  PTETOOL_CHECK(stream_.expect_sign("("));
  ArgumentList list;
  for (bool first = true; !stream_.at_sign(")"); first = false) {
    if (!first) PTETOOL_CHECK(stream_.expect_sign(","));
    if (stream_.at_sign(")")) break;
    const bool named =
        stream_.at(TokenKind::Name) && stream_.ahead().kind == TokenKind::Operator && stream_.ahead().text == "=";
    if (list.more_named || (list.more_positional && !named && !stream_.at_sign("**"))) {
      return stream_.unexpected("')'");
    }
    if (stream_.take_sign("*")) {
      PTETOOL_ASSIGN(list.more_positional, expression());
    } else if (stream_.take_sign("**")) {
      PTETOOL_ASSIGN(list.more_named, expression());
    } else if (named) {
      std::string name = stream_.take().text;
      stream_.take();
      PTETOOL_ASSIGN(ExpressionPtr value, expression());
      list.named.emplace_back(std::move(name), std::move(value));
    } else {
      if (!list.named.empty()) return stream_.malformed("an argument without name follows one with a name");
      PTETOOL_ASSIGN(ExpressionPtr value, expression());
      list.positional.push_back(std::move(value));
    }
  }
  PTETOOL_CHECK(stream_.expect_sign(")"));
  return list;
}

Result<FilterStep> ExpressionParser::filter_step() {
  PTETOOL_ASSIGN(Token name, stream_.expect(TokenKind::Name));
  FilterStep step{std::move(name.text), {}, name.line};
  if (stream_.at_sign("(")) {
    PTETOOL_ASSIGN(step.arguments, arguments());
  }
  return step;
}

Result<std::vector<FilterStep>> ExpressionParser::filters(bool first) {
  std::vector<FilterStep> steps;
  while (first || stream_.take_sign("|")) {
    PTETOOL_ASSIGN(FilterStep step, filter_step());
    steps.push_back(std::move(step));
    first = false;
  }
  return steps;
}

// is [not] name [argument | (arguments)]
Result<ExpressionPtr> ExpressionParser::test(ExpressionPtr operand) {
  const int line = stream_.take().line;
  const bool negated = stream_.take_name("not");
  PTETOOL_ASSIGN(Token name, stream_.expect(TokenKind::Name));
  TestOf node{std::move(operand), std::move(name.text), {}};
  const bool ends = stream_.at_name("else") || stream_.at_name("or") || stream_.at_name("and");
  const bool begins_value = stream_.at(TokenKind::Name) || stream_.at(TokenKind::String) ||
                            stream_.at(TokenKind::Whole) || stream_.at(TokenKind::Real) || stream_.at_sign("[") ||
                            stream_.at_sign("{");
  if (stream_.at_sign("(")) {
    PTETOOL_ASSIGN(node.arguments, arguments());
  } else if (begins_value && !ends) {
    if (stream_.at_name("is")) return stream_.malformed("tests cannot follow one another");
    PTETOOL_ASSIGN(ExpressionPtr argument, primary());
    PTETOOL_ASSIGN(argument, postfixes(std::move(argument)));
    node.arguments.positional.push_back(std::move(argument));
  }
  const std::size_t most = std::max(depth(node.operand), depth(node.arguments));
  PTETOOL_ASSIGN(ExpressionPtr result, make(line, most, std::move(node)));
  if (!negated) return result;
  return make(line, most + 1, Unary{"not", std::move(result)});
}

}  // namespace ptetool::llm::jinja
