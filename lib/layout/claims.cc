// What is free stands in a map, by its start. A claim takes what is free of its range; the rest of it overlaps
// something, which is noted. What is free at the end is padding below 4096 bytes, else a gap.
#include "layout/claims.h"

#include <algorithm>
#include <functional>

#include "ptetool/base/text.h"

namespace ptetool::layout {

namespace {

// Segments were aligned to this up to v0.3 (format-facts 1.3); nothing aligns to more.
constexpr std::uint64_t kLargestAlignment = 4096;

}  // namespace

void Claims::claim(Range range) {
  if (range.size == 0) return;
  if (!range_within(range.offset, range.size, map_.file_size)) {
    note(range, "reaches beyond the end of the file");
    if (range.offset >= map_.file_size) return;
    range.size = map_.file_size - range.offset;
    range.cut = true;
  }
  const std::uint64_t end = range.offset + range.size;
  auto gap = free_.upper_bound(range.offset);
  if (gap != free_.begin() && std::prev(gap)->second > range.offset) --gap;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
  std::uint64_t owned = 0;
  while (gap != free_.end() && gap->first < end) {
    const auto [gap_start, gap_end] = *gap;
    const std::uint64_t start = std::max(gap_start, range.offset);
    const std::uint64_t stop = std::min(gap_end, end);
    gap = free_.erase(gap);
    if (gap_start < start) free_.emplace_hint(gap, gap_start, start);
    if (stop < gap_end) gap = free_.emplace_hint(gap, stop, gap_end);
    parts.emplace_back(start, stop - start);
    owned += stop - start;
    if (stop < gap_end) break;
  }
  if (owned != range.size) {
    if (range.kind != RangeKind::Flatbuffer) note(range, "lies over bytes that belong to something else");
    range.cut = range.kind != RangeKind::Flatbuffer;
  }
  for (const auto& [offset, size] : parts) {
    Range& part = map_.ranges.emplace_back(range);
    part.offset = offset;
    part.size = size;
  }
}

ByteMap Claims::finish() {
  std::uint64_t last = expected_end_;
  for (const Range& range : map_.ranges) last = std::max(last, range.offset + range.size);
  for (const auto& [start, end] : free_) {
    const RangeKind kind = start >= last                      ? RangeKind::Trailing
                           : end - start >= kLargestAlignment ? RangeKind::Gap
                                                              : RangeKind::Padding;
    map_.ranges.push_back({start, end - start, kind, std::string(kind_name(kind)), {}, {}, false});
  }
  std::ranges::sort(map_.ranges, {}, &Range::offset);
  return std::move(map_);
}

void Claims::note(const Range& range, std::string_view what) {
  if (map_.overlaps.size() >= kMostOverlaps) return;
  map_.overlaps.push_back(quoted(range.name) + " (" + hex(range.offset) + ", " + counted(range.size, "byte") + ") " +
                          std::string(what));
}

void add_user(Range& range, std::string user) {
  if (range.users.size() < kMostUsers) range.users.push_back(std::move(user));
}

std::uint64_t offset_in(const File& file, ByteView part) {
  const std::uint8_t* start = file.bytes().data();
  const bool inside = !part.empty() && std::less_equal<>()(start, part.data()) &&
                      std::less_equal<>()(part.data() + part.size(), start + file.size());
  return inside ? static_cast<std::uint64_t>(part.data() - start) : file.size();
}

}  // namespace ptetool::layout
