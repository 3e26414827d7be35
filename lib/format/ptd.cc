// Reads PTD data files of both layouts; the tables only, so that a file of any size opens in milliseconds.
#include "ptetool/format/ptd.h"

#include "flat_tensor_generated.h"
#include "flat_tensor_v06_generated.h"
#include "format/flatbuffer.h"
#include "ptetool/base/text.h"

namespace ptetool::ptd {

using format::convert_all;
using format::items;
using format::text;

namespace {

constexpr std::uint32_t kHeaderLength = 40;
// The vtable of a v0.6 root reaches field 3 or 4 (segments, named data); the later root ends at field 2
// (format-facts 2.3).
constexpr flatbuffers::voffset_t kVtableSizeV06 = 12;

Result<std::optional<Header>> read_header(const File& file) {
  const ByteView bytes = file.bytes();
  if (!has_tag(bytes, 8, "FH01")) return std::optional<Header>();
  const auto malformed = [&](std::string message, std::uint64_t offset) {
    return fail(ErrorCode::Malformed, file.name(), "header", std::move(message), offset);
  };
  const auto length = load<std::uint32_t>(bytes, 12);
  const auto flatbuffer_offset = load<std::uint64_t>(bytes, 16);
  const auto flatbuffer_size = load<std::uint64_t>(bytes, 24);
  const auto segment_base = load<std::uint64_t>(bytes, 32);
  const auto data_size = load<std::uint64_t>(bytes, 40);
  if (!length || !flatbuffer_offset || !flatbuffer_size || !segment_base || !data_size) {
    return malformed("is cut off", 8);
  }
  if (*length < kHeaderLength) return malformed("length " + std::to_string(*length) + " is below 40", 12);
  const Header header{*length, *flatbuffer_offset, *flatbuffer_size, *segment_base, *data_size};
  const auto end = checked_add(header.flatbuffer_offset, header.flatbuffer_size);
  if (!end || *end > bytes.size()) {
    return malformed("the flatbuffer (offset " + std::to_string(header.flatbuffer_offset) + ", size " +
                         std::to_string(header.flatbuffer_size) + ") exceeds the file's " +
                         std::to_string(bytes.size()) + " bytes: the file is cut off",
                     16);
  }
  return std::optional(header);
}

// Length of the root table's vtable, read with nothing trusted.
std::optional<flatbuffers::voffset_t> root_vtable_size(ByteView bytes) {
  const auto root = load<std::uint32_t>(bytes, 0);
  if (!root) return std::nullopt;
  const auto back = load<std::int32_t>(bytes, *root);
  if (!back) return std::nullopt;
  const std::int64_t vtable = static_cast<std::int64_t>(*root) - *back;
  if (vtable < 0) return std::nullopt;
  return load<flatbuffers::voffset_t>(bytes, static_cast<std::uint64_t>(vtable));
}

template <class Table>
std::vector<Segment> convert_segments(ByteView bytes, const flatbuffers::Vector<flatbuffers::Offset<Table>>* segments) {
  return convert_all<Segment>(segments, [&](const Table& segment) {
    return Segment{segment.offset(), segment.size(), format::offset_in(bytes, &segment)};
  });
}

template <class Table>
TensorLayout convert_layout(const Table& table) {
  return {static_cast<ScalarType>(table.scalar_type()), items(table.sizes()), items(table.dim_order())};
}

Result<> read_v07(DataFile& data, ByteView bytes) {
  namespace fb = ptetool::fb::ptd;
  PTETOOL_ASSIGN(const fb::FlatTensor* root,
                 format::verified_root<fb::FlatTensor>(bytes, data.file->name(), "the data file's flatbuffer"));
  data.layout = Layout::V07;
  data.version = root->version();
  data.has_segments = root->segments() != nullptr;
  data.has_entries = root->named_data() != nullptr;
  data.segments = convert_segments(bytes, root->segments());
  data.entries = convert_all<Entry>(root->named_data(), [&](const fb::NamedData& table) {
    Entry entry;
    entry.key = text(table.key());
    entry.segment_index = table.segment_index();
    if (table.tensor_layout()) entry.tensor_layout = convert_layout(*table.tensor_layout());
    entry.offset = format::offset_in(bytes, &table);
    return entry;
  });
  return {};
}

Result<> read_v06(DataFile& data, ByteView bytes) {
  namespace fb = ptetool::fb::ptd06;
  PTETOOL_ASSIGN(const fb::FlatTensor* root,
                 format::verified_root<fb::FlatTensor>(bytes, data.file->name(), "the data file's flatbuffer (v0.6)"));
  data.layout = Layout::V06;
  data.version = root->version();
  data.tensor_alignment = root->tensor_alignment();
  data.has_segments = root->segments() != nullptr;
  data.has_entries = root->tensors() != nullptr || root->named_data() != nullptr;
  data.segments = convert_segments(bytes, root->segments());
  data.entries = convert_all<Entry>(root->tensors(), [&](const fb::TensorMetadata& table) {
    return Entry{text(table.fully_qualified_name()), table.segment_index(), table.offset(), convert_layout(table),
                 format::offset_in(bytes, &table)};
  });
  for (const Entry& opaque : convert_all<Entry>(root->named_data(), [&](const fb::NamedData& table) {
         return Entry{text(table.key()), table.segment_index(), 0, std::nullopt, format::offset_in(bytes, &table)};
       })) {
    data.entries.push_back(opaque);
  }
  return {};
}

}  // namespace

std::optional<std::uint64_t> layout_nbytes(const TensorLayout& layout) {
  const auto count = checked_numel(layout.sizes);
  const auto size = dtype_size(layout.scalar_type);
  if (!count || !size) return std::nullopt;
  return checked_mul(static_cast<std::uint64_t>(*count), *size);
}

Result<DataFile> read_ptd(std::shared_ptr<const File> file) {
  if (file->size() < 8) {
    return fail(ErrorCode::Malformed, file->name(), "",
                file->size() == 0 ? std::string("is empty")
                                  : "is cut off: " + counted(file->size(), "byte") + " cannot hold a data file",
                0);
  }
  if (!has_tag(file->bytes(), 4, "FT01")) {
    return fail(ErrorCode::WrongKind, file->name(), "", "is no ExecuTorch data file (no 'FT01' at offset 4)", 4);
  }
  DataFile data;
  data.file = file;
  PTETOOL_ASSIGN(data.header, read_header(*file));
  data.flatbuffer_end = data.header ? data.header->flatbuffer_offset + data.header->flatbuffer_size : file->size();
  const ByteView bytes = file->bytes().first(static_cast<std::size_t>(data.flatbuffer_end));
  const auto vtable = root_vtable_size(bytes);
  PTETOOL_CHECK(vtable && *vtable >= kVtableSizeV06 ? read_v06(data, bytes) : read_v07(data, bytes));
  return data;
}

Result<ByteView> DataFile::segment_bytes(std::uint64_t index) const {
  const std::string path = indexed("segments", index);
  const auto malformed = [&](std::string message, std::uint64_t offset) {
    return fail(ErrorCode::Malformed, file->name(), path, std::move(message), offset);
  };
  if (index >= segments.size()) {
    return malformed("does not exist; the file has " + counted(segments.size(), "segment"), 0);
  }
  const Segment& segment = segments[static_cast<std::size_t>(index)];
  if (segment.size == 0) return ByteView();
  if (!header) return malformed("has bytes, but the file has no header that tells where", segment.table_offset);
  if (!range_within(segment.offset, segment.size, header->segment_data_size)) {
    return malformed("bytes " + std::to_string(segment.offset) + " to +" + std::to_string(segment.size) +
                         " leave the segment area of " + std::to_string(header->segment_data_size) + " bytes",
                     segment.table_offset);
  }
  const auto start = checked_add(header->segment_base_offset, segment.offset);
  const auto part = start ? subview(file->bytes(), *start, segment.size) : std::nullopt;
  if (!part) {
    return malformed("ends beyond the file's " + std::to_string(file->size()) + " bytes (base " +
                         std::to_string(header->segment_base_offset) + " + offset " + std::to_string(segment.offset) +
                         " + size " + std::to_string(segment.size) + "): the file is cut off",
                     segment.table_offset);
  }
  return *part;
}

Result<ByteView> DataFile::entry_bytes(const Entry& entry) const {
  PTETOOL_ASSIGN(const ByteView segment, segment_bytes(entry.segment_index));
  if (layout == Layout::V07 || !entry.tensor_layout) return segment;
  const auto size = layout_nbytes(*entry.tensor_layout);
  const auto part = size ? subview(segment, entry.offset_in_segment, *size) : std::nullopt;
  if (!part) {
    return fail(ErrorCode::Malformed, file->name(), quoted(entry.key),
                "its bytes at " + std::to_string(entry.offset_in_segment) + " leave the segment of " +
                    std::to_string(segment.size()) + " bytes",
                entry.offset);
  }
  return *part;
}

std::uint64_t DataFile::offset_of(ByteView part) const {
  const auto* start = file->bytes().data();
  if (part.data() < start || part.data() > start + file->size()) return 0;
  return static_cast<std::uint64_t>(part.data() - start);
}

}  // namespace ptetool::ptd
