// Python's str() and repr().
#include "llm/jinja/print.h"

#include <array>
#include <charconv>
#include <cmath>

#include "llm/jinja/builtin.h"
#include "llm/jinja/loop.h"
#include "llm/jinja/python_text.h"
#include "llm/jinja/syntax.h"
#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

std::string hex_digits(char32_t value, std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

// Writes into one text; what it may become is bounded before it grows.
class Printer {
 public:
  explicit Printer(Budget& budget) : budget_(budget) {}
  std::string take() { return std::move(text_); }

  Result<> print(const Value& value) {
    PTETOOL_CHECK(budget_.steps());
    const Budget::Level level(budget_);
    PTETOOL_CHECK(level.check());
    if (const std::string* text = value.text()) return write(quoted_text(*text));
    if (const Sequence* sequence = value.sequence()) return print_sequence(*sequence);
    if (const Dict* dict = value.dict()) return print_entries("{", dict->entries, "}");
    if (const Namespace* space = value.name_space()) {
      std::vector<Dict::Entry> entries;
      for (const auto& [name, each] : space->attributes) {
        entries.emplace_back(Value::Storage(std::make_shared<const std::string>(name)), each);
      }
      return print_entries("<Namespace {", entries, "}>");
    }
    return write(scalar(value));
  }

 private:
  static std::string scalar(const Value& value) {
    if (value.is_none()) return "None";
    if (const auto* flag = std::get_if<bool>(&value.storage())) return *flag ? "True" : "False";
    if (const auto number = value.whole()) return std::to_string(*number);
    if (const auto number = value.number()) return float_text(*number);
    if (const Callable* callable = value.callable(); callable && callable->macro) {
      return "<Macro " + quoted_text(callable->macro->name) + ">";
    }
    return value.is_undefined() ? "Undefined" : "<" + std::string(type_name(value)) + ">";
  }

  Result<> write(std::string_view text) {
    PTETOOL_CHECK(budget_.bytes(text.size()));
    text_ += text;
    return {};
  }

  Result<> print_sequence(const Sequence& sequence) {
    struct Brackets {
      std::string_view open, close;
    };
    constexpr std::array<Brackets, 6> kBrackets{{{"[", "]"},
                                                 {"(", ")"},
                                                 {"range(", ")"},
                                                 {"dict_keys([", "])"},
                                                 {"dict_values([", "])"},
                                                 {"dict_items([", "])"}}};
    const Brackets& brackets = kBrackets[static_cast<std::size_t>(sequence.kind)];
    PTETOOL_CHECK(write(brackets.open));
    if (sequence.kind == SequenceKind::Range) {
      PTETOOL_CHECK(write(range_text(sequence)));
    } else {
      for (std::size_t i = 0; i < sequence.items.size(); ++i) {
        if (i != 0) PTETOOL_CHECK(write(", "));
        PTETOOL_CHECK(print(sequence.items[i]));
      }
      if (sequence.kind == SequenceKind::Tuple && sequence.items.size() == 1) PTETOOL_CHECK(write(","));
    }
    return write(brackets.close);
  }

  // Ranges are kept as their numbers; of empty ones nothing else is known.
  static std::string range_text(const Sequence& range) {
    if (range.items.empty()) return "0, 0";
    const std::int64_t first = *range.items.front().whole();
    const std::int64_t step = range.items.size() > 1 ? *range.items[1].whole() - first : 1;
    const std::string end = std::to_string(*range.items.back().whole() + step);
    return std::to_string(first) + ", " + end + (step == 1 ? "" : ", " + std::to_string(step));
  }

  Result<> print_entries(std::string_view open, std::span<const Dict::Entry> entries, std::string_view close) {
    PTETOOL_CHECK(write(open));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i != 0) PTETOOL_CHECK(write(", "));
      PTETOOL_CHECK(print(entries[i].first));
      PTETOOL_CHECK(write(": "));
      PTETOOL_CHECK(print(entries[i].second));
    }
    return write(close);
  }

  Budget& budget_;
  std::string text_;
};

}  // namespace

std::string quoted_text(std::string_view text) {
  // Python takes the other quotation marks where that saves escaping.
  const bool doubled = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char mark = doubled ? '"' : '\'';
  std::string result(1, mark);
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const char32_t c = character.value;
    if (c == U'\n' || c == U'\r' || c == U'\t') {
      result += c == U'\n' ? "\\n" : c == U'\r' ? "\\r" : "\\t";
    } else if (c == U'\\' || c == static_cast<char32_t>(mark)) {
      result += '\\';
      result += static_cast<char>(c);
    } else if (is_other(c) || (c != U' ' && is_white_space(c))) {
      result += c < 0x100     ? "\\x" + hex_digits(c, 2)
                : c < 0x10000 ? "\\u" + hex_digits(c, 4)
                              : "\\U" + hex_digits(c, 8);
    } else {
      result += text.substr(at, character.length);
    }
    at += character.length;
  }
  return result + mark;
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::array<char, 32> buffer;
  const double size = std::fabs(number);
  const bool exponent = size != 0 && (size >= 1e16 || size < 1e-4);
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                 exponent ? std::chars_format::scientific : std::chars_format::fixed);
  std::string text(buffer.data(), end.ptr);
  if (!exponent && text.find('.') == std::string::npos) text += ".0";
  return text;
}

Result<std::string> repr(Budget& budget, const Value& value) {
  Printer printer(budget);
  PTETOOL_CHECK(printer.print(value));
  return printer.take();
}

Result<std::string> str(Budget& budget, const Value& value) {
  if (value.is_undefined()) return std::string();
  if (const std::string* text = value.text()) {
    PTETOOL_CHECK(budget.bytes(text->size()));
    return *text;
  }
  return repr(budget, value);
}

}  // namespace ptetool::llm::jinja
