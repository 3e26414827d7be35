// Myers' greedy algorithm over what is left between common ends; anchors where that would take too long.
#include "ptetool/compare/alignment.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace ptetool::compare {

namespace {

using Items = std::span<const std::uint64_t>;

// Stretches that many edits cannot be counted in are split at most so often.
constexpr int kDeepestSplit = 8;

// The furthest position of `a` on each diagonal (position in a minus position in b), one row per number of edits: row d
// holds diagonals -d, -d + 2 … d.
class Trace {
 public:
  Trace(std::ptrdiff_t length_a, std::ptrdiff_t length_b) : length_a_(length_a), length_b_(length_b) {}

  void begin_row() { starts_.push_back(furthest_.size()); }
  void push(std::ptrdiff_t position) { furthest_.push_back(position); }

  // One item of `a` skipped, coming from the diagonal before; -1 where that leads nowhere.
  std::ptrdiff_t skipping_a(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    const std::ptrdiff_t from = at(edits - 1, diagonal - 1);
    return from >= 0 && from < length_a_ ? from + 1 : -1;
  }
  // One item of `b` skipped, coming from the diagonal behind.
  std::ptrdiff_t skipping_b(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    const std::ptrdiff_t from = at(edits - 1, diagonal + 1);
    return from >= 0 && from - diagonal <= length_b_ ? from : -1;
  }
  // Where row `edits` begins on a diagonal.
  std::ptrdiff_t entry(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    return edits == 0 ? 0 : std::max(skipping_a(edits, diagonal), skipping_b(edits, diagonal));
  }

 private:
  std::ptrdiff_t at(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    if (edits < 0 || diagonal < -edits || diagonal > edits) return -1;
    return furthest_[starts_[static_cast<std::size_t>(edits)] + static_cast<std::size_t>((diagonal + edits) / 2)];
  }

  std::ptrdiff_t length_a_;
  std::ptrdiff_t length_b_;
  std::vector<std::size_t> starts_;
  std::vector<std::ptrdiff_t> furthest_;  // -1: no way leads here
};

std::optional<Alignment> shortest_edits(Items a, Items b) {
  const auto length_a = static_cast<std::ptrdiff_t>(a.size());
  const auto length_b = static_cast<std::ptrdiff_t>(b.size());
  const auto most = std::min(length_a + length_b, static_cast<std::ptrdiff_t>(kMostEdits));
  Trace trace(length_a, length_b);
  std::ptrdiff_t edits = -1;
  bool found = false;
  while (!found && edits < most) {
    ++edits;
    trace.begin_row();
    for (std::ptrdiff_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
      std::ptrdiff_t x = trace.entry(edits, diagonal);
      if (x >= 0) {
        while (x < length_a && x - diagonal < length_b &&
               a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - diagonal)]) {
          ++x;
        }
        found = found || (x == length_a && x - diagonal == length_b);
      }
      trace.push(x);
    }
  }
  if (!found) return std::nullopt;
  Alignment pairs;
  std::ptrdiff_t x = length_a;
  std::ptrdiff_t diagonal = length_a - length_b;
  for (;; --edits) {
    const std::ptrdiff_t start = trace.entry(edits, diagonal);
    while (x > start) {
      --x;
      pairs.emplace_back(static_cast<std::size_t>(x), static_cast<std::size_t>(x - diagonal));
    }
    if (edits == 0) break;
    if (trace.skipping_a(edits, diagonal) == x) {
      --x;
      --diagonal;
    } else {
      ++diagonal;
    }
  }
  std::ranges::reverse(pairs);
  return pairs;
}

// Items that occur once on either side, as far as they are in the same order.
Alignment anchors(Items a, Items b) {
  struct Places {
    std::size_t count_a = 0, count_b = 0, in_b = 0;
  };
  std::unordered_map<std::uint64_t, Places> places;
  for (const std::uint64_t item : a) ++places[item].count_a;
  for (std::size_t j = 0; j < b.size(); ++j) {
    Places& place = places[b[j]];
    ++place.count_b;
    place.in_b = j;
  }
  Alignment unique;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Places& place = places[a[i]];
    if (place.count_a == 1 && place.count_b == 1) unique.emplace_back(i, place.in_b);
  }
  // The longest ascending run of positions in b.
  std::vector<std::size_t> tails;  // the last pair of the best run of each length
  std::vector<std::size_t> before(unique.size());
  for (std::size_t k = 0; k < unique.size(); ++k) {
    const auto place =
        std::ranges::lower_bound(tails, unique[k].second, {}, [&](std::size_t index) { return unique[index].second; });
    before[k] = place == tails.begin() ? k : *(place - 1);
    if (place == tails.end()) {
      tails.push_back(k);
    } else {
      *place = k;
    }
  }
  Alignment run;
  if (!tails.empty()) {
    for (std::size_t k = tails.back();; k = before[k]) {
      run.push_back(unique[k]);
      if (before[k] == k) break;
    }
  }
  std::ranges::reverse(run);
  return run;
}

void align_stretch(Items a, Items b, std::size_t at_a, std::size_t at_b, int depth, Alignment& result) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    result.emplace_back(at_a++, at_b++);
    a = a.subspan(1);
    b = b.subspan(1);
  }
  std::size_t tail = 0;
  while (tail < std::min(a.size(), b.size()) && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const Items middle_a = a.first(a.size() - tail);
  const Items middle_b = b.first(b.size() - tail);
  if (!middle_a.empty() && !middle_b.empty()) {
    if (const auto pairs = shortest_edits(middle_a, middle_b)) {
      for (const auto& [i, j] : *pairs) result.emplace_back(at_a + i, at_b + j);
    } else if (depth < kDeepestSplit) {
      std::size_t done_a = 0;
      std::size_t done_b = 0;
      Alignment fixed = anchors(middle_a, middle_b);
      if (!fixed.empty()) {
        fixed.emplace_back(middle_a.size(), middle_b.size());
        for (const auto& [i, j] : fixed) {
          align_stretch(middle_a.subspan(done_a, i - done_a), middle_b.subspan(done_b, j - done_b), at_a + done_a,
                        at_b + done_b, depth + 1, result);
          if (i == middle_a.size()) break;
          result.emplace_back(at_a + i, at_b + j);
          done_a = i + 1;
          done_b = j + 1;
        }
      }
    }
  }
  for (std::size_t k = 0; k < tail; ++k) result.emplace_back(at_a + middle_a.size() + k, at_b + middle_b.size() + k);
}

}  // namespace

Alignment align(Items a, Items b) {
  // Of several equally long answers the greedy one depends on the order of the two; this order depends on content only.
  const bool swapped = std::ranges::lexicographical_compare(b, a);
  if (swapped) std::swap(a, b);
  Alignment pairs;
  align_stretch(a, b, 0, 0, 0, pairs);
  if (swapped) {
    for (auto& [i, j] : pairs) std::swap(i, j);
  }
  return pairs;
}

}  // namespace ptetool::compare
