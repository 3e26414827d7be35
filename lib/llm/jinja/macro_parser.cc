// Macros, and blocks that are given to them.
#include "llm/jinja/statement_parser.h"

namespace ptetool::llm::jinja {

Result<> StatementParser::read_parameters(Macro& macro) {
  PTETOOL_CHECK(stream_.expect_sign("("));
  while (!stream_.at_sign(")")) {
    if (!macro.parameters.empty()) PTETOOL_CHECK(stream_.expect_sign(","));
    PTETOOL_ASSIGN(Target name, one_target(false));
    Parameter parameter{name.name, {}};
    if (stream_.take_sign("=")) {
      PTETOOL_ASSIGN(parameter.absent, expressions_.expression());
    } else if (!macro.parameters.empty() && macro.parameters.back().absent) {
      return stream_.malformed("a parameter without default follows one with a default");
    }
    macro.parameters.push_back(std::move(parameter));
  }
  stream_.take();
  return {};
}

Result<> StatementParser::read_macro_body(Macro& macro, std::string_view end) {
  std::set<std::string>* around = expressions_.recorded();
  std::set<std::string> names;
  expressions_.record_names(&names);
  PTETOOL_ASSIGN(macro.body, function_body(end));
  expressions_.record_names(around);
  if (around) around->insert(names.begin(), names.end());
  macro.takes_more = names.contains("varargs");
  macro.takes_more_named = names.contains("kwargs");
  macro.takes_caller = names.contains("caller");
  return {};
}

Result<StatementParser::Node> StatementParser::read_macro() {
  Macro macro;
  PTETOOL_ASSIGN(Token name, stream_.expect(TokenKind::Name));
  macro.name = name.text;
  PTETOOL_CHECK(read_parameters(macro));
  PTETOOL_CHECK(read_macro_body(macro, "endmacro"));
  return macro;
}

Result<StatementParser::Node> StatementParser::read_call() {
  CallBlock node;
  node.caller.name = "caller";
  if (stream_.at_sign("(")) PTETOOL_CHECK(read_parameters(node.caller));
  PTETOOL_ASSIGN(node.call, expressions_.expression());
  if (!std::holds_alternative<CallOf>(node.call->node)) return stream_.malformed("'call' is not followed by a call");
  PTETOOL_CHECK(read_macro_body(node.caller, "endcall"));
  return node;
}

}  // namespace ptetool::llm::jinja
