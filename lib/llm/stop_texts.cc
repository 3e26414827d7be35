// Held back is the longest end of the text with which a stop text may begin; all before it is sure.
#include "ptetool/llm/stop_texts.h"

#include <algorithm>
#include <utility>

namespace ptetool::llm {

std::string StopTexts::push(std::string_view piece) {
  if (found_) return {};
  held_ += piece;
  std::size_t begin = std::string::npos;
  std::size_t end = std::string::npos;
  std::size_t longest = 0;  // end of the text that a word may begin with
  for (const std::string& word : words_) {
    if (word.empty()) continue;
    const std::size_t at = held_.find(word);
    const std::size_t after = at == std::string::npos ? at : at + word.size();
    if (after < end || (after == end && at < begin)) {
      begin = at;
      end = after;
    }
    for (std::size_t length = std::min(word.size() - 1, held_.size()); length > longest; --length) {
      if (held_.ends_with(std::string_view(word).substr(0, length))) longest = length;
    }
  }
  found_ = begin != std::string::npos;
  std::string sure = held_.substr(0, found_ ? begin : held_.size() - longest);
  held_.erase(0, found_ ? held_.size() : sure.size());
  return sure;
}

std::string StopTexts::finish() { return std::exchange(held_, {}); }

}  // namespace ptetool::llm
