// A hash table with open addressing, a third of it free at least; candidates wait in a heap, the earliest merge on top,
// and the leftmost of equal ones.
#include "llm/merge_table.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace ptetool::llm {

MergeTable::MergeTable(std::size_t count) {
  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(16, count + count / 2));
  entries_.resize(capacity);
  shift_ = static_cast<unsigned>(64 - std::countr_zero(capacity));
}

void MergeTable::add(std::uint32_t left, std::uint32_t right, Merge merge) {
  entries_[slot_of(left, right)] = {left, right, merge};
}

void Merger::make_heap() { std::make_heap(heap_.begin(), heap_.end(), std::greater<>()); }

void Merger::push(Candidate candidate) {
  heap_.push_back(candidate);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

Merger::Candidate Merger::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Candidate best = heap_.back();
  heap_.pop_back();
  return best;
}

}  // namespace ptetool::llm
