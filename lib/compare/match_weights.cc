// Which weight of the old files is which of the new ones.
//
// Bytes of equal names are compared where they lie, at the speed of reading; only what that leaves is hashed, to find
// what was renamed or moved, and only where sizes make that possible.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "compare/bytes.h"
#include "compare/weight.h"

namespace ptetool::compare {

namespace {

// Positions by name, the first of equal names last.
std::unordered_map<std::string_view, std::vector<std::size_t>> by_name(const WeightList& list) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> names;
  for (std::size_t i = list.weights.size(); i-- > 0;) {
    if (!list.weights[i].name.empty()) names[list.weights[i].name].push_back(i);
  }
  return names;
}

struct Matcher {
  const WeightList& old_list;
  const WeightList& new_list;
  WeightMatch& match;
  ReadingProgress reading;
  std::vector<std::pair<std::size_t, std::size_t>> namesakes = {};  // (old, new) with the same name and other bytes
  std::size_t contents = 0;

  const Weight& old_weight(std::size_t index) const { return old_list.weights[index]; }
  const Weight& new_weight(std::size_t index) const { return new_list.weights[index]; }

  void match_equal_namesakes() {
    auto names = by_name(new_list);
    for (std::size_t i = 0; i < old_list.weights.size(); ++i) {
      const Weight& old_weight_i = old_weight(i);
      const auto found = old_weight_i.name.empty() ? names.end() : names.find(old_weight_i.name);
      if (found == names.end() || found->second.empty()) continue;
      // Of several of one name, the one that is used in the same way: a tensor, or a delegate's constant.
      auto& candidates = found->second;
      auto chosen = std::ranges::find_if(candidates.rbegin(), candidates.rend(), [&](std::size_t j) {
        return new_weight(j).meaning.dtype.has_value() == old_weight_i.meaning.dtype.has_value();
      });
      if (chosen == candidates.rend()) chosen = candidates.rbegin();
      const std::size_t j = *chosen;
      candidates.erase(std::next(chosen).base());
      const Weight& candidate = new_weight(j);
      // Without bytes on a side a digest still tells that they are the same.
      const bool same = old_weight_i.bytes && candidate.bytes ? same_bytes({old_weight_i.file, *old_weight_i.bytes},
                                                                           {candidate.file, *candidate.bytes}, reading)
                                                              : old_weight_i.content_key;
      if (same) {
        match.add(i, j, true);
      } else {
        namesakes.emplace_back(i, j);
      }
    }
  }

  // Sizes that weights of both sides have which are not matched yet, other than two namesakes alone.
  std::map<std::uint64_t, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> unmatched_by_size() const {
    std::map<std::uint64_t, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> sizes;
    for (std::size_t i = 0; i < old_list.weights.size(); ++i) {
      if (!match.of_old[i] && old_weight(i).bytes) sizes[old_weight(i).size()].first.push_back(i);
    }
    for (std::size_t j = 0; j < new_list.weights.size(); ++j) {
      if (!match.of_new[j] && new_weight(j).bytes) sizes[new_weight(j).size()].second.push_back(j);
    }
    std::erase_if(sizes, [&](const auto& each) {
      const auto& [olds, news] = each.second;
      return olds.empty() || news.empty() ||
             (olds.size() == 1 && news.size() == 1 &&
              std::ranges::find(namesakes, std::pair(olds.front(), news.front())) != namesakes.end());
    });
    return sizes;
  }

  void match_equal_bytes() {
    for (const auto& [size, lists] : unmatched_by_size()) {
      std::map<Fingerprint, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> owners;
      for (const std::size_t i : lists.first)
        owners[fingerprint_of({old_weight(i).file, *old_weight(i).bytes}, reading)].first.push_back(i);
      for (const std::size_t j : lists.second)
        owners[fingerprint_of({new_weight(j).file, *new_weight(j).bytes}, reading)].second.push_back(j);
      for (const auto& [print, both] : owners) {
        const auto& [olds, news] = both;
        if (olds.empty() || news.empty()) continue;
        if (olds.size() == 1 && news.size() == 1) {
          match.add(olds.front(), news.front(), true);
          continue;
        }
        for (const std::size_t i : olds) match.content_of_old[i] = contents;
        for (const std::size_t j : news) match.content_of_new[j] = contents;
        ++contents;
      }
    }
  }

  // Bytes that one side has once more than the other, where all that the other has are in a pair already.
  void find_copies() {
    std::map<std::uint64_t, std::vector<std::pair<std::size_t, bool>>> alone;  // by size: weights, and whether old
    for (std::size_t i = 0; i < old_list.weights.size(); ++i) {
      if (!match.of_old[i] && !match.content_of_old[i] && old_weight(i).size() != 0)
        alone[old_weight(i).size()].emplace_back(i, true);
    }
    for (std::size_t j = 0; j < new_list.weights.size(); ++j) {
      if (!match.of_new[j] && !match.content_of_new[j] && new_weight(j).size() != 0)
        alone[new_weight(j).size()].emplace_back(j, false);
    }
    if (alone.empty()) return;
    std::map<std::uint64_t, std::map<Fingerprint, std::size_t>> pairs;  // of equal bytes
    for (std::size_t p = 0; p < match.pairs.size(); ++p) {
      const WeightPair& pair = match.pairs[p];
      const Weight& weight = old_weight(pair.old_index);
      if (pair.same_bytes && weight.bytes && alone.contains(weight.size()))
        pairs[weight.size()].try_emplace(fingerprint_of({weight.file, *weight.bytes}, reading), p);
    }
    for (const auto& [size, weights] : alone) {
      for (const auto& [index, old_side] : weights) {
        const Weight& weight = old_side ? old_weight(index) : new_weight(index);
        const auto found = pairs[size].find(fingerprint_of({weight.file, *weight.bytes}, reading));
        if (found == pairs[size].end()) continue;
        const WeightPair& pair = match.pairs[found->second];
        if (!match.content_of_old[pair.old_index])
          match.content_of_old[pair.old_index] = match.content_of_new[pair.new_index] = contents++;
        (old_side ? match.content_of_old : match.content_of_new)[index] = match.content_of_old[pair.old_index];
      }
    }
  }

  // Nameless ones whose bytes neither side can give.
  void match_places() {
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t j = 0; j < new_list.weights.size(); ++j) {
      if (!match.of_new[j] && !new_weight(j).bytes) places.try_emplace(new_weight(j).place, j);
    }
    for (std::size_t i = 0; i < old_list.weights.size(); ++i) {
      if (match.of_old[i] || old_weight(i).bytes) continue;
      const auto found = places.find(old_weight(i).place);
      if (found != places.end()) match.add(i, found->second, false);
    }
  }
};

}  // namespace

bool WeightMatch::add(std::size_t old_index, std::size_t new_index, bool same_bytes) {
  if (of_old[old_index] || of_new[new_index]) return false;
  of_old[old_index] = of_new[new_index] = pairs.size();
  pairs.push_back({old_index, new_index, same_bytes});
  return true;
}

void WeightMatch::use(std::size_t old_index, std::size_t new_index, bool same_bytes) {
  if (add(old_index, new_index, same_bytes) || !same_bytes) return;
  if (!of_old[old_index]) stand_in_of_old[old_index] = new_index;
  if (!of_new[new_index]) stand_in_of_new[new_index] = old_index;
}

WeightMatch match_weights(const WeightList& old_list, const WeightList& new_list, const Progress& progress) {
  WeightMatch match(old_list.weights.size(), new_list.weights.size());
  std::uint64_t total = 0;
  for (const Weight& weight : old_list.weights) total += weight.size();
  Matcher matcher{old_list, new_list, match, ReadingProgress(progress, total)};
  matcher.match_equal_namesakes();
  matcher.match_equal_bytes();
  for (const auto& [i, j] : matcher.namesakes) match.add(i, j, false);
  matcher.match_places();
  matcher.find_copies();
  return match;
}

void match_by_content(WeightMatch& match) {
  std::map<std::size_t, std::vector<std::size_t>> waiting;  // new weights by content, the first one last
  for (std::size_t j = match.of_new.size(); j-- > 0;) {
    if (match.content_of_new[j] && !match.of_new[j]) waiting[*match.content_of_new[j]].push_back(j);
  }
  for (std::size_t i = 0; i < match.of_old.size(); ++i) {
    if (!match.content_of_old[i] || match.of_old[i]) continue;
    auto& candidates = waiting[*match.content_of_old[i]];
    if (candidates.empty()) continue;
    match.add(i, candidates.back(), true);
    candidates.pop_back();
  }
}

}  // namespace ptetool::compare
