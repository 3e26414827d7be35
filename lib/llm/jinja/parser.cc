// The template as a whole, its bodies, and what is assigned to.
#include "llm/jinja/parser.h"

#include <algorithm>
#include <array>

#include "llm/jinja/statement_parser.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

// Tags of Jinja that make one page out of several files, or that chat templates are run without.
constexpr std::array<std::string_view, 8> kUnsupported{"block", "extends",    "include", "import",
                                                       "from",  "autoescape", "do",      "trans"};

}  // namespace

Failure StatementParser::too_deep() const {
  return fail(ErrorCode::Limit, "", line_path(stream_.line()), "statements are nested too deeply");
}

Result<Block> StatementParser::run() {
  PTETOOL_ASSIGN(Block block, body({}));
  if (!stream_.at(TokenKind::End)) return stream_.unexpected();
  return block;
}

// Statements up to a tag with one of these names, which is at hand then; up to the end where there are none.
Result<Block> StatementParser::body(Words ends) {
  if (++nested_ > kMaxNested) return too_deep();
  Block block;
  for (;;) {
    const int line = stream_.line();
    const auto add = [&](auto node) {
      block.push_back(std::unique_ptr<const Statement>(new Statement{line, std::move(node)}));
    };
    if (stream_.at(TokenKind::Text)) {
      add(Text{stream_.take().text});
    } else if (stream_.at(TokenKind::PrintBegin)) {
      stream_.take();
      PTETOOL_ASSIGN(ExpressionPtr value, expressions_.tuple());
      PTETOOL_CHECK(stream_.expect(TokenKind::PrintEnd));
      add(Print{std::move(value)});
    } else if (stream_.at(TokenKind::TagBegin)) {
      stream_.take();
      if (std::ranges::any_of(ends, [&](std::string_view end) { return stream_.at_name(end); })) break;
      PTETOOL_ASSIGN(auto node, statement(ends));
      add(std::move(node));
      PTETOOL_CHECK(stream_.expect(TokenKind::TagEnd));
    } else if (ends.size() == 0 || !stream_.at(TokenKind::End)) {
      break;
    } else {
      return stream_.unexpected("the tag " + quoted(*(ends.end() - 1)));
    }
  }
  --nested_;
  return block;
}

// The body of a tag up to its end, behind which the tag's end is at hand.
Result<Block> StatementParser::whole_body(std::string_view end) {
  PTETOOL_ASSIGN(Block block, inner_body({end}));
  stream_.take();
  return block;
}

Result<Block> StatementParser::inner_body(Words ends) {
  stream_.take_sign(":");
  PTETOOL_CHECK(stream_.expect(TokenKind::TagEnd));
  return body(ends);
}

Result<StatementParser::Node> StatementParser::statement(Words ends) {
  if (!stream_.at(TokenKind::Name)) return stream_.unexpected("the name of a tag");
  const std::string name = stream_.current().text;
  const auto tag = std::ranges::find(tags(), name, &Tag::name);
  if (tag != tags().end()) {
    stream_.take();
    return (this->*tag->read)();
  }
  if (std::ranges::find(kUnsupported, name) != kUnsupported.end()) {
    return fail(ErrorCode::Unsupported, "", line_path(stream_.line()), "the tag " + quoted(name) + " is not supported");
  }
  return stream_.malformed("the tag " + quoted(name) + " is unknown here" +
                           (ends.size() == 0 ? "" : "; " + quoted(*(ends.end() - 1)) + " is still to come"));
}

Result<Target> StatementParser::one_target(bool of_namespace) {
  if (stream_.take_sign("(")) {
    PTETOOL_ASSIGN(Target inside, target(of_namespace));
    PTETOOL_CHECK(stream_.expect_sign(")"));
    return inside;
  }
  PTETOOL_ASSIGN(Token name, stream_.expect(TokenKind::Name));
  constexpr std::array<std::string_view, 6> kConstants{"true", "false", "none", "True", "False", "None"};
  if (std::ranges::find(kConstants, name.text) != kConstants.end()) {
    return stream_.malformed("nothing can be assigned to " + quoted(name.text));
  }
  Target result{name.text};
  if (of_namespace && stream_.take_sign(".")) {
    PTETOOL_ASSIGN(Token attribute, stream_.expect(TokenKind::Name));
    result.attribute = attribute.text;
  }
  return result;
}

Result<Target> StatementParser::target(bool of_namespace) {
  if (++nested_ > kMaxNested) return too_deep();
  PTETOOL_ASSIGN(Target first, one_target(of_namespace));
  --nested_;
  if (!stream_.at_sign(",")) return first;
  Target all;
  all.is_tuple = true;
  all.several.push_back(std::move(first));
  while (stream_.take_sign(",") && (stream_.at(TokenKind::Name) || stream_.at_sign("(")) && !stream_.at_name("in")) {
    PTETOOL_ASSIGN(Target next, one_target(of_namespace));
    all.several.push_back(std::move(next));
  }
  return all;
}

bool StatementParser::names_loop(const Target& target) {
  return target.name == "loop" || std::ranges::any_of(target.several, names_loop);
}

Result<Block> parse(std::string_view source) {
  PTETOOL_ASSIGN(std::vector<Token> tokens, tokenize(source));
  return StatementParser(std::move(tokens)).run();
}

}  // namespace ptetool::llm::jinja
