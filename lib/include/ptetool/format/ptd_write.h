// Writes data files in the layout of every release since v0.7 (format-facts 2), each buffer a segment of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ptetool/format/image.h"
#include "ptetool/format/ptd.h"

namespace ptetool::ptd {

struct NewEntry {
  std::string_view key;
  std::uint32_t segment_index = 0;  // several keys may share a segment
  std::optional<TensorLayout> tensor_layout;
};

struct Contents {
  std::uint32_t version = 0;
  std::vector<NewEntry> entries;
  std::vector<format::SegmentContent> segments;
  std::uint64_t segment_alignment = format::kSegmentAlignment;
};

// What a data file holds, entry by entry; entries of the same bytes in the file share a segment. A v0.6 file becomes
// one of today's layout. Errors: those of entry_bytes().
Result<Contents> contents_of(const DataFile& data);
// The alignment that a file's segments keep.
std::uint64_t segment_alignment_of(const DataFile& data);

// The views of `contents` must outlive the image. Errors: Limit (tables of 2 GiB), Internal (an entry without segment).
Result<format::FileImage> make_ptd(const Contents& contents);

}  // namespace ptetool::ptd
