// json.dumps().
#include <algorithm>
#include <array>

#include "llm/jinja/compare.h"
#include "llm/jinja/print.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

std::string escape(char32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(unit >> shift) & 15];
  return text;
}

std::string json_text(std::string_view text, bool ascii) {
  constexpr std::array<std::pair<char, std::string_view>, 7> kShort{
      {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'\f', "\\f"}, {'\b', "\\b"}}};
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const char32_t c = character.value;
    const auto found =
        std::ranges::find_if(kShort, [&](const auto& row) { return c == static_cast<char32_t>(row.first); });
    if (found != kShort.end()) {
      result += found->second;
    } else if (c < 0x20 || (ascii && c > 0x7e && c < 0x10000)) {
      result += escape(c);
    } else if (ascii && c >= 0x10000) {
      result += escape(0xd800 + ((c - 0x10000) >> 10)) + escape(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      result += text.substr(at, character.length);
    }
    at += character.length;
  }
  return result + '"';
}

class JsonPrinter {
 public:
  JsonPrinter(Budget& budget, const JsonStyle& style) : budget_(budget), style_(style) {}
  std::string take() { return std::move(text_); }

  Result<> print(const Value& value) {
    PTETOOL_CHECK(budget_.steps());
    if (const Sequence* sequence = value.sequence(); sequence && sequence->kind <= SequenceKind::Tuple) {
      return print_all('[', sequence->items.size(), ']', [&](std::size_t i) { return print(sequence->items[i]); });
    }
    if (const Dict* dict = value.dict()) return print_dict(*dict);
    if (const std::string* text = value.text()) return write(json_text(*text, style_.ascii));
    const auto scalar = scalar_text(value);
    if (!scalar)
      return type_error("a value of the type " + std::string(type_name(value)) + " is nothing that JSON has");
    return write(*scalar);
  }

 private:
  static std::optional<std::string> scalar_text(const Value& value) {
    if (value.is_none()) return "null";
    if (const auto* flag = std::get_if<bool>(&value.storage())) return *flag ? "true" : "false";
    if (const auto whole = value.whole()) return std::to_string(*whole);
    const auto number = value.number();
    if (!number) return std::nullopt;
    const std::string text = float_text(*number);
    return text == "inf" ? "Infinity" : text == "-inf" ? "-Infinity" : text == "nan" ? "NaN" : text;
  }

  Result<> write(std::string_view text) {
    PTETOOL_CHECK(budget_.bytes(text.size()));
    text_ += text;
    return {};
  }

  Result<> new_line() {
    if (!style_.indent) return {};
    PTETOOL_CHECK(budget_.bytes(1 + style_.indent->size() * level_));
    text_ += '\n';
    for (std::size_t i = 0; i < level_; ++i) text_ += *style_.indent;
    return {};
  }

  template <class Print>
  Result<> print_all(char open, std::size_t count, char close, const Print& print_item) {
    text_ += open;
    ++level_;
    for (std::size_t i = 0; i < count; ++i) {
      if (i != 0) PTETOOL_CHECK(write(style_.between));
      PTETOOL_CHECK(new_line());
      PTETOOL_CHECK(print_item(i));
    }
    --level_;
    if (count != 0) PTETOOL_CHECK(new_line());
    text_ += close;
    return {};
  }

  Result<> print_dict(const Dict& dict) {
    std::vector<const Dict::Entry*> entries;
    for (const Dict::Entry& entry : dict.entries) entries.push_back(&entry);
    if (style_.sorted) {
      Result<> problem;
      std::ranges::stable_sort(entries, [&](const Dict::Entry* a, const Dict::Entry* b) {
        const auto first = problem ? less(budget_, a->first, b->first) : Result<bool>(false);
        if (!first) problem = Failure(first.error());
        return first && *first;
      });
      PTETOOL_CHECK(problem);
    }
    return print_all('{', entries.size(), '}', [&](std::size_t i) -> Result<> {
      const auto& [key, value] = *entries[i];
      const auto scalar = key.text() ? key.text()[0] : scalar_text(key);
      if (!scalar)
        return type_error("the keys of JSON are texts, not values of the type " + std::string(type_name(key)));
      PTETOOL_CHECK(write(json_text(*scalar, style_.ascii)));
      PTETOOL_CHECK(write(style_.colon));
      return print(value);
    });
  }

  Budget& budget_;
  const JsonStyle& style_;
  std::string text_;
  std::size_t level_ = 0;
};

}  // namespace

Result<std::string> to_json(Budget& budget, const Value& value, const JsonStyle& style) {
  JsonPrinter printer(budget, style);
  PTETOOL_CHECK(printer.print(value));
  return printer.take();
}

}  // namespace ptetool::llm::jinja
