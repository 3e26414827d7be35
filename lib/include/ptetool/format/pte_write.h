// Writes programs as ExecuTorch's exporter does (format-facts 1): flatbuffer, extended header of 32 bytes where there
// are segments, segments behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ptetool/format/image.h"
#include "ptetool/format/pte.h"

namespace ptetool::pte {

struct WriteLayout {
  std::uint64_t segment_alignment = format::kSegmentAlignment;
  std::uint64_t inline_alignment = format::kTensorAlignment;  // of constant_buffer and inline payloads
};

// The alignments that a program's file keeps, so that what is written from it keeps them as well.
WriteLayout layout_of(const Program& program);

// The contents of all segments of a program, each once for every entry of its table. Errors: those of segment_bytes().
Result<std::vector<format::SegmentContent>> segment_contents(const Program& program);

// A program of today's format with one method, whose lists are all there and empty: to be filled and written.
Program program_with_method(std::string_view name);

// Can the program be written? Errors: those of make_pte(), found without writing anything.
Result<> writable(const Program& program);

// A program of these tables and segments. Of `program` everything is written but header, offsets and `segments`, whose
// place `segments` takes; they are numbered in this order. The views of both must outlive the image.
// Errors: Unsupported (a pre-release program, or a value or instruction of a kind that this schema does not know, whose
// content nobody could write), Limit (a flatbuffer of 2 GiB).
Result<format::FileImage> make_pte(const Program& program, std::span<const format::SegmentContent> segments,
                                   const WriteLayout& layout = {});

struct SameOptions {
  // false: where bytes are kept may differ, that is data_buffer_idx, location and name of tensors with content, the
  // places of payloads, and the tables of segments, constants and named data.
  bool storage = true;
};
// Where two programs differ first ("execution_plan[0].values[3].sizes"); nullopt: nowhere. Header, offsets and bytes
// in segments are not compared, but inline bytes are (with `storage`).
std::optional<std::string> first_difference(const Program& a, const Program& b, const SameOptions& options = {});

}  // namespace ptetool::pte
