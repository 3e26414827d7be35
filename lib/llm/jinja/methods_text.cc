// Methods of texts that change their form, or take them apart.
#include <algorithm>
#include <array>

#include "llm/jinja/builtin.h"
#include "llm/jinja/print.h"
#include "llm/jinja/python_text.h"
#include "llm/jinja/text_functions.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

template <auto Function>
Result<Value> function(Call& call) {
  return make_text(call.budget, Function(*call.self.text()));
}

std::string swapped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
    end = character_end(text, at);
    const std::string_view character = text.substr(at, end - at);
    const std::string lower = lower_case(character);
    result += lower == character ? upper_case(character) : lower;
  }
  return result;
}

template <Side kSide>
Result<Value> strip(Call& call) {
  std::optional<std::string_view> characters;
  if (call.given(0)) {
    PTETOOL_ASSIGN(characters, call.text(0).map([](const std::string* text) { return std::string_view(*text); }));
  }
  PTETOOL_CHECK(call.budget.steps(call.self.text()->size() / 16));
  return make_text(call.budget, std::string(stripped(*call.self.text(), kSide, characters)));
}

Result<Value> list_of(Budget& budget, const std::vector<std::string_view>& parts,
                      SequenceKind kind = SequenceKind::List) {
  std::vector<Value> items;
  PTETOOL_CHECK(budget.bytes(64 * parts.size()));
  for (const std::string_view part : parts) {
    PTETOOL_ASSIGN(Value item, make_text(budget, std::string(part)));
    items.push_back(std::move(item));
  }
  return make_sequence(budget, kind, std::move(items));
}

template <auto Split>
Result<Value> split_by(Call& call) {
  std::optional<std::string_view> separator;
  if (call.given(0)) {
    PTETOOL_ASSIGN(const std::string* text, call.text(0));
    if (text->empty()) return type_error("the separator is empty");
    separator = *text;
  }
  PTETOOL_ASSIGN(const std::int64_t most, call.whole(1, -1));
  PTETOOL_CHECK(call.budget.bytes(call.self.text()->size() * sizeof(std::string_view)));
  return list_of(call.budget,
                 Split(*call.self.text(), separator, most < 0 ? SIZE_MAX : static_cast<std::size_t>(most)));
}

Result<Value> split_lines(Call& call) {
  const std::string& text = *call.self.text();
  PTETOOL_CHECK(call.budget.bytes(text.size() * sizeof(std::string_view)));
  std::vector<std::string_view> lines = lines_of(text);
  // Each line up to where the next one begins.
  for (std::size_t i = 0; call.flag(0) && i < lines.size(); ++i) {
    const char* end = i + 1 < lines.size() ? lines[i + 1].data() : text.data() + text.size();
    lines[i] = {lines[i].data(), static_cast<std::size_t>(end - lines[i].data())};
  }
  return list_of(call.budget, lines);
}

// The text before, the separator, the text behind; the separator is the first one or the last one.
template <bool kLast>
Result<Value> partition(Call& call) {
  const std::string_view text = *call.self.text();
  PTETOOL_ASSIGN(const std::string* separator, call.text(0));
  if (separator->empty()) return type_error("the separator is empty");
  const std::size_t at = kLast ? text.rfind(*separator) : text.find(*separator);
  std::vector<std::string_view> parts = {text, "", ""};
  if (at != std::string_view::npos) {
    parts = {text.substr(0, at), *separator, text.substr(at + separator->size())};
  } else if (kLast) {
    std::ranges::reverse(parts);
  }
  return list_of(call.budget, parts, SequenceKind::Tuple);
}

template <bool kPrefix>
Result<Value> remove(Call& call) {
  std::string_view text = *call.self.text();
  PTETOOL_ASSIGN(const std::string* part, call.text(0));
  if (kPrefix && text.starts_with(*part)) text.remove_prefix(part->size());
  if (!kPrefix && text.ends_with(*part)) text.remove_suffix(part->size());
  return make_text(call.budget, std::string(text));
}

template <Padding kSide>
Result<Value> pad(Call& call) {
  PTETOOL_ASSIGN(const std::int64_t width, call.whole(0));
  const std::string space = " ";
  const std::string* fill = &space;
  if (call.has(1)) {
    PTETOOL_ASSIGN(fill, call.text(1));
    if (character_count(*fill) != 1) return type_error("what fills up is one character");
  }
  return padded_text(call.budget, *call.self.text(), width, kSide, *fill);
}

Result<Value> fill_zeros(Call& call) {
  const std::string& text = *call.self.text();
  PTETOOL_ASSIGN(const std::int64_t width, call.whole(0));
  const bool sign = text.starts_with('-') || text.starts_with('+');
  PTETOOL_ASSIGN(const Value digits,
                 padded_text(call.budget, text.substr(sign ? 1 : 0), width - (sign ? 1 : 0), Padding::Left, "0"));
  return make_text(call.budget, (sign ? text.substr(0, 1) : "") + *digits.text());
}

Result<Value> replace(Call& call) {
  PTETOOL_ASSIGN(const std::string* old, call.text(0));
  PTETOOL_ASSIGN(const std::string* with, call.text(1));
  PTETOOL_ASSIGN(const std::int64_t most, call.whole(2, -1));
  return replaced_text(call.budget, *call.self.text(), *old, *with, most);
}

Result<Value> join(Call& call) {
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call[0]));
  std::string result;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string* text = items[i].text();
    if (!text)
      return type_error("only texts can be joined, not a value of the type " + std::string(type_name(items[i])));
    PTETOOL_CHECK(call.budget.bytes(text->size() + call.self.text()->size()));
    if (i != 0) result += *call.self.text();
    result += *text;
  }
  return make_text(call.budget, std::move(result));
}

// "{} {0} {name}": which argument stands where; how it is to look cannot be told.
Result<Value> format(Call& call) {
  const std::string_view text = *call.self.text();
  std::string result;
  std::size_t next = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool doubled = at + 1 < text.size() && text[at + 1] == c;
    if ((c != '{' && c != '}') || doubled) {
      result += c;
      at += c == '{' || c == '}' ? 2 : 1;
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (c == '}' || end == std::string_view::npos) return type_error("the format has a single brace");
    const std::string name(text.substr(at + 1, end - at - 1));
    const Value* value = nullptr;
    const bool digits = std::ranges::all_of(name, [](char digit) { return digit >= '0' && digit <= '9'; });
    if (digits && name.size() < 6) {
      const std::size_t index = name.empty() ? next++ : static_cast<std::size_t>(std::stoul(name));
      if (index < call.more.positional.size()) value = &call.more.positional[index];
    } else if (name.find_first_of("{.[!:") != std::string::npos) {
      return fail(ErrorCode::Unsupported, "str.format() is supported with plain fields only");
    }
    const auto found = std::ranges::find(call.more.named, name, &std::pair<std::string, Value>::first);
    if (!value && found != call.more.named.end()) value = &found->second;
    if (!value) return type_error("the format has no value for one of its fields");
    PTETOOL_ASSIGN(const std::string shown, str(call.budget, *value));
    result += shown;
    at = end + 1;
  }
  return make_text(call.budget, std::move(result));
}

constexpr std::array kMethods{
    Builtin{"capitalize", "", function<capitalized>},
    Builtin{"casefold", "", function<lower_case>},
    Builtin{"center", "width fill= /", pad<Padding::Both>},
    Builtin{"format", "* **", format},
    Builtin{"join", "iterable /", join},
    Builtin{"ljust", "width fill= /", pad<Padding::Right>},
    Builtin{"lower", "", function<lower_case>},
    Builtin{"lstrip", "chars= /", strip<Side::Left>},
    Builtin{"partition", "sep /", partition<false>},
    Builtin{"removeprefix", "prefix /", remove<true>},
    Builtin{"removesuffix", "suffix /", remove<false>},
    Builtin{"replace", "old new count= /", replace},
    Builtin{"rjust", "width fill= /", pad<Padding::Left>},
    Builtin{"rpartition", "sep /", partition<true>},
    Builtin{"rsplit", "sep= maxsplit=", split_by<split_from_right>},
    Builtin{"rstrip", "chars= /", strip<Side::Right>},
    Builtin{"split", "sep= maxsplit=", split_by<split>},
    Builtin{"splitlines", "keepends=", split_lines},
    Builtin{"strip", "chars= /", strip<Side::Both>},
    Builtin{"swapcase", "", function<swapped>},
    Builtin{"title", "", function<title_cased>},
    Builtin{"upper", "", function<upper_case>},
    Builtin{"zfill", "width /", fill_zeros},
};

}  // namespace

Builtins text_methods() { return kMethods; }

}  // namespace ptetool::llm::jinja
