// SEG: segments of programs and data files, and the bytes between them (format-facts 1.3, 2.1).
#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// What runtimes assume of constants, delegate payloads and the flatbuffer itself.
constexpr std::uint64_t kDataAlignment = 16;
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
    if (extent.start % kDataAlignment == 0) continue;
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

// Which segments something refers to.
std::unordered_set<std::uint64_t> used_segments(const pte::Program& program) {
  std::unordered_set<std::uint64_t> used;
  if (program.constant_segment) used.insert(program.constant_segment->segment_index);
  for (const pte::SubsegmentOffsets& table : program.mutable_data_segments) used.insert(table.segment_index);
  for (const pte::NamedData& entry : program.named_data) used.insert(entry.segment_index);
  for (const pte::ExecutionPlan& plan : program.execution_plan) {
    for (const pte::BackendDelegate& delegate : plan.delegates) {
      if (delegate.has_processed && delegate.location == pte::DataLocation::Segment) used.insert(delegate.index);
    }
  }
  return used;
}

void program_segments_used(const pte::Program& program, Context& context) {
  const auto used = used_segments(program);
  for (std::size_t i = 0; i < program.segments.size(); ++i) {
    if (program.segments[i].size == 0 || used.contains(i)) continue;
    context.report(indexed("segments", i), program.segments[i].table_offset, "nothing in the program refers to it");
  }
}

void data_segments_used(const ptd::DataFile& data, Context& context) {
  std::unordered_set<std::uint64_t> used;
  for (const ptd::Entry& entry : data.entries) used.insert(entry.segment_index);
  for (std::size_t i = 0; i < data.segments.size(); ++i) {
    if (data.segments[i].size == 0 || used.contains(i)) continue;
    context.report(indexed("segments", i), data.segments[i].table_offset, "no entry refers to it");
  }
}

// function(table, name) for the constant segment and the tables of initial state.
template <class Function>
void each_offset_table(const pte::Program& program, Function&& function) {
  if (program.constant_segment) function(*program.constant_segment, std::string("constant_segment"));
  for (std::size_t i = 0; i < program.mutable_data_segments.size(); ++i) {
    function(program.mutable_data_segments[i], indexed("mutable_data_segments", i));
  }
}

void offset_tables_have_segment(const pte::Program& program, Context& context) {
  each_offset_table(program, [&](const pte::SubsegmentOffsets& table, const std::string& name) {
    // With the reserved entry alone the segment is never loaded.
    if (table.offsets.size() < 2 || table.segment_index < program.segments.size()) return;
    context.report(name + ".segment_index", table.table_offset,
                   "is " + std::to_string(table.segment_index) + ", the program has " +
                       counted(program.segments.size(), "segment"));
  });
}

void offsets_inside_segment(const pte::Program& program, Context& context) {
  each_offset_table(program, [&](const pte::SubsegmentOffsets& table, const std::string& name) {
    if (table.segment_index >= program.segments.size()) return;
    const std::uint64_t size = program.segments[table.segment_index].size;
    for (std::size_t i = 1; i < table.offsets.size(); ++i) {
      if (table.offsets[i] <= size) continue;
      context.report(name + "." + indexed("offsets", i), table.table_offset,
                     "lies behind the end of the segment of " + counted(size, "byte"));
    }
  });
}

void reserved_offset_zero(const pte::Program& program, Context& context) {
  each_offset_table(program, [&](const pte::SubsegmentOffsets& table, const std::string& name) {
    if (table.offsets.empty() || table.offsets[0] == 0) return;
    context.report(name + ".offsets[0]", table.table_offset,
                   "is " + std::to_string(table.offsets[0]) + ", the reserved entry is 0");
  });
}

void offsets_ascend(const pte::Program& program, Context& context) {
  each_offset_table(program, [&](const pte::SubsegmentOffsets& table, const std::string& name) {
    for (std::size_t i = 2; i < table.offsets.size(); ++i) {
      if (table.offsets[i] >= table.offsets[i - 1]) continue;
      context.report(name + "." + indexed("offsets", i), table.table_offset, "is below the entry before it");
    }
  });
}

void constants_aligned(const pte::Program& program, Context& context) {
  if (!program.constant_segment) return;
  const auto& table = *program.constant_segment;
  for (std::size_t i = 1; i < table.offsets.size(); ++i) {
    if (table.offsets[i] % kDataAlignment == 0) continue;
    context.report("constant_segment." + indexed("offsets", i), table.table_offset, "is no multiple of 16");
  }
}

void inline_data_aligned(const pte::Program& program, Context& context) {
  const auto check = [&](const std::vector<pte::InlineData>& list, std::string_view name) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].data.empty() || list[i].offset % kDataAlignment == 0) continue;
      context.report(indexed(name, i), list[i].offset, "begins at a file offset that is no multiple of 16");
    }
  };
  check(program.constant_buffer, "constant_buffer");
  check(program.backend_delegate_data, "backend_delegate_data");
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
    {{.id = "SEG011",
      .severity = Severity::Note,
      .title = "every segment of a program is used",
      .cause = "a tool that dropped what referred to the segment",
      .effect = "none but the size of the file",
      .cure = "write the file again"},
     program_segments_used},
    {{.id = "SEG012",
      .severity = Severity::Note,
      .title = "every segment of a data file is used",
      .cause = "a tool that dropped the entries of the segment",
      .effect = "none but the size of the file",
      .cure = "write the file again"},
     data_segments_used},
    {{.id = "SEG013",
      .guards_execution = true,
      .title = "the tables of constants and of initial state name a segment that exists",
      .cause = "a damaged program, or a tool that renumbered segments",
      .effect = "ExecuTorch refuses the program (constants) or the method (state)",
      .cure = "export the program again"},
     offset_tables_have_segment},
    {{.id = "SEG014",
      .severity = Severity::Warning,
      .title = "constants and initial state begin inside their segment",
      .cause = "a damaged offset table",
      .effect = "ExecuTorch fails where such a constant is used",
      .cure = "export the program again"},
     offsets_inside_segment},
    {{.id = "SEG015",
      .severity = Severity::Note,
      .title = "entry 0 of an offset table is the reserved one",
      .cause = "a writer that does not reserve entry 0",
      .effect = "none by itself: index 0 means no buffer and its offset is never read; the first constant may be lost",
      .cure = "write the program again with ExecuTorch"},
     reserved_offset_zero},
    {{.id = "SEG016",
      .severity = Severity::Note,
      .title = "offsets of constants and of initial state ascend",
      .cause = "another writer, or a damaged table",
      .effect = "none: each offset is used by itself",
      .cure = "none is needed"},
     offsets_ascend},
    {{.id = "SEG017",
      .severity = Severity::Warning,
      .title = "constants begin on a 16-byte boundary of their segment",
      .cause = "a writer that does not align, or a small constant_tensor_alignment",
      .effect = "ExecuTorch uses constants in place; kernels that need alignment are slow or fault",
      .cure = "export with the default alignment"},
     constants_aligned},
    {{.id = "SEG018",
      .severity = Severity::Warning,
      .title = "inline constants and payloads begin on a 16-byte boundary",
      .cause = "a writer that does not align",
      .effect = "ExecuTorch uses them in place; kernels that need alignment are slow or fault",
      .cure = "export the program again"},
     inline_data_aligned},
};

}  // namespace

std::span<const Rule> seg_rules() { return kRules; }

}  // namespace ptetool::verify
