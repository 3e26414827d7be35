// SEG: who uses segments, and the tables of offsets into them (format-facts 1.3, 2.1).
#include <unordered_set>

#include "ptetool/base/text.h"
#include "ptetool/format/image.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

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
    if (table.offsets[i] % format::kTensorAlignment == 0) continue;
    context.report("constant_segment." + indexed("offsets", i), table.table_offset, "is no multiple of 16");
  }
}

void inline_data_aligned(const pte::Program& program, Context& context) {
  const auto check = [&](const std::vector<pte::InlineData>& list, std::string_view name) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].data.empty() || list[i].offset % format::kTensorAlignment == 0) continue;
      context.report(indexed(name, i), list[i].offset, "begins at a file offset that is no multiple of 16");
    }
  };
  check(program.constant_buffer, "constant_buffer");
  check(program.backend_delegate_data, "backend_delegate_data");
}

constexpr Rule kRules[] = {
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

std::span<const Rule> seg_use_rules() { return kRules; }

}  // namespace ptetool::verify
