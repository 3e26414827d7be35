// The tags.
#include <algorithm>
#include <array>

#include "llm/jinja/statement_parser.h"

namespace ptetool::llm::jinja {

Result<StatementParser::Node> StatementParser::read_for() {
  For node;
  PTETOOL_ASSIGN(node.target, target(false));
  if (names_loop(node.target)) return stream_.malformed("'loop' is what loops themselves are called by");
  PTETOOL_CHECK(stream_.expect_name("in"));
  PTETOOL_ASSIGN(node.items, expressions_.tuple(true));
  if (stream_.take_name("if")) {
    PTETOOL_ASSIGN(node.condition, expressions_.expression());
  }
  if (stream_.at_name("recursive")) {
    return fail(ErrorCode::Unsupported, "", line_path(stream_.line()), "loops that call themselves are not supported");
  }
  ++loops_;
  PTETOOL_ASSIGN(node.body, inner_body({"else", "endfor"}));
  --loops_;
  if (stream_.take_name("else")) {
    PTETOOL_ASSIGN(node.otherwise, whole_body("endfor"));
  } else {
    stream_.take();
  }
  return node;
}

Result<StatementParser::Node> StatementParser::read_if() {
  If node;
  for (;;) {
    PTETOOL_ASSIGN(ExpressionPtr condition, expressions_.tuple(true));
    PTETOOL_ASSIGN(Block block, inner_body({"elif", "else", "endif"}));
    node.branches.emplace_back(std::move(condition), std::move(block));
    if (stream_.take_name("elif")) continue;
    if (stream_.take_name("else")) {
      PTETOOL_ASSIGN(node.otherwise, whole_body("endif"));
    } else {
      stream_.take();
    }
    return node;
  }
}

Result<StatementParser::Node> StatementParser::read_set() {
  PTETOOL_ASSIGN(Target to, target(true));
  if (stream_.take_sign("=")) {
    PTETOOL_ASSIGN(ExpressionPtr value, expressions_.tuple());
    return Set{std::move(to), std::move(value)};
  }
  SetBlock node{std::move(to), {}, {}};
  PTETOOL_ASSIGN(node.filters, expressions_.filters(false));
  PTETOOL_ASSIGN(node.body, function_body("endset"));
  return node;
}

Result<StatementParser::Node> StatementParser::read_filter() {
  FilterBlock node;
  PTETOOL_ASSIGN(node.filters, expressions_.filters(true));
  PTETOOL_ASSIGN(node.body, function_body("endfilter"));
  return node;
}

Result<StatementParser::Node> StatementParser::read_with() {
  With node;
  while (!stream_.at(TokenKind::TagEnd)) {
    if (!node.assignments.empty()) PTETOOL_CHECK(stream_.expect_sign(","));
    PTETOOL_ASSIGN(Target to, one_target(false));
    PTETOOL_CHECK(stream_.expect_sign("="));
    PTETOOL_ASSIGN(ExpressionPtr value, expressions_.expression());
    node.assignments.emplace_back(std::move(to), std::move(value));
  }
  PTETOOL_ASSIGN(node.body, whole_body("endwith"));
  return node;
}

// A body of its own: loops around it cannot be left from inside.
Result<Block> StatementParser::function_body(std::string_view end) {
  const std::size_t loops = std::exchange(loops_, 0);
  PTETOOL_ASSIGN(Block block, whole_body(end));
  loops_ = loops;
  return block;
}

Result<StatementParser::Node> StatementParser::read_generation() {
  PTETOOL_ASSIGN(Block block, function_body("endgeneration"));
  return Generation{std::move(block)};
}

Result<StatementParser::Node> StatementParser::read_print() {
  PTETOOL_ASSIGN(ExpressionPtr value, expressions_.expression());
  return Print{std::move(value)};
}

Result<StatementParser::Node> StatementParser::read_break() {
  if (loops_ == 0) return stream_.malformed("'break' is in no loop");
  return Break{};
}

Result<StatementParser::Node> StatementParser::read_continue() {
  if (loops_ == 0) return stream_.malformed("'continue' is in no loop");
  return Continue{};
}

std::span<const StatementParser::Tag> StatementParser::tags() {
  static constexpr std::array<Tag, 11> kTags{{{"for", &StatementParser::read_for},
                                              {"if", &StatementParser::read_if},
                                              {"set", &StatementParser::read_set},
                                              {"filter", &StatementParser::read_filter},
                                              {"with", &StatementParser::read_with},
                                              {"macro", &StatementParser::read_macro},
                                              {"call", &StatementParser::read_call},
                                              {"generation", &StatementParser::read_generation},
                                              {"print", &StatementParser::read_print},
                                              {"break", &StatementParser::read_break},
                                              {"continue", &StatementParser::read_continue}}};
  return kTags;
}

}  // namespace ptetool::llm::jinja
