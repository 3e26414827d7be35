// A set of bytes of one space, kept as ranges.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace ptetool {

// Ranges [start, end) that overlap or touch become one.
class ByteRanges {
 public:
  void add(std::uint64_t start, std::uint64_t end) {
    if (start >= end) return;
    auto next = ranges_.upper_bound(start);
    if (next != ranges_.begin() && std::prev(next)->second >= start) {
      --next;
      start = next->first;
      end = std::max(end, next->second);
      next = ranges_.erase(next);
    }
    while (next != ranges_.end() && next->first <= end) {
      end = std::max(end, next->second);
      next = ranges_.erase(next);
    }
    ranges_.emplace(start, end);
  }
  void add(const ByteRanges& others) {
    for (const auto& [start, end] : others.ranges_) add(start, end);
  }

  // Does one of the bytes belong to the set?
  bool touches(std::uint64_t start, std::uint64_t end) const {
    const auto next = ranges_.lower_bound(end);
    return start < end && next != ranges_.begin() && std::prev(next)->second > start;
  }
  // Do all of them?
  bool contains(std::uint64_t start, std::uint64_t end) const {
    const auto next = ranges_.upper_bound(start);
    return start >= end || (next != ranges_.begin() && std::prev(next)->second >= end);
  }

  bool empty() const { return ranges_.empty(); }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [start, end] : ranges_) sum += end - start;
    return sum;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;
};

}  // namespace ptetool
