// Sequences side by side: the longest common subsequence, or what is unique where that would take too long.
#include "ptetool/compare/alignment.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace ptetool;

std::vector<std::uint64_t> numbers(std::string_view text) { return {text.begin(), text.end()}; }

// A common subsequence of the two, and how long it is.
std::size_t aligned(std::string_view a, std::string_view b) {
  const auto items_a = numbers(a);
  const auto items_b = numbers(b);
  const compare::Alignment pairs = compare::align(items_a, items_b);
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    CHECK(a[pairs[k].first] == b[pairs[k].second]);
    if (k != 0) CHECK((pairs[k - 1].first < pairs[k].first && pairs[k - 1].second < pairs[k].second));
  }
  compare::Alignment mirrored = compare::align(items_b, items_a);
  for (auto& [i, j] : mirrored) std::swap(i, j);
  CHECK(mirrored == pairs);
  return pairs.size();
}

// By the textbook.
std::size_t longest_common(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1, 0);
  for (const char each : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = each == b[j] ? diagonal + 1 : std::max(row[j], row[j + 1]);
      diagonal = above;
    }
  }
  return row.back();
}

TEST_CASE("an alignment is a longest common subsequence") {
  CHECK(aligned("", "") == 0);
  CHECK(aligned("abc", "") == 0);
  CHECK(aligned("abc", "abc") == 3);
  CHECK(aligned("abc", "xyz") == 0);
  CHECK(aligned("abcabba", "cbabac") == 4);
  std::uint32_t state = 1;
  const auto random = [&](std::uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % below;
  };
  for (int round = 0; round < 300; ++round) {
    std::string a(random(24), ' ');
    std::string b(random(24), ' ');
    for (char& each : a) each = static_cast<char>('a' + random(4));
    for (char& each : b) each = static_cast<char>('a' + random(4));
    CHECK(aligned(a, b) == longest_common(a, b));
  }
}

TEST_CASE("one item inserted into a long sequence leaves all others paired") {
  std::vector<std::uint64_t> a;
  for (std::uint64_t i = 0; i < 100000; ++i) a.push_back(i % 7);
  std::vector<std::uint64_t> b = a;
  b.insert(b.begin() + 50000, 99);
  CHECK(compare::align(a, b).size() == a.size());
}

TEST_CASE("sequences that differ in more places than are counted are aligned by what is unique") {
  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    a.push_back(i);
    a.push_back(1000000 + i);
    b.push_back(i);
    b.push_back(2000000 + i);
  }
  CHECK(compare::align(a, b).size() == 5000);
}

}  // namespace
