// Methods of texts that look for something.
#include <algorithm>
#include <array>

#include "llm/jinja/builtin.h"
#include "llm/jinja/python_text.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

// The part of a text that arguments 1 and 2 bound, as slices do.
struct Part {
  std::string_view text;
  std::int64_t begin;  // characters before it; -1: it begins behind the end, where not even nothing is found
};

Result<Part> part_of(const Call& call) {
  const std::string_view text = *call.self.text();
  PTETOOL_CHECK(call.budget.steps(text.size() / 16));
  const auto length = static_cast<std::int64_t>(character_count(text));
  std::int64_t begin = 0, end = length;
  if (call.given(1)) {
    PTETOOL_ASSIGN(begin, call.whole(1));
  }
  if (call.given(2)) {
    PTETOOL_ASSIGN(end, call.whole(2));
  }
  const auto place = [&](std::int64_t at) {
    return at < 0 ? std::max<std::int64_t>(at < -length ? 0 : at + length, 0) : at;
  };
  begin = place(begin);
  end = std::min(place(end), length);
  if (begin > end) return Part{{}, -1};
  const std::size_t first = character_offset(text, static_cast<std::size_t>(begin));
  const std::string_view rest = text.substr(first);
  return Part{rest.substr(0, character_offset(rest, static_cast<std::size_t>(end - begin))), begin};
}

// The number of the character where it is found, -1 where it is not.
Result<std::int64_t> position(const Call& call, bool last) {
  PTETOOL_ASSIGN(const Part part, part_of(call));
  PTETOOL_ASSIGN(const std::string* wanted, call.text(0));
  if (part.begin < 0) return -1;
  const std::size_t at = last ? part.text.rfind(*wanted) : part.text.find(*wanted);
  if (at == std::string_view::npos) return -1;
  return part.begin + static_cast<std::int64_t>(character_count(part.text.substr(0, at)));
}

template <bool kLast>
Result<Value> find(Call& call) {
  PTETOOL_ASSIGN(const std::int64_t at, position(call, kLast));
  return as_value(at);
}

template <bool kLast>
Result<Value> index(Call& call) {
  PTETOOL_ASSIGN(const std::int64_t at, position(call, kLast));
  if (at < 0) return type_error("what is looked for is not in the text");
  return as_value(at);
}

Result<Value> count(Call& call) {
  PTETOOL_ASSIGN(const Part part, part_of(call));
  PTETOOL_ASSIGN(const std::string* wanted, call.text(0));
  if (part.begin < 0) return as_value(std::int64_t{0});
  if (wanted->empty()) return as_value(static_cast<std::int64_t>(character_count(part.text)) + 1);
  return as_value(static_cast<std::int64_t>(split(part.text, *wanted).size()) - 1);
}

// Begins or ends it with a text, or with one of several?
template <bool kBegin>
Result<Value> with(Call& call) {
  PTETOOL_ASSIGN(const Part part, part_of(call));
  std::vector<Value> wanted = {call[0]};
  if (const Sequence* several = call[0].sequence(); several && several->kind == SequenceKind::Tuple) {
    wanted = several->items;
  }
  bool found = false;
  for (const Value& each : wanted) {
    if (!each.text()) return type_error("a text is needed, not a value of the type " + std::string(type_name(each)));
    found = found ||
            (part.begin >= 0 && (kBegin ? part.text.starts_with(*each.text()) : part.text.ends_with(*each.text())));
  }
  return as_value(found);
}

// Is there a character, and are all of them of a kind?
template <bool (*kIs)(char32_t)>
Result<Value> all(Call& call) {
  const std::string_view text = *call.self.text();
  PTETOOL_CHECK(call.budget.steps(text.size() / 16));
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!kIs(character.value)) return as_value(false);
    at += character.length;
  }
  return as_value(!text.empty());
}

bool is_alphanumeric(char32_t c) { return is_letter(c) || is_numeric(c); }
bool is_decimal(char32_t c) { return is_numeric(c) && is_word_character(c) && !is_letter(c); }

Result<Value> is_ascii(Call& call) {
  return as_value(std::ranges::all_of(*call.self.text(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

// All letters that have two forms have this one, and there is one.
template <bool kLower>
Result<Value> is_case(Call& call) {
  const std::string& text = *call.self.text();
  const std::string lower = lower_case(text);
  const std::string upper = upper_case(text);
  return as_value(lower != upper && text == (kLower ? lower : upper));
}

constexpr std::array kMethods{
    Builtin{"count", "sub start= end= /", count},
    Builtin{"endswith", "suffix start= end= /", with<false>},
    Builtin{"find", "sub start= end= /", find<false>},
    Builtin{"index", "sub start= end= /", index<false>},
    Builtin{"isalnum", "", all<is_alphanumeric>},
    Builtin{"isalpha", "", all<is_letter>},
    Builtin{"isascii", "", is_ascii},
    Builtin{"isdecimal", "", all<is_decimal>},
    Builtin{"isdigit", "", all<is_decimal>},
    Builtin{"islower", "", is_case<true>},
    Builtin{"isnumeric", "", all<is_numeric>},
    Builtin{"isspace", "", all<is_space>},
    Builtin{"isupper", "", is_case<false>},
    Builtin{"rfind", "sub start= end= /", find<true>},
    Builtin{"rindex", "sub start= end= /", index<true>},
    Builtin{"startswith", "prefix start= end= /", with<true>},
};

}  // namespace

Builtins text_search_methods() { return kMethods; }

}  // namespace ptetool::llm::jinja
