// The merges of byte-pair encoding: which two neighbouring tokens become which one, and how early.
#pragma once

#include <cstdint>
#include <vector>

namespace ptetool::llm {

struct Merge {
  std::uint32_t rank = 0;
  std::uint32_t id = 0;
};

// An open hash table of 16 bytes an entry.
class MergeTable {
 public:
  explicit MergeTable(std::size_t count);
  // A pair that is there already gets the new merge.
  void add(std::uint32_t left, std::uint32_t right, Merge merge);

  // Null where the two do not merge.
  const Merge* find(std::uint32_t left, std::uint32_t right) const {
    const Entry& entry = entries_[slot_of(left, right)];
    return entry.left == kNone ? nullptr : &entry.merge;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Entry {
    std::uint32_t left = kNone;
    std::uint32_t right = 0;
    Merge merge;
  };

  std::size_t slot_of(std::uint32_t left, std::uint32_t right) const {
    const std::uint64_t key = std::uint64_t{left} << 32 | right;
    auto slot = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> shift_);
    while (entries_[slot].left != kNone && (entries_[slot].left != left || entries_[slot].right != right)) {
      slot = (slot + 1) & (entries_.size() - 1);
    }
    return slot;
  }

  std::vector<Entry> entries_;
  unsigned shift_;
};

// The merges of one word, done in the order of their ranks and, among equals, from left to right. `ids` is rewritten.
class Merger {
 public:
  template <class Find>  // const Merge*(left, right), or anything that can be tested and has rank and id
  void merge(std::vector<std::uint32_t>& ids, Find find) {
    const std::size_t count = ids.size();
    if (count < 2) return;
    symbols_.resize(count);
    heap_.clear();
    for (std::uint32_t i = 0; i < count; ++i) symbols_[i] = {ids[i], i - 1, i + 1};
    symbols_[count - 1].next = kNone;
    for (std::uint32_t i = 0; i + 1 < count; ++i) {
      if (const auto merge = find(ids[i], ids[i + 1])) heap_.push_back({merge->rank, i, merge->id});
    }
    make_heap();
    while (!heap_.empty()) {
      const Candidate best = pop();
      Symbol& left = symbols_[best.position];
      if (left.id == kNone || left.next == kNone) continue;
      Symbol& right = symbols_[left.next];
      // One of the two may have merged with another neighbour meanwhile.
      const auto still = find(left.id, right.id);
      if (!still || still->id != best.id) continue;
      left.id = best.id;
      right.id = kNone;
      left.next = right.next;
      if (left.next != kNone) symbols_[left.next].previous = best.position;
      if (left.previous != kNone) {
        if (const auto merge = find(symbols_[left.previous].id, left.id)) push({merge->rank, left.previous, merge->id});
      }
      if (left.next != kNone) {
        if (const auto merge = find(left.id, symbols_[left.next].id)) push({merge->rank, best.position, merge->id});
      }
    }
    ids.clear();
    for (std::uint32_t i = 0; i != kNone; i = symbols_[i].next) ids.push_back(symbols_[i].id);
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Symbol {
    std::uint32_t id;
    std::uint32_t previous;
    std::uint32_t next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t position;
    std::uint32_t id;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };

  void make_heap();
  void push(Candidate candidate);
  Candidate pop();

  std::vector<Symbol> symbols_;
  std::vector<Candidate> heap_;
};

}  // namespace ptetool::llm
