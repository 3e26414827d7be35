// Operators, from those that bind loosest to those that bind tightest.
#include "llm/jinja/expression_parser.h"

#include <array>

namespace ptetool::llm::jinja {

namespace {

constexpr std::array<std::string_view, 6> kComparators{"==", "!=", "<", "<=", ">", ">="};

// Operators of one level group from the left; later levels bind tighter.
const std::array<std::vector<std::string_view>, 4>& binary_levels() {
  static const std::array<std::vector<std::string_view>, 4> kLevels{{{"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}}};
  return kLevels;
}

}  // namespace

std::size_t ExpressionParser::depth(const ArgumentList& list) {
  std::size_t most = std::max(depth(list.more_positional), depth(list.more_named));
  for (const ExpressionPtr& each : list.positional) most = std::max(most, depth(each));
  for (const auto& [name, each] : list.named) most = std::max(most, depth(each));
  return most;
}

Failure ExpressionParser::too_deep() const {
  return fail(ErrorCode::Limit, "", line_path(stream_.line()), "the expression is nested too deeply");
}

Result<ExpressionPtr> ExpressionParser::tuple(bool bare) {
  const int line = stream_.line();
  ListOf node{true, {}};
  std::size_t most = 0;
  for (bool first = true;; first = false) {
    if (!first && !stream_.take_sign(",")) break;
    if (stream_.at(TokenKind::PrintEnd) || stream_.at(TokenKind::TagEnd) || stream_.at_sign(")")) {
      if (first) return stream_.unexpected("an expression");
      return make(line, most, std::move(node));
    }
    PTETOOL_ASSIGN(ExpressionPtr item, bare ? disjunction() : expression());
    most = std::max(most, depth(item));
    if (first && !stream_.at_sign(",")) return item;
    node.items.push_back(std::move(item));
  }
  return make(line, most, std::move(node));
}

Result<ExpressionPtr> ExpressionParser::conditional() {
  const int line = stream_.line();
  PTETOOL_ASSIGN(ExpressionPtr then, disjunction());
  while (stream_.take_name("if")) {
    PTETOOL_ASSIGN(ExpressionPtr condition, disjunction());
    ExpressionPtr otherwise;
    if (stream_.take_name("else")) {
      if (++nested_ > kMaxNested) return too_deep();
      PTETOOL_ASSIGN(otherwise, conditional());
      --nested_;
    }
    const std::size_t most = std::max({depth(then), depth(condition), depth(otherwise)});
    PTETOOL_ASSIGN(then, make(line, most, Conditional{std::move(then), std::move(condition), std::move(otherwise)}));
  }
  return then;
}

Result<ExpressionPtr> ExpressionParser::disjunction() {
  const int line = stream_.line();
  PTETOOL_ASSIGN(ExpressionPtr left, conjunction());
  while (stream_.take_name("or")) {
    PTETOOL_ASSIGN(ExpressionPtr right, conjunction());
    const std::size_t most = std::max(depth(left), depth(right));
    PTETOOL_ASSIGN(left, make(line, most, Logic{true, std::move(left), std::move(right)}));
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::conjunction() {
  const int line = stream_.line();
  PTETOOL_ASSIGN(ExpressionPtr left, negation());
  while (stream_.take_name("and")) {
    PTETOOL_ASSIGN(ExpressionPtr right, negation());
    const std::size_t most = std::max(depth(left), depth(right));
    PTETOOL_ASSIGN(left, make(line, most, Logic{false, std::move(left), std::move(right)}));
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::negation() {
  const int line = stream_.line();
  if (!stream_.take_name("not")) return comparison();
  if (++nested_ > kMaxNested) return too_deep();
  PTETOOL_ASSIGN(ExpressionPtr operand, negation());
  --nested_;
  const std::size_t most = depth(operand);
  return make(line, most, Unary{"not", std::move(operand)});
}

Result<ExpressionPtr> ExpressionParser::comparison() {
  const int line = stream_.line();
  PTETOOL_ASSIGN(ExpressionPtr first, binary(0));
  Comparison node{std::move(first), {}};
  std::size_t most = depth(node.first);
  for (;;) {
    std::string sign;
    if (stream_.at(TokenKind::Operator) &&
        std::ranges::find(kComparators, stream_.current().text) != kComparators.end()) {
      sign = stream_.take().text;
    } else if (stream_.take_name("in")) {
      sign = "in";
    } else if (stream_.at_name("not") && stream_.ahead().kind == TokenKind::Name && stream_.ahead().text == "in") {
      stream_.take();
      stream_.take();
      sign = "not in";
    } else {
      break;
    }
    PTETOOL_ASSIGN(ExpressionPtr other, binary(0));
    most = std::max(most, depth(other));
    node.others.emplace_back(std::move(sign), std::move(other));
  }
  if (node.others.empty()) return std::move(node.first);
  return make(line, most, std::move(node));
}

Result<ExpressionPtr> ExpressionParser::binary(std::size_t level) {
  if (level == binary_levels().size()) return unary(true);
  const int line = stream_.line();
  PTETOOL_ASSIGN(ExpressionPtr left, binary(level + 1));
  const auto& signs = binary_levels()[level];
  while (stream_.at(TokenKind::Operator) && std::ranges::find(signs, stream_.current().text) != signs.end()) {
    std::string sign = stream_.take().text;
    PTETOOL_ASSIGN(ExpressionPtr right, binary(level + 1));
    const std::size_t most = std::max(depth(left), depth(right));
    PTETOOL_ASSIGN(left, make(line, most, Binary{std::move(sign), std::move(left), std::move(right)}));
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::unary(bool filtered) {
  const int line = stream_.line();
  // Whatever is inside of something comes through here.
  if (++nested_ > kMaxNested) return too_deep();
  ExpressionPtr node;
  if (stream_.at_sign("-") || stream_.at_sign("+")) {
    std::string sign = stream_.take().text;
    PTETOOL_ASSIGN(ExpressionPtr operand, unary(false));
    const std::size_t most = depth(operand);
    PTETOOL_ASSIGN(node, make(line, most, Unary{std::move(sign), std::move(operand)}));
  } else {
    PTETOOL_ASSIGN(node, primary());
  }
  PTETOOL_ASSIGN(node, postfixes(std::move(node)));
  if (filtered) {
    PTETOOL_ASSIGN(node, with_filters(std::move(node)));
  }
  --nested_;
  return node;
}

}  // namespace ptetool::llm::jinja
