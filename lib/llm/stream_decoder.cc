// Decodes a window of the last tokens again and again, and shows what is new: decoders look at neighbours (bytes of one
// character, the space before the first word), so a token by itself has no text.
#include <algorithm>

#include "llm/utf8.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

namespace {

// A character has at most four bytes, each a token of its own. What is still no UTF-8 with this many never will be.
constexpr std::size_t kMaxPending = 16;

// The text without an end that further tokens may complete: bytes of a character, or what a decoder shows for them.
std::size_t whole_size(std::string_view text) {
  std::size_t size = text.size() - unfinished_tail(text);
  while (text.substr(0, size).ends_with(kReplacement)) size -= kReplacement.size();
  return size;
}

}  // namespace

Result<std::string> StreamDecoder::push(TokenId id) {
  pending_.push_back(id);
  PTETOOL_ASSIGN(const std::string text, tokenizer_.decode(pending_));
  std::size_t whole = whole_size(text);
  if (pending_.size() >= context_ + kMaxPending) whole = text.size();
  if (whole <= shown_.size()) {
    // A token without text (a special one) need not be decoded again.
    if (text == shown_) pending_.pop_back();
    return std::string();
  }
  std::string piece = text.substr(shown_.size(), whole - shown_.size());
  if (whole < text.size()) {
    shown_ = text.substr(0, whole);
    return piece;
  }
  // All is shown: what was new is the context of what follows, and what was context is forgotten.
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(context_));
  context_ = pending_.size();
  PTETOOL_ASSIGN(shown_, tokenizer_.decode(pending_));
  return piece;
}

Result<std::string> StreamDecoder::finish() {
  PTETOOL_ASSIGN(const std::string text, tokenizer_.decode(pending_));
  std::string rest = text.substr(std::min(shown_.size(), text.size()));
  pending_.clear();
  shown_.clear();
  context_ = 0;
  return rest;
}

}  // namespace ptetool::llm
