// Looks for the next "{{", "{%" or "{#". A block alone in its line loses its indentation and its newline
// (lstrip_blocks, trim_blocks); '-' takes all white space away, '+' none.
#include "llm/jinja/lexer.h"

#include <algorithm>

#include "llm/jinja/python_text.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

namespace {

// All ends of lines as \n, and without the last one.
std::string prepared(std::string_view source) {
  std::string text = is_valid_utf8(source) ? std::string(source) : repaired_utf8(source);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    text[kept++] = text[i] == '\r' ? '\n' : text[i];
  }
  text.resize(kept);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) {
      const std::size_t tag = next_tag();
      const std::string_view text = source_.substr(at_, tag - at_);
      if (tag == source_.size()) {
        add_text(text);
        break;
      }
      const char kind = source_[tag + 1];
      char sign = tag + 2 < source_.size() ? source_[tag + 2] : ' ';
      if (sign != '-' && sign != '+') sign = ' ';
      add_text(stripped_before(text, sign, kind != '{'));
      line_ += newlines(text);
      at_ = tag + (sign == ' ' ? 2 : 3);
      PTETOOL_CHECK(read_tag(kind));
      line_begins_ = source_[at_ - 1] == '\n';
    }
    tokens_.push_back({TokenKind::End, line_});
    return std::move(tokens_);
  }

 private:
  static int newlines(std::string_view text) { return static_cast<int>(std::ranges::count(text, '\n')); }

  Failure malformed(std::string message) const {
    return fail(ErrorCode::Malformed, "", line_path(line_), std::move(message));
  }

  std::size_t next_tag() const {
    for (std::size_t at = at_; (at = source_.find('{', at)) + 1 < source_.size() && at != std::string_view::npos;
         ++at) {
      const char next = source_[at + 1];
      if (next == '{' || next == '%' || next == '#') return at;
    }
    return source_.size();
  }

  void add_text(std::string_view text) {
    if (!text.empty()) tokens_.push_back({TokenKind::Text, line_, std::string(text)});
  }

  // The text before a tag. A block that stands alone in its line takes its indentation with it.
  std::string_view stripped_before(std::string_view text, char sign, bool is_block) const {
    if (sign == '-') return stripped(text, Side::Right);
    if (sign == '+' || !is_block) return text;
    const std::size_t line = text.rfind('\n') + 1;  // 0 without a newline
    if (line == 0 && !line_begins_) return text;
    return stripped(text.substr(line), Side::Left).empty() ? text.substr(0, line) : text;
  }

  Result<> read_tag(char kind) {
    if (kind == '#') return read_comment();
    if (kind == '%') {
      if (const auto raw = raw_begin()) return read_raw(*raw);
    }
    tokens_.push_back({kind == '{' ? TokenKind::PrintBegin : TokenKind::TagBegin, line_});
    PTETOOL_ASSIGN(at_, tokenize_tag(source_, at_, kind == '{' ? "}}" : "%}", line_, tokens_));
    return {};
  }

  void move_to(std::size_t at) {
    line_ += newlines(source_.substr(at_, at - at_));
    at_ = at;
  }

  // Behind the end of a tag, and the white space that goes with it.
  std::size_t behind(std::size_t end, char sign) const {
    if (sign == '-') return skip_space(source_, end);
    return sign != '+' && end < source_.size() && source_[end] == '\n' ? end + 1 : end;
  }

  Result<> read_comment() {
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string_view::npos) return malformed("the comment has no end");
    move_to(behind(end + 2, end > at_ ? source_[end - 1] : ' '));
    return {};
  }

  // "raw" and the end of the tag, where that is what the tag at hand says.
  std::optional<std::size_t> raw_begin() const { return word_and_end(at_, "raw"); }

  // Behind "word %}" or "word -%}" from `at` on.
  std::optional<std::size_t> word_and_end(std::size_t at, std::string_view word) const {
    at = skip_space(source_, at);
    if (!source_.substr(at).starts_with(word)) return std::nullopt;
    at = skip_space(source_, at + word.size());
    const std::string_view rest = source_.substr(at);
    if (rest.starts_with("-%}")) return skip_space(source_, at + 3);
    if (rest.starts_with("%}")) return word == "raw" ? at + 2 : behind(at + 2, ' ');
    if (rest.starts_with("+%}") && word != "raw") return at + 3;
    return std::nullopt;
  }

  Result<> read_raw(std::size_t begin) {
    move_to(begin);
    for (std::size_t tag = begin; (tag = source_.find("{%", tag)) != std::string_view::npos; ++tag) {
      const char sign = tag + 2 < source_.size() ? source_[tag + 2] : ' ';
      const bool has_sign = sign == '-' || sign == '+';
      const auto end = word_and_end(tag + (has_sign ? 3 : 2), "endraw");
      if (!end) continue;
      line_begins_ = source_[begin - 1] == '\n';
      add_text(stripped_before(source_.substr(begin, tag - begin), has_sign ? sign : ' ', true));
      move_to(*end);
      return {};
    }
    return malformed("'raw' has no 'endraw'");
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_begins_ = true;  // nothing stands before at_ in its line
  std::vector<Token> tokens_;
};

}  // namespace

std::string line_path(int line) { return "line " + std::to_string(line); }

std::size_t skip_space(std::string_view source, std::size_t at) {
  while (at < source.size() && is_space(character_at(source, at).value)) at = character_end(source, at);
  return at;
}

Result<std::vector<Token>> tokenize(std::string_view source) { return Lexer(prepared(source)).run(); }

}  // namespace ptetool::llm::jinja
