// Where the engines differ on patterns that tokenizers use: what counts as white space and as a word, \u escapes, and
// constructs that look alike but are not.
#include "llm/regex_dialect.h"

#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// PCRE2's \s has U+180E, which Unicode took out of White_Space.
constexpr std::string_view kSpaces =
    R"(\t-\r\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
// PCRE2's \w lacks marks and connectors.
constexpr std::string_view kWords = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
constexpr std::string_view kJoiners = R"(\x{200c}\x{200d})";
// Oniguruma counts the numbers of Latin-1 to words, but no other superscripts and fractions.
constexpr std::string_view kLatinNumbers = R"(\x{b2}\x{b3}\x{b9}\x{bc}-\x{be})";

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Translation {
 public:
  Translation(std::string_view pattern, RegexDialect dialect) : pattern_(pattern), dialect_(dialect) {}

  Result<std::string> run() {
    while (at_ < pattern_.size()) {
      if (peek() == '\\') {
        PTETOOL_CHECK(escape());
      } else if (in_class_) {
        PTETOOL_CHECK(class_character());
      } else {
        PTETOOL_CHECK(character());
      }
    }
    return std::move(result_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }
  void copy(std::size_t count) {
    result_ += pattern_.substr(at_, count);
    at_ += count;
  }
  Failure refused(std::string_view what) const {
    return fail(ErrorCode::Unsupported, "the regular expression " + quoted(pattern_) + " has " + std::string(what) +
                                            ", which is not supported");
  }

  Result<> escape() {
    const char kind = peek(1);
    first_in_class_ = false;
    switch (kind) {
      case 's': set(kSpaces, false); return {};
      case 'w': set(words(), false); return {};
      case 'S':
      case 'W':
        if (in_class_) {
          copy(2);
        } else {
          set(kind == 'S' ? std::string(kSpaces) : words(), true);
        }
        return {};
      case 'h':
      case 'H': return refused("\\h");
      case 'p':
      case 'P': {
        const std::size_t close = pattern_.find('}', at_);
        copy(peek(2) == '{' && close != std::string_view::npos ? close + 1 - at_ : 2);
        return {};
      }
      case 'u':
        if (is_hex(peek(2)) && is_hex(peek(3)) && is_hex(peek(4)) && is_hex(peek(5))) {
          result_ += "\\x{" + std::string(pattern_.substr(at_ + 2, 4)) + "}";
          at_ += 6;
          return {};
        }
        return refused("\\u without four digits");
      default: copy(2); return {};
    }
  }

  std::string words() const {
    return std::string(kWords) + std::string(dialect_ == RegexDialect::Rust ? kJoiners : kLatinNumbers);
  }

  void set(std::string_view members, bool negated) {
    if (!in_class_) result_ += negated ? "[^" : "[";
    result_ += members;
    if (!in_class_) result_ += ']';
    at_ += 2;
  }

  Result<> class_character() {
    if (peek() == ']' && !first_in_class_) in_class_ = false;
    // Other engines read a set inside the set here, PCRE2 a bracket.
    if (peek() == '[' && peek(1) != ':') return refused("a set inside a set");
    if (peek() == '&' && peek(1) == '&') return refused("an intersection of sets");
    first_in_class_ = false;
    copy(peek() == '[' ? 2 : 1);
    return {};
  }

  Result<> character() {
    if (peek() == '[') {
      in_class_ = first_in_class_ = true;
      copy(peek(1) == '^' ? 2 : 1);
      return {};
    }
    if (dialect_ == RegexDialect::Oniguruma) {
      // Oniguruma repeats the repetition.
      if (peek() == '}' && peek(1) == '+') return refused("'+' behind a repetition in braces");
      if (peek() == '(' && peek(1) == '?') {
        std::size_t ahead = 2;
        while ((peek(ahead) >= 'a' && peek(ahead) <= 'z') || peek(ahead) == '-') {
          if (peek(ahead++) == 'm') return refused("the option m");
        }
      }
    }
    copy(1);
    return {};
  }

  std::string_view pattern_;
  RegexDialect dialect_;
  std::size_t at_ = 0;
  bool in_class_ = false;
  bool first_in_class_ = false;
  std::string result_;
};

}  // namespace

Result<std::string> translated_regex(std::string_view pattern, RegexDialect dialect) {
  return Translation(pattern, dialect).run();
}

}  // namespace ptetool::llm
