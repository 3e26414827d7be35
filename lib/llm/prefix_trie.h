// All words of a set that a text begins with, as Unigram models and added tokens look for them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

class PrefixTrie {
 public:
  PrefixTrie();
  // A word that was added before gets the new value. Errors: Limit (more than 2^24 nodes).
  Result<> add(std::string_view word, std::uint32_t value);

  bool empty() const { return nodes_ == 1; }

  // Calls found(length, value) for every word at `at`, the shortest first.
  template <class Found>
  void prefixes(std::string_view text, std::size_t at, Found found) const {
    std::uint32_t node = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
      const std::uint32_t next = child(node, static_cast<unsigned char>(text[i]));
      if (next == 0) return;
      node = next;
      if (values_[node] != kNone) found(i + 1 - at, values_[node]);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  // A step from a node by a byte; an unused slot leads to the root, which no step does.
  struct Step {
    std::uint32_t from_and_byte = 0;
    std::uint32_t to = 0;
  };

  std::size_t slot_of(std::uint32_t key) const {
    std::size_t slot = (key * 0x9E3779B1u) >> shift_;
    while (steps_[slot].to != 0 && steps_[slot].from_and_byte != key) slot = (slot + 1) & (steps_.size() - 1);
    return slot;
  }
  std::uint32_t child(std::uint32_t node, unsigned char byte) const { return steps_[slot_of(node << 8 | byte)].to; }
  void grow();

  std::vector<Step> steps_;
  std::vector<std::uint32_t> values_;  // by node
  std::uint32_t nodes_ = 1;
  unsigned shift_;
};

}  // namespace ptetool::llm
