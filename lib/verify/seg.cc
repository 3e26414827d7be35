// SEG: where segments of programs and data files lie, and the bytes between them (format-facts 1.3, 2.1).
#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/format/image.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// The largest segment alignment of any release (v0.1 to v0.3): longer gaps are no padding.
constexpr std::uint64_t kMostPadding = 4096;

// A segment with bytes, wherever it comes from.
struct Extent {
  std::uint64_t start;  // in the file
  std::uint64_t end;
  std::size_t index;
  std::uint64_t table_offset;
};

// Is every segment where it says? Otherwise its bytes would look like a gap.
template <class Container>
bool all_inside(const Container& container) {
  for (std::size_t i = 0; i < container.segments.size(); ++i) {
    if (!container.segment_bytes(i)) return false;
  }
  return true;
}

template <class Container>
std::vector<Extent> extents_of(const Container& container) {
  std::vector<Extent> extents;
  for (std::size_t i = 0; i < container.segments.size(); ++i) {
    const auto bytes = container.segment_bytes(i);
    if (!bytes || bytes->empty()) continue;
    const std::uint64_t start = container.offset_of(*bytes);
    extents.push_back({start, start + bytes->size(), i, container.segments[i].table_offset});
  }
  std::ranges::sort(extents, {}, [](const Extent& extent) { return std::pair(extent.start, extent.end); });
  return extents;
}

template <class Container>
void segments_inside(const Container& container, Context& context) {
  for (std::size_t i = 0; i < container.segments.size(); ++i) {
    if (const auto bytes = container.segment_bytes(i); !bytes) {
      context.report(indexed("segments", i), container.segments[i].table_offset, bytes.error().message);
    }
  }
}

template <class Container>
void segments_aligned(const Container& container, Context& context) {
  for (const Extent& extent : extents_of(container)) {
    if (extent.start % format::kTensorAlignment == 0) continue;
    context.report(indexed("segments", extent.index), extent.table_offset,
                   "begins at a file offset that is no multiple of 16");
  }
}

template <class Container>
void segments_apart(const Container& container, Context& context) {
  const Extent* furthest = nullptr;
  const std::vector<Extent> extents = extents_of(container);
  for (const Extent& extent : extents) {
    if (furthest && extent.start < furthest->end) {
      const bool same = extent.start == furthest->start && extent.end == furthest->end;
      context.report(indexed("segments", extent.index), extent.table_offset,
                     same ? "has the same bytes as " + indexed("segments", furthest->index)
                          : "overlaps " + indexed("segments", furthest->index));
    }
    if (!furthest || extent.end > furthest->end) furthest = &extent;
  }
}

// The gaps between the flatbuffer, the segments and the end of the segment area: function(from, to).
template <class Function>
void each_gap(const std::vector<Extent>& extents, std::uint64_t from, std::uint64_t end, Function&& function) {
  for (const Extent& extent : extents) {
    if (extent.start > from) function(from, extent.start);
    from = std::max(from, extent.end);
  }
  if (end > from) function(from, end);
}

struct Area {
  std::uint64_t from = 0;  // end of the flatbuffer
  std::uint64_t end = 0;   // end of the segment area, inside the file
};

std::optional<Area> area_of(const pte::Program& program) {
  if (!program.header || program.header->segment_base_offset == 0) return std::nullopt;
  const auto end = checked_add(program.header->segment_base_offset, program.header->segment_data_size);
  return Area{program.flatbuffer_size, std::min(end.value_or(0), program.file->size())};
}

std::optional<Area> area_of(const ptd::DataFile& data) {
  if (!data.header) return std::nullopt;
  const auto end = checked_add(data.header->segment_base_offset, data.header->segment_data_size);
  return Area{data.flatbuffer_end, std::min(end.value_or(0), data.file->size())};
}

template <class Container>
void padding_zero(const Container& container, Context& context) {
  const auto area = area_of(container);
  if (!area || !all_inside(container)) return;
  each_gap(extents_of(container), area->from, area->end, [&](std::uint64_t from, std::uint64_t to) {
    if (to - from >= kMostPadding) return;
    const ByteView gap =
        container.file->bytes().subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
    const auto found = std::ranges::find_if(gap, [](std::uint8_t byte) { return byte != 0; });
    if (found != gap.end()) {
      context.report("", from + static_cast<std::uint64_t>(found - gap.begin()),
                     "padding between segments is not zero");
    }
  });
}

template <class Container>
void gaps_small(const Container& container, Context& context) {
  const auto area = area_of(container);
  if (!area || !all_inside(container)) return;
  each_gap(extents_of(container), area->from, area->end, [&](std::uint64_t from, std::uint64_t to) {
    if (to - from >= kMostPadding) {
      context.report("", from, human_bytes(to - from) + " that no segment covers");
    }
  });
}

constexpr Rule kRules[] = {
    {{.id = "SEG001",
      .guards_execution = true,
      .title = "every segment of a program lies inside the segment area and the file",
      .cause = "a file that is cut off, or a damaged segment table",
      .effect = "ExecuTorch fails when it loads the segment; a mapped file is read beyond its end",
      .cure = "copy the file again"},
     ProgramRule(segments_inside<pte::Program>)},
    {{.id = "SEG002",
      .guards_execution = true,
      .title = "every segment of a data file lies inside the segment area and the file",
      .cause = "a file that is cut off, or a damaged segment table",
      .effect =
          "ExecuTorch compares a relative end with an absolute one, so that segments slightly out of range pass and "
          "foreign bytes become weights; others fail with InvalidExternalData",
      .cure = "copy the file again"},
     DataRule(segments_inside<ptd::DataFile>)},
    {{.id = "SEG003",
      .severity = Severity::Warning,
      .title = "segments of a program begin on a 16-byte boundary",
      .cause = "a writer that does not align",
      .effect = "ExecuTorch uses constants and payloads in place; kernels that need alignment are slow or fault",
      .cure = "write the file again with ExecuTorch or ptetool"},
     ProgramRule(segments_aligned<pte::Program>)},
    {{.id = "SEG004",
      .severity = Severity::Warning,
      .title = "segments of a program do not overlap",
      .cause = "a damaged segment table, or a tool that shares bytes",
      .effect = "ExecuTorch does not check this; where it is damage, weights are wrong",
      .cure = "compare with the source; share a segment by its index instead"},
     ProgramRule(segments_apart<pte::Program>)},
    {{.id = "SEG005",
      .severity = Severity::Warning,
      .title = "segments of a data file begin on a 16-byte boundary",
      .cause = "a writer that does not align, or a small tensor_alignment",
      .effect = "ExecuTorch uses the weights in place; kernels that need alignment are slow or fault",
      .cure = "write the file again with an alignment of 16 or more"},
     DataRule(segments_aligned<ptd::DataFile>)},
    {{.id = "SEG006",
      .severity = Severity::Warning,
      .title = "segments of a data file do not overlap",
      .cause = "a damaged segment table, or a tool that shares bytes",
      .effect = "ExecuTorch does not check this; where it is damage, weights are wrong",
      .cure = "compare with the source; share a segment by its index instead"},
     DataRule(segments_apart<ptd::DataFile>)},
    {{.id = "SEG007",
      .severity = Severity::Note,
      .title = "padding in a program is zero",
      .cause = "another writer, or damaged bytes",
      .effect = "none: nobody reads padding; files that should be equal differ",
      .cure = "none is needed"},
     ProgramRule(padding_zero<pte::Program>)},
    {{.id = "SEG008",
      .severity = Severity::Note,
      .title = "padding in a data file is zero",
      .cause = "another writer, or damaged bytes",
      .effect = "none: nobody reads padding; files that should be equal differ",
      .cure = "none is needed"},
     DataRule(padding_zero<ptd::DataFile>)},
    {{.id = "SEG009",
      .severity = Severity::Note,
      .title = "the segments of a program fill the segment area",
      .cause = "a tool that dropped segments from the table and left their bytes",
      .effect = "none but the size of the file",
      .cure = "write the file again"},
     ProgramRule(gaps_small<pte::Program>)},
    {{.id = "SEG010",
      .severity = Severity::Note,
      .title = "the segments of a data file fill the segment area",
      .cause = "a tool that dropped segments from the table and left their bytes",
      .effect = "none but the size of the file",
      .cure = "write the file again"},
     DataRule(gaps_small<ptd::DataFile>)},
};

}  // namespace

std::span<const Rule> seg_rules() { return kRules; }

}  // namespace ptetool::verify
