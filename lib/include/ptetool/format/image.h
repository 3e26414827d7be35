// A file that is not written yet: its tables in memory, its tensor data as views of where it comes from. So a writer
// needs memory for the tables only, and what is written can be measured, planned and compared before a byte is stored.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::format {

struct Piece {
  std::uint64_t offset = 0;  // from the start of what the piece is part of
  ByteView bytes;
};

// What a segment will hold: pieces in ascending order, zeros between them.
struct SegmentContent {
  std::vector<Piece> pieces;
  std::uint64_t size = 0;
  std::uint64_t alignment = 1;  // a power of two; the file's own segment alignment holds in any case

  // A segment that is these bytes.
  static SegmentContent of(ByteView bytes, std::uint64_t alignment = 1);
};

// The views must stay valid until the image is written.
struct FileImage {
  std::vector<std::uint8_t> head;
  std::vector<Piece> pieces;  // behind the head, in ascending order; zeros between them
  std::uint64_t size = 0;
};

// Told from time to time how many bytes have been written since the last time.
using Written = std::function<void(std::uint64_t bytes)>;

Result<> write_image(const FileImage& image, AtomicFile& file, const Written& written = {});
// The whole file in memory, for small ones and tests.
std::vector<std::uint8_t> image_bytes(const FileImage& image);

// Where segments go that follow each other as exporters write them: each at the next multiple of its alignment and
// `segment_alignment` from the start of the segment area (format-facts 1.3).
struct PlacedSegments {
  std::vector<std::uint64_t> offsets;
  std::uint64_t size = 0;  // of the segment area
};
// Errors: Limit (sizes that overflow), Internal (an alignment that is no power of two).
Result<PlacedSegments> place_segments(std::span<const SegmentContent> segments, std::uint64_t segment_alignment);

// Adds the segments' pieces at `base` to an image whose head is complete.
void append_segments(FileImage& image, std::span<const SegmentContent> segments, const PlacedSegments& placed,
                     std::uint64_t base);

// The alignment that all of these offsets have in common, as a power of two within [least, most];
// `least` where they are too few to tell.
std::uint64_t common_alignment(std::span<const std::uint64_t> offsets, std::uint64_t least, std::uint64_t most);

// The smallest segment alignment that exporters write, and the largest (format-facts 1.3).
inline constexpr std::uint64_t kSegmentAlignment = 128;
inline constexpr std::uint64_t kMaxSegmentAlignment = 4096;
// Of every constant inside the constant segment, and of inline data.
inline constexpr std::uint64_t kTensorAlignment = 16;

}  // namespace ptetool::format
