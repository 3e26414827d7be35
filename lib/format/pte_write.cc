// Programs as files: the root table over plans, constants and segments, the header, and how all of it is aligned.
#include "ptetool/format/pte_write.h"

#include <algorithm>

#include "format/flatbuffer_write.h"
#include "format/pte_tables_write.h"
#include "program_generated.h"
#include "ptetool/base/text.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::pte;
using flatbuffers::Offset;
using format::SegmentContent;
using format::write_aligned;
using format::write_all;
using format::write_items;
using format::write_text;

namespace {

constexpr std::uint32_t kHeaderLength = 32;
// What a plan's tables take at most per value, instruction and the like, besides what their lists hold. A guard against
// the builder's assertion, not a measure.
constexpr std::uint64_t kTableBytes = 256;

class Writer {
 public:
  Writer(const Program& program, const WriteLayout& layout) : program_(program), layout_(layout) {}

  // Why the program cannot be written, if so.
  Result<> check() const {
    if (program_.identifier != "ET12") {
      return refuse("", "is a program from before the first release (" + quoted(program_.identifier) +
                            "); only programs with 'ET12' can be written");
    }
    std::uint64_t bytes = 0;
    for (const InlineData& each : program_.constant_buffer) bytes += each.data.size() + kTableBytes;
    for (const InlineData& each : program_.backend_delegate_data) bytes += each.data.size() + kTableBytes;
    bytes += (program_.segments.size() + program_.named_data.size()) * kTableBytes;
    if (program_.constant_segment) bytes += program_.constant_segment->offsets.size_bytes();
    for (std::size_t p = 0; p < program_.execution_plan.size(); ++p) {
      PTETOOL_CHECK(check_plan(p, bytes));
    }
    if (bytes >= format::kMaxFlatbufferBytes) {
      return fail(ErrorCode::Limit, program_.file->name(), "",
                  "its tables and inline data exceed the 2 GiB that a flatbuffer can hold");
    }
    return {};
  }

  void finish(std::span<const SegmentContent> segments, const format::PlacedSegments& placed) {
    Offset<flatbuffers::Vector<Offset<fb::ExecutionPlan>>> plans;
    if (program_.has_execution_plan || !program_.execution_plan.empty()) {
      plans = write_all<fb::ExecutionPlan>(builder_, program_.execution_plan,
                                           [&](const ExecutionPlan& each) { return write_plan(builder_, each); });
    }
    const auto constants = write_all<fb::Buffer>(builder_, program_.constant_buffer, [&](const InlineData& each) {
      return fb::CreateBuffer(builder_, write_aligned(builder_, each.data, inline_alignment()));
    });
    const auto payloads =
        write_all<fb::BackendDelegateInlineData>(builder_, program_.backend_delegate_data, [&](const InlineData& each) {
          return fb::CreateBackendDelegateInlineData(builder_, write_aligned(builder_, each.data, inline_alignment()));
        });
    Offset<flatbuffers::Vector<Offset<fb::DataSegment>>> segment_table;
    if (program_.has_segments || !segments.empty()) {
      std::vector<Offset<fb::DataSegment>> tables;
      for (std::size_t i = 0; i < segments.size(); ++i) {
        tables.push_back(fb::CreateDataSegment(builder_, placed.offsets[i], segments[i].size));
      }
      segment_table = builder_.CreateVector(tables);
    }
    Offset<fb::SubsegmentOffsets> constant_segment;
    if (program_.constant_segment) constant_segment = subsegment(*program_.constant_segment);
    Offset<flatbuffers::Vector<Offset<fb::SubsegmentOffsets>>> state;
    if (!program_.mutable_data_segments.empty()) {
      state = write_all<fb::SubsegmentOffsets>(builder_, program_.mutable_data_segments,
                                               [&](const SubsegmentOffsets& each) { return subsegment(each); });
    }
    Offset<flatbuffers::Vector<Offset<fb::NamedData>>> named;
    if (program_.has_named_data || !program_.named_data.empty()) {
      named = write_all<fb::NamedData>(builder_, program_.named_data, [&](const NamedData& each) {
        return fb::CreateNamedData(builder_, write_text(builder_, each.key), each.segment_index);
      });
    }
    builder_.Finish(fb::CreateProgram(builder_, program_.version, plans, constants, payloads, segment_table,
                                      constant_segment, state, named),
                    fb::ProgramIdentifier());
  }

  const format::Builder& builder() const { return builder_; }
  std::size_t inline_alignment() const { return static_cast<std::size_t>(layout_.inline_alignment); }

 private:
  Failure refuse(std::string path, std::string message) const {
    return fail(ErrorCode::Unsupported, program_.file->name(), std::move(path), std::move(message));
  }

  Result<> check_plan(std::size_t index, std::uint64_t& bytes) const {
    const ExecutionPlan& plan = program_.execution_plan[index];
    const std::string path = indexed("execution_plan", index) + ".";
    for (std::size_t v = 0; v < plan.values.size(); ++v) {
      const auto* unknown = std::get_if<UnknownValue>(&plan.values[v].content);
      if (unknown && unknown->type != 0) {
        return refuse(path + indexed("values", v), "has a kind that cannot be written back: type " +
                                                       std::to_string(unknown->type) + ", or no content");
      }
      bytes += kTableBytes;
    }
    for (const Chain& chain : plan.chains) {
      for (std::size_t i = 0; i < chain.instructions.size(); ++i) {
        const auto* unknown = std::get_if<UnknownInstruction>(&chain.instructions[i].content);
        if (unknown && unknown->type != 0) {
          return refuse(path + indexed("instructions", i), "has a kind that cannot be written back: type " +
                                                               std::to_string(unknown->type) + ", or no content");
        }
        bytes += kTableBytes;
      }
    }
    return {};
  }

  Offset<fb::SubsegmentOffsets> subsegment(const SubsegmentOffsets& table) {
    return fb::CreateSubsegmentOffsets(builder_, table.segment_index, write_items(builder_, table.offsets));
  }

  const Program& program_;
  WriteLayout layout_;
  format::Builder builder_;
};

}  // namespace

WriteLayout layout_of(const Program& program) {
  WriteLayout layout;
  std::vector<std::uint64_t> offsets;
  if (program.header && program.header->segment_base_offset != 0) {
    offsets.push_back(program.header->segment_base_offset);
    for (const Segment& segment : program.segments) {
      if (segment.size != 0) offsets.push_back(segment.offset);
    }
    layout.segment_alignment =
        format::common_alignment(offsets, format::kSegmentAlignment, format::kMaxSegmentAlignment);
  }
  offsets.clear();
  for (const InlineData& each : program.constant_buffer) {
    if (!each.data.empty()) offsets.push_back(each.offset);
  }
  for (const InlineData& each : program.backend_delegate_data) {
    if (!each.data.empty()) offsets.push_back(each.offset);
  }
  if (!offsets.empty()) {
    layout.inline_alignment = format::common_alignment(offsets, format::kTensorAlignment, format::kMaxSegmentAlignment);
  }
  return layout;
}

Result<std::vector<SegmentContent>> segment_contents(const Program& program) {
  std::vector<SegmentContent> contents;
  for (std::size_t i = 0; i < program.segments.size(); ++i) {
    PTETOOL_ASSIGN(const ByteView bytes, program.segment_bytes(i));
    contents.push_back(SegmentContent::of(bytes));
  }
  return contents;
}

Result<> writable(const Program& program) { return Writer(program, {}).check(); }

Result<format::FileImage> make_pte(const Program& program, std::span<const SegmentContent> segments,
                                   const WriteLayout& layout) {
  Writer writer(program, layout);
  PTETOOL_CHECK(writer.check());
  PTETOOL_ASSIGN(const auto placed, format::place_segments(segments, layout.segment_alignment));
  writer.finish(segments, placed);
  const format::Builder& builder = writer.builder();
  format::FileImage image;
  if (placed.size == 0) {  // as exporters do: without segment bytes there is no header
    image.head = format::with_header(builder, {});
    image.size = image.head.size();
    return image;
  }
  const std::uint64_t alignment = std::max<std::uint64_t>(builder.GetBufferMinAlignment(), format::kTensorAlignment);
  const std::uint64_t padded_header = checked_align_up(kHeaderLength, alignment).value_or(kHeaderLength);
  const std::uint64_t program_size = padded_header + builder.GetSize();
  const auto base = checked_align_up(program_size, layout.segment_alignment);
  if (!base || !checked_add(*base, placed.size)) return fail(ErrorCode::Limit, "the segments exceed a file");
  std::vector<std::uint8_t> header;
  format::put_tag(header, "eh00");
  format::put(header, kHeaderLength);
  format::put(header, program_size);
  format::put(header, *base);
  format::put(header, placed.size);
  header.resize(static_cast<std::size_t>(padded_header));
  image.head = format::with_header(builder, header);
  format::append_segments(image, segments, placed, *base);
  return image;
}

}  // namespace ptetool::pte
