// A PTD data file as plain structs (format-facts 2): named tensors and opaque blobs, of both layouts that exist.
// Views and offsets behave as in pte.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/dtype.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::ptd {

// The header, "FH01" (format-facts 2.1).
struct Header {
  std::uint32_t length = 0;
  std::uint64_t flatbuffer_offset = 0;  // padded end of this header; the root is still found from byte 0
  std::uint64_t flatbuffer_size = 0;    // before the header was inserted
  std::uint64_t segment_base_offset = 0;
  std::uint64_t segment_data_size = 0;
};

enum class Layout { V06, V07 };  // the v0.6 tables, and those of every release since

struct TensorLayout {
  ScalarType scalar_type{};
  std::span<const std::int32_t> sizes;
  std::span<const std::uint8_t> dim_order;
};
std::optional<std::uint64_t> layout_nbytes(const TensorLayout& layout);

struct Segment {
  std::uint64_t offset = 0;  // relative to segment_base_offset
  std::uint64_t size = 0;
  std::uint64_t table_offset = 0;
};

struct Entry {
  std::string_view key;
  std::uint32_t segment_index = 0;
  std::uint64_t offset_in_segment = 0;        // only v0.6 has several tensors in one segment
  std::optional<TensorLayout> tensor_layout;  // absent: an opaque blob, e.g. a constant of a delegate
  std::uint64_t offset = 0;                   // of the entry's table
};

struct DataFile {
  std::shared_ptr<const File> file;
  std::optional<Header> header;
  Layout layout = Layout::V07;
  std::uint32_t version = 0;
  std::uint32_t tensor_alignment = 0;  // v0.6 only
  std::vector<Segment> segments;
  std::vector<Entry> entries;  // in file order; keys may repeat (verify says so)
  bool has_segments = false;
  bool has_entries = false;
  std::uint64_t flatbuffer_end = 0;  // end of the flatbuffer in the file

  Result<ByteView> segment_bytes(std::uint64_t index) const;
  // Bytes of an entry: its whole segment, or in v0.6 files its layout's size from offset_in_segment on.
  Result<ByteView> entry_bytes(const Entry& entry) const;
  std::uint64_t offset_of(ByteView part) const;
};

// Reads the tables only: no page of tensor data is touched. Errors as for read_pte().
Result<DataFile> read_ptd(std::shared_ptr<const File> file);

}  // namespace ptetool::ptd
