// Matches and the gaps between them become parts; the behaviour says which parts stay together.
#include "llm/splitter.h"

#include <algorithm>

#include "llm/utf8.h"

namespace ptetool::llm {

namespace {

struct Part {
  Range range;
  bool matches;
};

// The whole piece as an alternation of matches and gaps.
void cover(std::size_t size, const std::vector<Range>& matches, bool invert, std::vector<Part>& parts) {
  parts.clear();
  std::size_t at = 0;
  for (const Range& match : matches) {
    if (at != match.begin) parts.push_back({{at, match.begin}, invert});
    parts.push_back({match, !invert});
    at = match.end;
  }
  if (at != size) parts.push_back({{at, size}, invert});
}

void merge_with_previous(const std::vector<Part>& parts, std::vector<Range>& ranges) {
  const std::size_t first = ranges.size();
  bool previous = false;
  for (const Part& part : parts) {
    if (part.matches && !previous && ranges.size() > first) {
      ranges.back().end = part.range.end;
    } else {
      ranges.push_back(part.range);
    }
    previous = part.matches;
  }
}

void merge_with_next(const std::vector<Part>& parts, std::vector<Range>& ranges) {
  const std::size_t first = ranges.size();
  bool previous = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->matches && !previous && ranges.size() > first) {
      ranges.back().begin = part->range.begin;
    } else {
      ranges.push_back(part->range);
    }
    previous = part->matches;
  }
  std::reverse(ranges.begin() + static_cast<std::ptrdiff_t>(first), ranges.end());
}

void arrange(const std::vector<Part>& parts, SplitBehavior behavior, std::vector<Range>& ranges) {
  switch (behavior) {
    case SplitBehavior::Removed:
      for (const Part& part : parts) {
        if (!part.matches) ranges.push_back(part.range);
      }
      return;
    case SplitBehavior::Isolated:
      for (const Part& part : parts) ranges.push_back(part.range);
      return;
    case SplitBehavior::MergedWithPrevious: merge_with_previous(parts, ranges); return;
    case SplitBehavior::MergedWithNext: merge_with_next(parts, ranges); return;
    case SplitBehavior::Contiguous:
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i != 0 && parts[i].matches == parts[i - 1].matches) {
          ranges.back().end = parts[i].range.end;
        } else {
          ranges.push_back(parts[i].range);
        }
      }
      return;
  }
}

}  // namespace

std::optional<SplitBehavior> split_behavior(std::string_view name) {
  if (name == "Removed") return SplitBehavior::Removed;
  if (name == "Isolated") return SplitBehavior::Isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::MergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::MergedWithNext;
  if (name == "Contiguous") return SplitBehavior::Contiguous;
  return std::nullopt;
}

Result<> split_pieces(Pieces& pieces, const Finder& find, SplitBehavior behavior, bool invert) {
  std::vector<Range> ranges;
  std::vector<Range> matches;
  std::vector<Part> parts;
  ranges.reserve(pieces.ranges.size());
  for (const Range& piece : pieces.ranges) {
    matches.clear();
    PTETOOL_CHECK(find(piece.of(pieces.text), matches));
    cover(piece.end - piece.begin, matches, invert, parts);
    const std::size_t first = ranges.size();
    arrange(parts, behavior, ranges);
    for (std::size_t i = first; i < ranges.size(); ++i) {
      ranges[i].begin += piece.begin;
      ranges[i].end += piece.begin;
    }
  }
  std::erase_if(ranges, [](const Range& range) { return range.empty(); });
  pieces.ranges = std::move(ranges);
  return {};
}

Result<> split_pieces(Pieces& pieces, const Regex& regex, SplitBehavior behavior, bool invert) {
  RegexSearch search(regex);
  return split_pieces(
      pieces, [&](std::string_view piece, std::vector<Range>& matches) { return search.find_all(piece, matches); },
      behavior, invert);
}

Finder find_string(std::string needle) {
  return [needle = std::move(needle)](std::string_view piece, std::vector<Range>& matches) -> Result<> {
    if (needle.empty()) return {};
    for (std::size_t at = piece.find(needle); at != std::string_view::npos;
         at = piece.find(needle, at + needle.size())) {
      matches.push_back({at, at + needle.size()});
    }
    return {};
  };
}

Finder find_characters(bool (*wanted)(char32_t)) {
  return [wanted](std::string_view piece, std::vector<Range>& matches) -> Result<> {
    for (std::size_t at = 0; at < piece.size();) {
      const Character character = character_at(piece, at);
      if (wanted(character.value)) matches.push_back({at, at + character.length});
      at += character.length;
    }
    return {};
  };
}

}  // namespace ptetool::llm
