// Regular expressions of tokenizer files, on PCRE2. The files are written for Oniguruma (Hugging Face) or Rust's
// engines (tiktoken); what those understand otherwise is translated, and what cannot be is refused.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// A part of a text, in bytes.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
  bool empty() const { return begin == end; }
  bool operator==(const Range&) const = default;
};

enum class RegexDialect { Oniguruma, Rust };

// Immutable; threads may share it.
class Regex {
 public:
  // Errors: Unsupported (does not compile here).
  static Result<Regex> compile(std::string_view pattern, RegexDialect dialect = RegexDialect::Oniguruma);

 private:
  friend class RegexSearch;
  struct Code;
  std::shared_ptr<const Code> code_;
};

// The memory of searches with one expression; cheap to use again, not to be shared by threads.
class RegexSearch {
 public:
  explicit RegexSearch(const Regex& regex);
  ~RegexSearch();
  RegexSearch(const RegexSearch&) = delete;
  RegexSearch& operator=(const RegexSearch&) = delete;

  // Appends the matches in `text` (valid UTF-8), which do not overlap, in order. Errors: Limit (it backtracks without
  // end).
  Result<> find_all(std::string_view text, std::vector<Range>& matches);

 private:
  struct State;
  Regex regex_;
  std::unique_ptr<State> state_;
};

}  // namespace ptetool::llm
