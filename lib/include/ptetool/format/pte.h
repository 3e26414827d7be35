// A PTE program as plain structs (format-facts 1).
//
// Texts and number lists are views into the file's bytes: a Program keeps its File alive, and copies of its parts are
// valid as long as one Program that shares the File lives. Where the file has no vector at all, the view's data() is
// null, which is different from an empty vector; absent tables are std::nullopt. That, and the offsets, let a writer
// put an unchanged program back as it was.
//
// read_pte() proves structure only: header arithmetic, identifier, every flatbuffer offset. Meaning (indices in range,
// segments inside the file, tensors inside arenas) is proved by the rules in verify/, which the loader runs too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"
#include "ptetool/format/pte_plan.h"

namespace ptetool::pte {

// The extended header, "eh00" (format-facts 1.1). All offsets count from the start of the program's bytes.
struct ExtendedHeader {
  std::uint32_t length = 0;               // 24 up to v0.7, 32 since v1.0
  std::uint64_t program_size = 0;         // flatbuffer including the header
  std::uint64_t segment_base_offset = 0;  // 0: no segments
  std::uint64_t segment_data_size = 0;    // 0 where length < 32: unknown
};

struct InlineData {
  ByteView data;
  std::uint64_t offset = 0;  // of the first byte of data
};

struct Segment {
  std::uint64_t offset = 0;  // relative to segment_base_offset
  std::uint64_t size = 0;
  std::uint64_t table_offset = 0;
};

struct SubsegmentOffsets {
  std::uint32_t segment_index = 0;
  std::span<const std::uint64_t> offsets;
  std::uint64_t table_offset = 0;
};

struct NamedData {
  std::string_view key;
  std::uint32_t segment_index = 0;
  std::uint64_t offset = 0;
};

struct Program {
  std::shared_ptr<const File> file;
  std::string_view identifier;  // "ET12"; "ET02" for files from before the first release, which no runtime loads
  std::shared_ptr<const void> converted;  // owns what views point to that is not in the file (ET02 only)
  std::optional<ExtendedHeader> header;
  std::uint32_t version = 0;
  std::vector<ExecutionPlan> execution_plan;
  std::vector<InlineData> constant_buffer;
  std::vector<InlineData> backend_delegate_data;
  std::vector<Segment> segments;
  std::optional<SubsegmentOffsets> constant_segment;
  std::vector<SubsegmentOffsets> mutable_data_segments;
  std::vector<NamedData> named_data;
  bool has_execution_plan = false;
  bool has_segments = false;
  bool has_named_data = false;
  std::uint64_t flatbuffer_size = 0;  // bytes at the start of the file that are the flatbuffer with its header
  std::uint64_t root_offset = 0;      // of the Program table

  // Bytes of a segment, checked against the file and, where the header tells it, the segment data size.
  Result<ByteView> segment_bytes(std::uint64_t index) const;
  // The `size` bytes of constant `data_buffer_idx` (>= 1), from constant_buffer or the constant segment.
  Result<ByteView> constant_bytes(std::uint32_t data_buffer_idx, std::uint64_t size) const;
  // The `size` initial bytes of state `data_buffer_idx` (>= 1), from mutable_data_segments[0]. Not aligned.
  Result<ByteView> initial_state_bytes(std::uint32_t data_buffer_idx, std::uint64_t size) const;
  // The processed bytes of a delegate, inline or in a segment.
  Result<ByteView> delegate_bytes(const BackendDelegate& delegate) const;
  const ExecutionPlan* find_method(std::string_view name) const;
  // Position of `part` in the file; 0 for bytes that are not of this file.
  std::uint64_t offset_of(ByteView part) const;
};

// Reads a program from the whole of `file`. Errors: WrongKind (identifiers other than ET12 and ET02), Malformed (header
// or flatbuffer broken, with the offset), Limit (a flatbuffer of 2 GiB or more).
Result<Program> read_pte(std::shared_ptr<const File> file);

}  // namespace ptetool::pte
