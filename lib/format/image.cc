// Segments follow one another, each at its alignment, zeros between them (format-facts 1.3); an image is written in one
// pass, front to back.
#include "ptetool/format/image.h"

#include <algorithm>
#include <array>
#include <bit>

namespace ptetool::format {

namespace {

// Small enough that progress is seen, large enough that the calls cost nothing.
constexpr std::size_t kStep = std::size_t{8} << 20;

Result<> write_zeros(AtomicFile& file, std::uint64_t count) {
  constexpr std::array<std::uint8_t, 4096> kZeros{};
  while (count > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count, kZeros.size()));
    PTETOOL_CHECK(file.write(ByteView(kZeros).first(step)));
    count -= step;
  }
  return {};
}

}  // namespace

SegmentContent SegmentContent::of(ByteView bytes, std::uint64_t alignment) {
  SegmentContent content{{}, bytes.size(), alignment};
  if (!bytes.empty()) content.pieces.push_back({0, bytes});
  return content;
}

Result<> write_image(const FileImage& image, AtomicFile& file, const Written& written) {
  PTETOOL_CHECK(file.write(image.head));
  std::uint64_t at = image.head.size();
  for (const Piece& piece : image.pieces) {
    PTETOOL_CHECK(write_zeros(file, piece.offset - at));
    for (ByteView rest = piece.bytes; !rest.empty();) {
      const ByteView step = rest.first(std::min(kStep, rest.size()));
      PTETOOL_CHECK(file.write(step));
      if (written) written(step.size());
      rest = rest.subspan(step.size());
    }
    at = piece.offset + piece.bytes.size();
  }
  return write_zeros(file, image.size - at);
}

std::vector<std::uint8_t> image_bytes(const FileImage& image) {
  std::vector<std::uint8_t> bytes = image.head;
  bytes.resize(static_cast<std::size_t>(image.size));
  for (const Piece& piece : image.pieces) {
    std::ranges::copy(piece.bytes, bytes.begin() + static_cast<std::ptrdiff_t>(piece.offset));
  }
  return bytes;
}

Result<PlacedSegments> place_segments(std::span<const SegmentContent> segments, std::uint64_t segment_alignment) {
  PlacedSegments placed;
  for (const SegmentContent& segment : segments) {
    if (!std::has_single_bit(segment_alignment) || !std::has_single_bit(segment.alignment)) {
      return fail(ErrorCode::Internal, "the alignment of a segment is no power of two");
    }
    const auto offset = checked_align_up(placed.size, std::max(segment_alignment, segment.alignment));
    const auto end = offset ? checked_add(*offset, segment.size) : std::nullopt;
    if (!end) return fail(ErrorCode::Limit, "the segments exceed what a file can hold");
    placed.offsets.push_back(*offset);
    // An empty segment needs no padding in front; only what has bytes makes the area longer.
    if (segment.size != 0) placed.size = *end;
  }
  return placed;
}

void append_segments(FileImage& image, std::span<const SegmentContent> segments, const PlacedSegments& placed,
                     std::uint64_t base) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (const Piece& piece : segments[i].pieces) {
      if (!piece.bytes.empty()) image.pieces.push_back({base + placed.offsets[i] + piece.offset, piece.bytes});
    }
  }
  image.size = placed.size == 0 ? image.head.size() : base + placed.size;
}

std::uint64_t common_alignment(std::span<const std::uint64_t> offsets, std::uint64_t least, std::uint64_t most) {
  // Few offsets are multiples of much by chance.
  constexpr std::ptrdiff_t kEnough = 4;
  const auto telling = std::ranges::count_if(offsets, [](std::uint64_t offset) { return offset != 0; });
  if (telling < kEnough) return least;
  std::uint64_t bits = most;
  for (const std::uint64_t offset : offsets) bits |= offset;
  return std::max(least, std::uint64_t{1} << std::countr_zero(bits));
}

}  // namespace ptetool::format
