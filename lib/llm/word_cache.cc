// The ids of all words stand in one list; a word has its part of it. Words beyond 64 bytes are not kept.
#include "llm/word_cache.h"

namespace ptetool::llm {

namespace {
// Longer ones do not come again; more take memory without being found.
constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kMaxWords = 1 << 16;
}  // namespace

Result<> WordCache::encode(std::string_view word, std::vector<std::uint32_t>& ids) {
  if (word.size() > kLongestWord) return model_.encode(word, ids);
  if (const auto found = spans_.find(word); found != spans_.end()) {
    const auto begin = known_.begin() + found->second.begin;
    ids.insert(ids.end(), begin, begin + found->second.count);
    return {};
  }
  const std::size_t before = ids.size();
  PTETOOL_CHECK(model_.encode(word, ids));
  if (spans_.size() == kMaxWords) return {};
  spans_.emplace(word,
                 Span{static_cast<std::uint32_t>(known_.size()), static_cast<std::uint32_t>(ids.size() - before)});
  known_.insert(known_.end(), ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
  return {};
}

}  // namespace ptetool::llm
