// The steps of the trie in one hash table: a node takes twelve bytes, whatever it branches into.
#include "llm/prefix_trie.h"

namespace ptetool::llm {

namespace {
constexpr std::uint32_t kMaxNodes = 1u << 24;
constexpr unsigned kFirstBits = 8;
}  // namespace

PrefixTrie::PrefixTrie() : steps_(std::size_t{1} << kFirstBits), values_(1, kNone), shift_(32 - kFirstBits) {}

void PrefixTrie::grow() {
  std::vector<Step> old(steps_.size() * 2);
  old.swap(steps_);
  --shift_;
  for (const Step& step : old) {
    if (step.to != 0) steps_[slot_of(step.from_and_byte)] = step;
  }
}

Result<> PrefixTrie::add(std::string_view word, std::uint32_t value) {
  std::uint32_t node = 0;
  for (const char c : word) {
    const std::uint32_t key = node << 8 | static_cast<unsigned char>(c);
    std::size_t slot = slot_of(key);
    if (steps_[slot].to == 0) {
      if (nodes_ == kMaxNodes) return fail(ErrorCode::Limit, "the vocabulary has more than 2^24 different beginnings");
      if (std::size_t{nodes_} * 3 > steps_.size() * 2) {
        grow();
        slot = slot_of(key);
      }
      steps_[slot] = {key, nodes_++};
      values_.push_back(kNone);
    }
    node = steps_[slot].to;
  }
  values_[node] = value;
  return {};
}

}  // namespace ptetool::llm
