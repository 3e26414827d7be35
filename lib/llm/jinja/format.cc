// "%s: %5.2f" % arguments.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "llm/jinja/compare.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/print.h"
#include "llm/jinja/python_text.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

// Wider than anything that anyone prints.
constexpr std::int64_t kMostDigits = 1000;

struct Directive {
  bool left = false, sign = false, space = false, zeros = false, alternate = false;
  std::int64_t width = 0;
  std::optional<std::int64_t> precision = {};
  char kind = 's';
};

class Formatter {
 public:
  Formatter(Budget& budget, std::string_view format, const Value& arguments)
      : budget_(budget), format_(format), named_(arguments.dict()) {
    const Sequence* sequence = arguments.sequence();
    if (sequence && sequence->kind == SequenceKind::Tuple) {
      arguments_ = sequence->items;
    } else {
      arguments_ = {arguments};
      // What can be subscripted is not missed where nothing takes it.
      may_stay_ = named_ || arguments.is_undefined() || sequence;
    }
  }

  Result<std::string> run() {
    while (at_ < format_.size()) {
      const std::size_t mark = std::min(format_.find('%', at_), format_.size());
      PTETOOL_CHECK(write(format_.substr(at_, mark - at_)));
      at_ = mark;
      if (at_ < format_.size()) PTETOOL_CHECK(format_one());
    }
    if (next_ < arguments_.size() && !may_stay_) return type_error("not all arguments of '%' are used");
    return std::move(text_);
  }

 private:
  char current() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  Result<> write(std::string_view text) {
    PTETOOL_CHECK(budget_.bytes(text.size()));
    text_ += text;
    return {};
  }

  Result<Value> argument() {
    if (next_ >= arguments_.size()) return type_error("'%' has too few arguments");
    may_stay_ = false;
    return arguments_[next_++];
  }

  Result<std::int64_t> number() {
    if (current() == '*') {
      ++at_;
      PTETOOL_ASSIGN(const Value value, argument());
      if (!value.whole()) return type_error("'*' in a format needs a whole number");
      if (std::abs(*value.whole()) > kMostDigits) return fail(ErrorCode::Limit, "the format is too wide");
      return *value.whole();
    }
    std::int64_t result = 0;
    for (; current() >= '0' && current() <= '9'; ++at_) {
      result = result * 10 + (current() - '0');
      if (result > kMostDigits) return fail(ErrorCode::Limit, "the format is too wide");
    }
    return result;
  }

  Result<std::optional<Value>> named() {
    if (current() != '(') return std::nullopt;
    const std::size_t end = format_.find(')', at_);
    if (end == std::string_view::npos) return type_error("the format has an incomplete name");
    if (!named_) return type_error("the format needs a dictionary");
    PTETOOL_ASSIGN(const Value name, make_text(budget_, std::string(format_.substr(at_ + 1, end - at_ - 1))));
    PTETOOL_ASSIGN(const auto found, find_entry(budget_, named_->entries, name));
    if (!found) return type_error("the dictionary has nothing that the format names");
    at_ = end + 1;
    may_stay_ = true;
    return named_->entries[*found].second;
  }

  Result<> format_one() {
    ++at_;
    PTETOOL_ASSIGN(std::optional<Value> value, named());
    Directive directive;
    for (bool flags = true; flags;) {
      switch (current()) {
        case '-': directive.left = true; break;
        case '+': directive.sign = true; break;
        case ' ': directive.space = true; break;
        case '0': directive.zeros = true; break;
        case '#': directive.alternate = true; break;
        default: flags = false;
      }
      if (flags) ++at_;
    }
    PTETOOL_ASSIGN(directive.width, number());
    if (directive.width < 0) directive.left = true;
    directive.width = std::abs(directive.width);
    if (current() == '.') {
      ++at_;
      PTETOOL_ASSIGN(const std::int64_t precision, number());
      directive.precision = std::max<std::int64_t>(precision, 0);
    }
    directive.kind = current();
    ++at_;
    if (directive.kind == '%') return write("%");
    if (!value) {
      PTETOOL_ASSIGN(value, argument());
    }
    PTETOOL_ASSIGN(const std::string text, formatted(*value, directive));
    return write_padded(text, directive);
  }

  Result<std::string> formatted(const Value& value, const Directive& directive) {
    const std::string_view kinds = "sradiuxXofFeEgGc";
    if (kinds.find(directive.kind) == std::string_view::npos || directive.kind == '\0') {
      return type_error("the format has an unknown kind of value");
    }
    if (directive.kind == 's' || directive.kind == 'r' || directive.kind == 'a') {
      PTETOOL_ASSIGN(std::string text, directive.kind == 's' ? str(budget_, value) : repr(budget_, value));
      if (directive.precision) text.resize(character_offset(text, static_cast<std::size_t>(*directive.precision)));
      return text;
    }
    if (directive.kind == 'c') return character(value);
    if (value.is_undefined()) return undefined_error(value);
    const auto real = value.number();
    if (!real) return type_error("the format needs a number, not a value of the type " + std::string(type_name(value)));
    if (std::string_view("diuxXo").find(directive.kind) != std::string_view::npos) {
      return whole_text(value, *real, directive);
    }
    const auto precision = static_cast<int>(directive.precision.value_or(6));
    std::string text = fmt::format(
        fmt::runtime(fmt::format("{{:{}.{}{}}}", directive.alternate ? "#" : "", precision, directive.kind)),
        std::fabs(*real));
    return signed_text(std::signbit(*real), std::move(text), directive);
  }

  static Result<std::string> character(const Value& value) {
    const std::string* text = value.text();
    if (text && character_count(*text) == 1) return *text;
    const auto code = value.whole();
    if (!code || *code < 0 || *code > 0x10ffff) return type_error("the format needs one character");
    std::string result;
    append_character(result, static_cast<char32_t>(*code));
    return result;
  }

  static Result<std::string> whole_text(const Value& value, double real, const Directive& directive) {
    auto number = value.whole();
    const bool decimal = std::string_view("diu").find(directive.kind) != std::string_view::npos;
    if (!number && !decimal) return type_error("the format needs a whole number");
    if (!number) {
      if (!(std::fabs(real) < 0x1p63)) return fail(ErrorCode::Limit, "a whole number becomes too large");
      number = static_cast<std::int64_t>(real);
    }
    const std::uint64_t size =
        *number < 0 ? 0 - static_cast<std::uint64_t>(*number) : static_cast<std::uint64_t>(*number);
    std::string text = decimal                 ? std::to_string(size)
                       : directive.kind == 'o' ? fmt::format("{:o}", size)
                       : directive.kind == 'x' ? fmt::format("{:x}", size)
                                               : fmt::format("{:X}", size);
    const auto digits = static_cast<std::size_t>(directive.precision.value_or(0));
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
    if (directive.alternate && !decimal) text.insert(0, std::string("0") + directive.kind);
    return signed_text(*number < 0, std::move(text), directive);
  }

  static std::string signed_text(bool negative, std::string text, const Directive& directive) {
    const std::string_view sign = negative ? "-" : directive.sign ? "+" : directive.space ? " " : "";
    const auto width = static_cast<std::size_t>(directive.width);
    if (directive.zeros && !directive.left && text.size() + sign.size() < width) {
      const bool prefixed = directive.alternate && text.size() > 1 && text[0] == '0' && (text[1] | 0x20) >= 'o';
      text.insert(prefixed ? 2 : 0, width - text.size() - sign.size(), '0');
    }
    return std::string(sign) + text;
  }

  Result<> write_padded(std::string_view text, const Directive& directive) {
    const std::size_t count = character_count(text);
    const auto width = static_cast<std::size_t>(directive.width);
    const std::string padding(width > count ? width - count : 0, ' ');
    if (!directive.left) PTETOOL_CHECK(write(padding));
    PTETOOL_CHECK(write(text));
    return directive.left ? write(padding) : Result<>();
  }

  Budget& budget_;
  std::string_view format_;
  std::size_t at_ = 0;
  std::vector<Value> arguments_;
  const Dict* named_;
  std::size_t next_ = 0;
  bool may_stay_ = false;
  std::string text_;
};

}  // namespace

Result<Value> percent_format(Budget& budget, std::string_view format, const Value& arguments) {
  PTETOOL_ASSIGN(std::string text, Formatter(budget, format, arguments).run());
  return make_text(budget, std::move(text));
}

}  // namespace ptetool::llm::jinja
