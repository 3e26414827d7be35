// Segments are placed first, because the flatbuffer tells their offsets; then come header (FH01), tables and data
// (format-facts 2.1, 2.2).
#include "ptetool/format/ptd_write.h"

#include <map>

#include "flat_tensor_generated.h"
#include "format/flatbuffer_write.h"
#include "ptetool/base/text.h"

namespace ptetool::ptd {

namespace fb = ptetool::fb::ptd;
using flatbuffers::Offset;

namespace {

constexpr std::uint32_t kHeaderLength = 40;
constexpr std::uint64_t kPaddedHeader = 48;  // to the flatbuffer's alignment of 16
// What an entry takes besides its key, sizes and dim order.
constexpr std::uint64_t kEntryBytes = 128;

Result<> check(const Contents& contents) {
  std::uint64_t bytes = contents.segments.size() * kEntryBytes;
  for (const NewEntry& entry : contents.entries) {
    if (entry.segment_index >= contents.segments.size()) {
      return fail(ErrorCode::Internal, "entry " + quoted(entry.key) + " has no segment");
    }
    bytes += entry.key.size() + kEntryBytes;
    if (entry.tensor_layout) bytes += entry.tensor_layout->sizes.size_bytes() + entry.tensor_layout->dim_order.size();
  }
  if (bytes >= format::kMaxFlatbufferBytes) {
    return fail(ErrorCode::Limit, "the tables of a data file exceed the 2 GiB that a flatbuffer can hold");
  }
  return {};
}

Offset<fb::TensorLayout> write_layout(format::Builder& builder, const TensorLayout& layout) {
  // Readers expect both vectors, also of a tensor without dimensions.
  const auto sizes = builder.CreateVector(layout.sizes.data(), layout.sizes.size());
  const auto dim_order = builder.CreateVector(layout.dim_order.data(), layout.dim_order.size());
  return fb::CreateTensorLayout(builder, static_cast<ptetool::fb::scalar::ScalarType>(layout.scalar_type), sizes,
                                dim_order);
}

}  // namespace

std::uint64_t segment_alignment_of(const DataFile& data) {
  if (!data.header || data.layout == Layout::V06) return format::kSegmentAlignment;
  std::vector<std::uint64_t> offsets{data.header->segment_base_offset};
  for (const Segment& segment : data.segments) {
    if (segment.size != 0) offsets.push_back(segment.offset);
  }
  return format::common_alignment(offsets, format::kSegmentAlignment, format::kMaxSegmentAlignment);
}

Result<Contents> contents_of(const DataFile& data) {
  Contents contents;
  contents.version = data.version;
  contents.segment_alignment = segment_alignment_of(data);
  std::map<std::pair<const std::uint8_t*, std::size_t>, std::uint32_t> known;
  for (const Entry& entry : data.entries) {
    PTETOOL_ASSIGN(const ByteView bytes, data.entry_bytes(entry));
    const auto [place, fresh] =
        known.try_emplace({bytes.data(), bytes.size()}, static_cast<std::uint32_t>(contents.segments.size()));
    if (fresh) contents.segments.push_back(format::SegmentContent::of(bytes));
    contents.entries.push_back({entry.key, place->second, entry.tensor_layout});
  }
  return contents;
}

Result<format::FileImage> make_ptd(const Contents& contents) {
  PTETOOL_CHECK(check(contents));
  PTETOOL_ASSIGN(const auto placed, format::place_segments(contents.segments, contents.segment_alignment));
  format::Builder builder;
  std::vector<Offset<fb::DataSegment>> segments;
  for (std::size_t i = 0; i < contents.segments.size(); ++i) {
    segments.push_back(fb::CreateDataSegment(builder, placed.offsets[i], contents.segments[i].size));
  }
  const auto segment_table = builder.CreateVector(segments);
  const auto entries = format::write_all<fb::NamedData>(builder, contents.entries, [&](const NewEntry& entry) {
    const auto key = format::write_text(builder, entry.key);
    Offset<fb::TensorLayout> layout;
    if (entry.tensor_layout) layout = write_layout(builder, *entry.tensor_layout);
    return fb::CreateNamedData(builder, key, entry.segment_index, layout);
  });
  builder.Finish(fb::CreateFlatTensor(builder, contents.version, segment_table, entries), fb::FlatTensorIdentifier());
  const std::uint64_t flatbuffer_size = builder.GetSize();
  const auto base = checked_align_up(kPaddedHeader + flatbuffer_size, contents.segment_alignment);
  if (!base || !checked_add(*base, placed.size)) return fail(ErrorCode::Limit, "the segments exceed a file");
  std::vector<std::uint8_t> header;
  format::put_tag(header, "FH01");
  format::put(header, kHeaderLength);
  format::put(header, kPaddedHeader);
  format::put(header, flatbuffer_size);
  format::put(header, *base);
  format::put(header, placed.size);
  header.resize(kPaddedHeader);
  format::FileImage image;
  image.head = format::with_header(builder, header);
  format::append_segments(image, contents.segments, placed, *base);
  // The exporter pads the tables to the segment area even where that is empty.
  if (placed.size == 0) image.size = *base;
  return image;
}

}  // namespace ptetool::ptd
