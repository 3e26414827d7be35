// Names, numbers, strings and signs inside of a tag.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "llm/jinja/lexer.h"
#include "llm/jinja/python_text.h"
#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

// Longer ones first.
constexpr std::array<std::string_view, 26> kSigns{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                  "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                  ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class TagLexer {
 public:
  TagLexer(std::string_view source, std::size_t at, std::string_view closing, int& line, std::vector<Token>& tokens)
      : source_(source), at_(at), closing_(closing), line_(line), tokens_(tokens) {}

  Result<std::size_t> run() {
    while (at_ < source_.size()) {
      if (brackets_.empty()) {
        if (const auto end = closing_end()) {
          tokens_.push_back({closing_ == "}}" ? TokenKind::PrintEnd : TokenKind::TagEnd, line_});
          move_to(*end);
          return at_;
        }
      }
      if (const std::size_t end = skip_space(source_, at_); end != at_) {
        move_to(end);
      } else {
        PTETOOL_CHECK(read_token());
      }
    }
    return at_;  // the parser misses what is missing
  }

 private:
  std::string_view rest() const { return source_.substr(at_); }
  char next(std::size_t ahead) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  Failure malformed(std::string message) const {
    return fail(ErrorCode::Malformed, "", line_path(line_), std::move(message));
  }

  void move_to(std::size_t end) {
    line_ += static_cast<int>(std::ranges::count(source_.substr(at_, end - at_), '\n'));
    at_ = end;
  }

  std::optional<std::size_t> closing_end() const {
    if (rest().starts_with("-" + std::string(closing_))) return skip_space(source_, at_ + 3);
    if (closing_ == "%}" && rest().starts_with("+%}")) return at_ + 3;
    if (!rest().starts_with(closing_)) return std::nullopt;
    return at_ + (closing_ == "%}" && next(2) == '\n' ? 3 : 2);
  }

  Result<> read_token() {
    const char c = source_[at_];
    if (is_digit(c)) return read_number();
    if (c == '\'' || c == '"') return read_string(c);
    std::size_t end = at_;
    while (end < source_.size() && is_word_character(character_at(source_, end).value)) {
      end = character_end(source_, end);
    }
    if (end != at_) {
      tokens_.push_back({TokenKind::Name, line_, std::string(source_.substr(at_, end - at_))});
      at_ = end;
      return {};
    }
    return read_sign();
  }

  Result<> read_sign() {
    const auto found = std::ranges::find_if(kSigns, [&](std::string_view sign) { return rest().starts_with(sign); });
    if (found == kSigns.end()) {
      return malformed("unexpected character " + quoted(source_.substr(at_, character_end(source_, at_) - at_)));
    }
    const char c = found->front();
    if (c == '(' || c == '[' || c == '{') brackets_ += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (c == ')' || c == ']' || c == '}') {
      if (brackets_.empty() || brackets_.back() != c) return malformed("unexpected " + quoted(*found));
      brackets_.pop_back();
    }
    tokens_.push_back({TokenKind::Operator, line_, std::string(*found)});
    at_ += found->size();
    return {};
  }

  // Digits of a base, single underscores between them, from `ahead` on; the position behind them.
  template <class IsDigit>
  std::size_t digits_end(std::size_t ahead, const IsDigit& is) const {
    for (; is(next(ahead)) || (next(ahead) == '_' && is(next(ahead + 1))); ++ahead) {
    }
    return ahead;
  }

  Result<> read_number() {
    const char kind = static_cast<char>(next(1) | 0x20);
    const int base = next(0) != '0' ? 10 : kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    const auto of_base = [&](char c) {
      const char lower = static_cast<char>(c | 0x20);
      return base == 16 ? is_digit(c) || (lower >= 'a' && lower <= 'f') : c >= '0' && c < '0' + base;
    };
    if (base != 10 && digits_end(2, of_base) > 2) return add_whole(2, digits_end(2, of_base), base);
    std::size_t end = digits_end(0, is_digit);
    bool real = false;
    // 'x.1.2' are two subscripts.
    const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
    if (!after_dot && next(end) == '.' && is_digit(next(end + 1))) {
      real = true;
      end = digits_end(end + 1, is_digit);
    }
    if (!after_dot && (next(end) | 0x20) == 'e') {
      const std::size_t digits = end + (next(end + 1) == '+' || next(end + 1) == '-' ? 2 : 1);
      if (is_digit(next(digits))) {
        real = true;
        end = digits_end(digits, is_digit);
      }
    }
    if (real) return add_real(end);
    // No leading zeros: 012 is 0 and 12.
    if (next(0) == '0') end = digits_end(0, [](char c) { return c == '0'; });
    return add_whole(0, end, 10);
  }

  std::string digits(std::size_t begin, std::size_t end) const {
    std::string text(source_.substr(at_ + begin, end - begin));
    std::erase(text, '_');
    return text;
  }

  Result<> add_whole(std::size_t begin, std::size_t end, int base) {
    const std::string text = digits(begin, end);
    Token token{TokenKind::Whole, line_};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), token.whole, base);
    if (error != std::errc() || stop != text.data() + text.size()) return malformed("the number is too large");
    tokens_.push_back(std::move(token));
    at_ += end;
    return {};
  }

  Result<> add_real(std::size_t end) {
    const std::string text = digits(0, end);
    Token token{TokenKind::Real, line_};
    std::from_chars(text.data(), text.data() + text.size(), token.real);
    tokens_.push_back(std::move(token));
    at_ += end;
    return {};
  }

  Result<> read_string(char mark) {
    Token token{TokenKind::String, line_};
    std::size_t at = at_ + 1;
    while (at < source_.size() && source_[at] != mark) {
      if (source_[at] != '\\') {
        token.text += source_[at++];
      } else {
        PTETOOL_ASSIGN(at, read_escape(at + 1, token.text));
      }
    }
    if (at >= source_.size()) return malformed("the string has no end");
    move_to(at + 1);
    tokens_.push_back(std::move(token));
    return {};
  }

  // Behind the backslash; the position behind the escape.
  Result<std::size_t> read_escape(std::size_t at, std::string& text) const {
    if (at >= source_.size()) return at;
    constexpr std::string_view kLetters = "abfnrtv\\'\"";
    constexpr std::string_view kMeaning = "\a\b\f\n\r\t\v\\'\"";
    const char c = source_[at];
    if (const std::size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      text += kMeaning[letter];
      return at + 1;
    }
    if (c == '\n') return at + 1;
    if (c >= '0' && c <= '7') return read_code(at, 1, 3, 8, text);
    if (c == 'x') return read_code(at + 1, 2, 2, 16, text);
    if (c == 'u') return read_code(at + 1, 4, 4, 16, text);
    if (c == 'U') return read_code(at + 1, 8, 8, 16, text);
    if (c == 'N') return malformed("characters cannot be given by name");
    text += '\\';  // Python leaves what it does not know
    return at;
  }

  Result<std::size_t> read_code(std::size_t at, std::size_t least, std::size_t most, int base,
                                std::string& text) const {
    std::uint32_t code = 0;
    const std::string_view digits = source_.substr(at, most);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
    const auto count = static_cast<std::size_t>(stop - digits.data());
    if (error != std::errc() || count < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      return malformed("the string has an escape that is no character");
    }
    append_character(text, code);
    return at + count;
  }

  std::string_view source_;
  std::size_t at_;
  std::string_view closing_;
  int& line_;
  std::vector<Token>& tokens_;
  std::string brackets_;  // the closing ones that are due
};

}  // namespace

Result<std::size_t> tokenize_tag(std::string_view source, std::size_t at, std::string_view closing, int& line,
                                 std::vector<Token>& tokens) {
  return TagLexer(source, at, closing, line, tokens).run();
}

}  // namespace ptetool::llm::jinja
