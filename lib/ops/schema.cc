// Reads operator schemas as PyTorch writes them. Only what binding needs is kept: kinds, names, which arguments are
// outs.
#include <array>
#include <optional>

#include "ptetool/base/text.h"
#include "ptetool/ops/operator.h"

namespace ptetool {

namespace {

constexpr std::string_view kSpaces = " \t\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// Cuts `text` at its first comma outside brackets and returns what stands before it.
std::string_view take_item(std::string_view& text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == ']') --depth;
    if (text[i] == ',' && depth == 0) {
      const std::string_view item = text.substr(0, i);
      text.remove_prefix(i + 1);
      return trimmed(item);
    }
  }
  return trimmed(std::exchange(text, {}));
}

// A type without its alias annotation and list length: "Tensor(a!)[]" is {"Tensor", list}.
struct TypeText {
  std::string_view base;
  bool item_optional = false;  // "Tensor?[]"
  bool list = false;
  bool optional = false;
  bool written = false;  // "(a!)"
};

std::optional<TypeText> parse_type(std::string_view text) {
  TypeText type;
  const auto base_end = text.find_first_of("([?");
  type.base = text.substr(0, base_end);
  if (base_end == std::string_view::npos) return type;
  text.remove_prefix(base_end);
  if (text.starts_with("(")) {
    const auto close = text.find(')');
    if (close == std::string_view::npos) return std::nullopt;
    type.written = text.substr(0, close).find('!') != std::string_view::npos;
    text.remove_prefix(close + 1);
  }
  if (text.starts_with("?[")) {
    type.item_optional = true;
    text.remove_prefix(1);
  }
  if (text.starts_with("[")) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    type.list = true;
    text.remove_prefix(close + 1);
  }
  if (text.starts_with("?")) {
    type.optional = true;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(type) : std::nullopt;
}

struct KindRow {
  std::string_view base;
  ArgKind plain, optional;
  std::optional<ArgKind> list, optional_list;
};

// Element types, layouts and memory formats are integers in a program.
constexpr std::array<KindRow, 11> kKinds = {{
    {"Tensor", ArgKind::Tensor, ArgKind::OptionalTensor, ArgKind::TensorList, {}},
    {"Scalar", ArgKind::Scalar, ArgKind::OptionalScalar, ArgKind::DoubleList, {}},  // a list of integers is one, too
    {"int", ArgKind::Int, ArgKind::OptionalInt, ArgKind::IntList, ArgKind::OptionalIntList},
    {"SymInt", ArgKind::Int, ArgKind::OptionalInt, ArgKind::IntList, ArgKind::OptionalIntList},
    {"ScalarType", ArgKind::Int, ArgKind::OptionalInt, {}, {}},
    {"MemoryFormat", ArgKind::Int, ArgKind::OptionalInt, {}, {}},
    {"float", ArgKind::Double, ArgKind::OptionalDouble, ArgKind::DoubleList, ArgKind::OptionalDoubleList},
    {"bool", ArgKind::Bool, ArgKind::OptionalBool, ArgKind::BoolList, {}},
    {"str", ArgKind::String, ArgKind::OptionalString, {}, {}},
    {"Generator", ArgKind::Any, ArgKind::Any, {}, {}},  // of random numbers: a program has none
    {"any", ArgKind::Any, ArgKind::Any, {}, {}},
}};

std::optional<ArgKind> kind_of(const TypeText& type) {
  for (const KindRow& row : kKinds) {
    if (row.base != type.base) continue;
    if (type.item_optional) {
      return row.plain == ArgKind::Tensor && !type.optional ? std::optional(ArgKind::OptionalTensorList) : std::nullopt;
    }
    if (type.list) return type.optional ? row.optional_list : row.list;
    return type.optional ? row.optional : row.plain;
  }
  return std::nullopt;
}

// "Tensor(a!) self", "int[1]? dim=None".
std::optional<Argument> parse_argument(std::string_view item) {
  item = trimmed(item.substr(0, item.find('=')));
  const auto space = item.find_last_of(kSpaces);
  if (space == std::string_view::npos) return std::nullopt;
  const auto type = parse_type(trimmed(item.substr(0, space)));
  const auto kind = type ? kind_of(*type) : std::nullopt;
  if (!kind) return std::nullopt;
  return Argument{*kind, item.substr(space + 1), type->written};
}

}  // namespace

std::string_view schema_name(std::string_view text) { return trimmed(text.substr(0, text.find('('))); }

Result<Schema> parse_schema(std::string_view text) {
  const auto broken = [&](std::string_view what) {
    return fail(ErrorCode::Internal, "operator schema " + quoted(text) + ": " + std::string(what));
  };
  const auto open = text.find('(');
  const auto arrow = text.rfind("->");
  if (open == std::string_view::npos || arrow == std::string_view::npos) return broken("no arguments or no result");
  const std::string_view head = trimmed(text.substr(0, arrow));
  if (arrow < open || !head.ends_with(")")) return broken("the arguments do not end");
  const std::string_view results = trimmed(text.substr(arrow + 2));
  if (results.empty()) return broken("no result");

  Schema schema;
  schema.name = schema_name(text);
  if (schema.name.find("::") == std::string_view::npos) return broken("the name has no namespace");
  schema.returns = results != "()";
  std::string_view items = trimmed(head.substr(open + 1, head.size() - open - 2));
  bool keyword_only = false;
  while (!items.empty()) {
    const std::string_view item = take_item(items);
    if (item == "*") {
      keyword_only = true;
      continue;
    }
    const auto argument = parse_argument(item);
    if (!argument) return broken("cannot read the argument " + quoted(item));
    if (keyword_only && argument->out) {
      ++schema.outputs;
    } else if (schema.outputs != 0) {
      return broken("an argument follows the outs");
    }
    schema.arguments.push_back(*argument);
  }
  return schema;
}

}  // namespace ptetool
