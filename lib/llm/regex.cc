// PCRE2 behind the interface, with limits on what an expression may cost.
#include "llm/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>

#include "llm/regex_dialect.h"
#include "llm/utf8.h"
#include "ptetool/base/bytes.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// The longest of real tokenizers has some 500 bytes.
constexpr std::size_t kMaxPattern = 1 << 16;
// Steps of backtracking in one search, some tenths of a second; a word takes dozens.
constexpr std::uint32_t kMatchLimit = 20'000'000;
constexpr std::uint32_t kHeapKib = 64 << 10;
constexpr std::size_t kFirstStack = 32 << 10;
constexpr std::size_t kLargestStack = 8 << 20;

std::string error_text(int code) {
  std::array<PCRE2_UCHAR, 160> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  std::string message;
  for (std::size_t i = 0; i < text.size() && text[i] != 0; ++i) message += static_cast<char>(text[i]);
  return message;
}

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};

}  // namespace

struct Regex::Code {
  std::unique_ptr<pcre2_code, Release<pcre2_code, pcre2_code_free>> code;
  bool fast = false;
};

Result<Regex> Regex::compile(std::string_view pattern, RegexDialect dialect) {
  if (pattern.size() > kMaxPattern) return fail(ErrorCode::Limit, "a regular expression is longer than 64 KiB");
  PTETOOL_ASSIGN(const std::string translated, translated_regex(pattern, dialect));
  std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  if (dialect == RegexDialect::Oniguruma) options |= PCRE2_MULTILINE;
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_shared<Code>();
  code->code.reset(pcre2_compile(bytes_of(translated).data(), translated.size(), options, &error, &offset, nullptr));
  if (!code->code) {
    return fail(ErrorCode::Unsupported,
                "the regular expression " + quoted(pattern) + " cannot be compiled: " + error_text(error));
  }
  code->fast = pcre2_jit_compile(code->code.get(), PCRE2_JIT_COMPLETE) == 0;
  Regex regex;
  regex.code_ = std::move(code);
  return regex;
}

struct RegexSearch::State {
  std::unique_ptr<pcre2_match_data, Release<pcre2_match_data, pcre2_match_data_free>> match;
  std::unique_ptr<pcre2_match_context, Release<pcre2_match_context, pcre2_match_context_free>> context;
  std::unique_ptr<pcre2_jit_stack, Release<pcre2_jit_stack, pcre2_jit_stack_free>> stack;
};

RegexSearch::RegexSearch(const Regex& regex) : regex_(regex), state_(std::make_unique<State>()) {
  state_->match.reset(pcre2_match_data_create_from_pattern(regex_.code_->code.get(), nullptr));
  state_->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(state_->context.get(), kMatchLimit);
  pcre2_set_heap_limit(state_->context.get(), kHeapKib);
  if (regex_.code_->fast) {
    state_->stack.reset(pcre2_jit_stack_create(kFirstStack, kLargestStack, nullptr));
    pcre2_jit_stack_assign(state_->context.get(), nullptr, state_->stack.get());
  }
}

RegexSearch::~RegexSearch() = default;

Result<> RegexSearch::find_all(std::string_view text, std::vector<Range>& matches) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const int found = pcre2_match(regex_.code_->code.get(), bytes_of(text).data(), text.size(), at, PCRE2_NO_UTF_CHECK,
                                  state_->match.get(), state_->context.get());
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) {
      return fail(ErrorCode::Limit,
                  "a regular expression of the tokenizer gives up on this text: " + error_text(found));
    }
    const PCRE2_SIZE* range = pcre2_get_ovector_pointer(state_->match.get());
    // \K in a look-around can put the beginning behind the end or before what was there already.
    if (range[0] > range[1] || range[0] < at) {
      return fail(ErrorCode::Unsupported, "a regular expression of the tokenizer moves its match backwards");
    }
    matches.push_back({range[0], range[1]});
    at = range[1];
    if (range[0] == range[1]) at += at < text.size() ? character_at(text, at).length : 1;
  }
  return {};
}

}  // namespace ptetool::llm
