// Filters that take a text, or make one.
#include <algorithm>
#include <array>

#include "llm/jinja/builtin.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/print.h"
#include "llm/jinja/python_text.h"
#include "llm/jinja/text_functions.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

// A filter that is a function of str(value).
template <auto Function>
Result<Value> text_function(Call& call) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  return make_text(call.budget, std::string(Function(text)));
}

// Jinja's own: words begin after white space, hyphens and opening brackets.
std::string titled(std::string_view text) {
  std::string result;
  bool begins = true;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
    end = character_end(text, at);
    const std::string_view character = text.substr(at, end - at);
    const bool between = is_space(character_at(character, 0).value) ||
                         (character.size() == 1 && std::string_view("-({[<").find(character) != std::string_view::npos);
    result += begins ? upper_case(character) : lower_case(character);
    begins = between;
  }
  return result;
}

std::string escaped_html(std::string_view text) {
  constexpr std::array<std::pair<char, std::string_view>, 5> kEntities{
      {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&#34;"}, {'\'', "&#39;"}}};
  std::string result;
  for (const char c : text) {
    const auto found = std::ranges::find(kEntities, c, &std::pair<char, std::string_view>::first);
    if (found == kEntities.end()) {
      result += c;
    } else {
      result += found->second;
    }
  }
  return result;
}

Result<Value> trim(Call& call) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  if (!call.given(0)) return make_text(call.budget, std::string(stripped(text, Side::Both)));
  PTETOOL_ASSIGN(const std::string* characters, call.text(0));
  return make_text(call.budget, std::string(stripped(text, Side::Both, *characters)));
}

Result<Value> replace(Call& call) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  PTETOOL_ASSIGN(const std::string old, str(call.budget, call[0]));
  PTETOOL_ASSIGN(const std::string with, str(call.budget, call[1]));
  std::int64_t most = -1;
  if (call.given(2)) {
    PTETOOL_ASSIGN(most, call.whole(2));
  }
  return replaced_text(call.budget, text, old, with, most);
}

Result<Value> center(Call& call) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  PTETOOL_ASSIGN(const std::int64_t width, call.whole(0, 80));
  return padded_text(call.budget, text, width, Padding::Both, " ");
}

Result<Value> indent(Call& call) {
  PTETOOL_ASSIGN(const std::string* text, self_as_text(call));
  std::string indentation(4, ' ');
  if (call.has(0) && call[0].text()) {
    indentation = *call[0].text();
  } else {
    PTETOOL_ASSIGN(const std::int64_t width, call.whole(0, 4));
    PTETOOL_CHECK(call.budget.bytes(width > 0 ? static_cast<std::uint64_t>(width) : 0));
    indentation = std::string(width > 0 ? static_cast<std::size_t>(width) : 0, ' ');
  }
  const std::string with_end = *text + "\n";
  std::string result = call.flag(1) ? indentation : "";
  bool first = true;
  for (const std::string_view line : lines_of(with_end)) {
    const bool indents = !first && (call.flag(2) || !line.empty());
    PTETOOL_CHECK(call.budget.bytes(line.size() + 1 + (indents ? indentation.size() : 0)));
    if (!first) result += '\n';
    if (indents) result += indentation;
    result += line;
    first = false;
  }
  return make_text(call.budget, std::move(result));
}

Result<Value> truncate(Call& call) {
  PTETOOL_ASSIGN(const std::string* text, self_as_text(call));
  PTETOOL_ASSIGN(const std::int64_t length, call.whole(0, 255));
  const std::string dots = "...";
  const std::string* end = &dots;
  if (call.has(2)) {
    PTETOOL_ASSIGN(end, call.text(2));
  }
  std::int64_t leeway = 5;
  if (call.given(3)) {
    PTETOOL_ASSIGN(leeway, call.whole(3));
  }
  const auto end_length = static_cast<std::int64_t>(character_count(*end));
  if (length < end_length || leeway < 0) return type_error("the text cannot be cut so short");
  const auto count = static_cast<std::int64_t>(character_count(*text));
  if (count <= length || count - length <= leeway) return call.self;
  const std::string_view cut =
      std::string_view(*text).substr(0, character_offset(*text, static_cast<std::size_t>(length - end_length)));
  if (call.flag(1)) return make_text(call.budget, std::string(cut) + *end);
  return make_text(call.budget, std::string(split_from_right(cut, " ", 1).front()) + *end);
}

Result<Value> word_count(Call& call) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const bool is_word = is_word_character(character.value) || is_numeric(character.value);
    words += is_word && !inside ? 1 : 0;
    inside = is_word;
    at += character.length;
  }
  return as_value(words);
}

Result<Value> format(Call& call) {
  PTETOOL_ASSIGN(const std::string text, call.self_text());
  if (!call.more.named.empty()) {
    if (!call.more.positional.empty()) return type_error("'format' takes arguments with or without names, not both");
    std::vector<Dict::Entry> entries;
    for (auto& [name, value] : call.more.named) {
      PTETOOL_ASSIGN(Value key, make_text(call.budget, name));
      entries.emplace_back(std::move(key), std::move(value));
    }
    PTETOOL_ASSIGN(const Value arguments, make_dict(call.budget, std::move(entries)));
    return percent_format(call.budget, text, arguments);
  }
  PTETOOL_ASSIGN(const Value arguments,
                 make_sequence(call.budget, SequenceKind::Tuple, std::move(call.more.positional)));
  return percent_format(call.budget, text, arguments);
}

// json.dumps(), whose own settings transformers lets templates choose.
Result<Value> json(Call& call) {
  JsonStyle style;
  style.ascii = call.flag(0);
  if (call.given(1)) {
    style.between = ",";
    if (const std::string* text = call[1].text()) {
      style.indent = *text;
    } else {
      PTETOOL_ASSIGN(const std::int64_t width, call.whole(1));
      if (width > 1000) return fail(ErrorCode::Limit, "the indentation is too wide");
      style.indent = std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
    }
  }
  if (call.given(2)) {
    const Sequence* pair = call[2].sequence();
    if (!pair || pair->items.size() != 2 || !pair->items[0].text() || !pair->items[1].text()) {
      return type_error("the separators of JSON are two texts");
    }
    style.between = *pair->items[0].text();
    style.colon = *pair->items[1].text();
  }
  style.sorted = call.flag(3);
  PTETOOL_ASSIGN(std::string text, to_json(call.budget, call.self, style));
  return make_text(call.budget, std::move(text));
}

constexpr auto kSame = [](const std::string& text) { return text; };

constexpr std::array kFilters{
    Builtin{"capitalize", "", text_function<capitalized>},
    Builtin{"center", "width=", center},
    Builtin{"e", "", text_function<escaped_html>},
    Builtin{"escape", "", text_function<escaped_html>},
    Builtin{"forceescape", "", text_function<escaped_html>},
    Builtin{"format", "* **", format},
    Builtin{"indent", "width= first= blank=", indent},
    Builtin{"lower", "", text_function<lower_case>},
    Builtin{"replace", "old new count=", replace},
    Builtin{"safe", "", text_function<kSame>},
    Builtin{"string", "", text_function<kSame>},
    Builtin{"title", "", text_function<titled>},
    Builtin{"tojson", "ensure_ascii= indent= separators= sort_keys=", json},
    Builtin{"trim", "chars=", trim},
    Builtin{"truncate", "length= killwords= end= leeway=", truncate},
    Builtin{"upper", "", text_function<upper_case>},
    Builtin{"wordcount", "", word_count},
};

}  // namespace

Builtins text_filters() { return kFilters; }

}  // namespace ptetool::llm::jinja
