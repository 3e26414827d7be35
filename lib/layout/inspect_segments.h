// The table of a file's segments, which programs and data files have alike.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "layout/inspect_tables.h"
#include "ptetool/base/checked.h"
#include "ptetool/layout/byte_map.h"

namespace ptetool::layout {

// Who uses each segment, as far as a table tells.
class SegmentUsers {
 public:
  explicit SegmentUsers(std::size_t segments) : users_(segments) {}
  // An index that no segment has is passed over: verify reports it.
  void add(std::uint64_t segment, std::string user) {
    if (segment < users_.size() && users_[segment].size() < kMostUsers) users_[segment].push_back(std::move(user));
  }
  const std::vector<std::string>& of(std::size_t segment) const { return users_[segment]; }

 private:
  std::vector<std::vector<std::string>> users_;
};

// `file`: a pte::Program or ptd::DataFile.
template <class File>
report::Table segments_table(const Lens& lens, const File& file, const SegmentUsers& users) {
  const std::uint64_t base = file.header ? file.header->segment_base_offset : 0;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < file.segments.size(); ++i) {
    const auto& segment = file.segments[i];
    const auto offset = checked_add(base, segment.offset);
    if (const auto bytes = file.segment_bytes(i); !bytes) lens.problem(bytes.error());
    rows.push_back(
        {{std::uint64_t{i}, cell_or_absent<report::Offset>(offset), report::ByteCount{segment.size}, users.of(i)},
         users.of(i).empty() ? std::string() : users.of(i).front(),
         segment.size,
         offset.value_or(0)});
  }
  return make_table(lens, "segments", "segments",
                    {{"index", "#"}, {"offset", "offset"}, {"size", "size"}, {"users", "used by"}}, std::move(rows));
}

}  // namespace ptetool::layout
