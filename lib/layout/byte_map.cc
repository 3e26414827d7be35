// Collects claims on byte ranges from the tables of a file and lays them out without overlap.
#include "ptetool/layout/byte_map.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::layout {

namespace {

// Segments were aligned to this up to v0.3 (format-facts 1.3); nothing aligns to more.
constexpr std::uint64_t kLargestAlignment = 4096;

struct KindRow {
  RangeKind kind;
  std::string_view id;
  std::string_view name;
  std::string_view part_id;  // of the size breakdown
  std::string_view part_name;
};

constexpr KindRow kKinds[] = {
    {RangeKind::Header, "header", "header", "program", "program"},
    {RangeKind::Flatbuffer, "flatbuffer", "flatbuffer", "program", "program"},
    {RangeKind::Constant, "constant", "constant", "constants", "constants"},
    {RangeKind::State, "state", "initial state", "state", "initial state"},
    {RangeKind::Delegate, "delegate", "delegate", "delegates", "delegates"},
    {RangeKind::NamedData, "named_data", "named data", "named_data", "named data"},
    {RangeKind::TestData, "test_data", "test data", "test_data", "test data"},
    {RangeKind::Opaque, "opaque", "opaque", "opaque", "opaque"},
    {RangeKind::Unused, "unused", "unused segment", "unused", "unused segments"},
    {RangeKind::Padding, "padding", "padding", "padding", "padding"},
    {RangeKind::Gap, "gap", "gap", "gaps", "gaps"},
    {RangeKind::Trailing, "trailing", "trailing bytes", "trailing", "trailing bytes"},
};

const KindRow& row_of(RangeKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

// Lays out claims, first come first served; what is left free at the end are the gaps.
class Layout {
 public:
  explicit Layout(std::uint64_t file_size) {
    map_.file_size = file_size;
    if (file_size != 0) free_.emplace(0, file_size);
  }

  void claim(Range range) {
    if (range.size == 0) return;
    if (!range_within(range.offset, range.size, map_.file_size)) {
      note(range, "reaches beyond the end of the file");
      if (range.offset >= map_.file_size) return;
      range.size = map_.file_size - range.offset;
      range.cut = true;
    }
    const std::uint64_t end = range.offset + range.size;
    auto gap = free_.upper_bound(range.offset);
    if (gap != free_.begin() && std::prev(gap)->second > range.offset) --gap;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
    std::uint64_t owned = 0;
    while (gap != free_.end() && gap->first < end) {
      const auto [gap_start, gap_end] = *gap;
      const std::uint64_t start = std::max(gap_start, range.offset);
      const std::uint64_t stop = std::min(gap_end, end);
      gap = free_.erase(gap);
      if (gap_start < start) free_.emplace_hint(gap, gap_start, start);
      if (stop < gap_end) gap = free_.emplace_hint(gap, stop, gap_end);
      parts.emplace_back(start, stop - start);
      owned += stop - start;
      if (stop < gap_end) break;
    }
    if (owned != range.size) {
      if (range.kind != RangeKind::Flatbuffer) note(range, "lies over bytes that belong to something else");
      range.cut = range.kind != RangeKind::Flatbuffer;
    }
    for (const auto& [offset, size] : parts) {
      Range& part = map_.ranges.emplace_back(range);
      part.offset = offset;
      part.size = size;
    }
  }

  // Bytes up to here belong to the file even where nothing claims them.
  void expect(std::uint64_t end) { expected_end_ = std::max(expected_end_, end); }

  ByteMap finish() {
    std::uint64_t last = expected_end_;
    for (const Range& range : map_.ranges) last = std::max(last, range.offset + range.size);
    for (const auto& [start, end] : free_) {
      const RangeKind kind = start >= last                      ? RangeKind::Trailing
                             : end - start >= kLargestAlignment ? RangeKind::Gap
                                                                : RangeKind::Padding;
      map_.ranges.push_back({start, end - start, kind, std::string(kind_name(kind)), {}, {}, false});
    }
    std::ranges::sort(map_.ranges, {}, &Range::offset);
    return std::move(map_);
  }

 private:
  void note(const Range& range, std::string_view what) {
    if (map_.overlaps.size() >= kMostOverlaps) return;
    map_.overlaps.push_back(quoted(range.name) + " (" + hex(range.offset) + ", " + counted(range.size, "byte") + ") " +
                            std::string(what));
  }

  ByteMap map_;
  std::uint64_t expected_end_ = 0;
  std::map<std::uint64_t, std::uint64_t> free_;  // start -> end
};

void add_user(Range& range, std::string user) {
  if (range.users.size() < kMostUsers) range.users.push_back(std::move(user));
}

std::uint64_t offset_in(const File& file, ByteView part) {
  const std::uint8_t* start = file.bytes().data();
  const bool inside = !part.empty() && std::less_equal<>()(start, part.data()) &&
                      std::less_equal<>()(part.data() + part.size(), start + file.size());
  return inside ? static_cast<std::uint64_t>(part.data() - start) : file.size();
}

// What the tensors of all methods tell about the constants or the states with one index.
struct BufferUse {
  std::uint64_t size = 0;
  std::string name;
  std::string type;
  std::vector<std::string> users;
};

// All claims of one program that begins at `shift` of the file.
class ProgramClaims {
 public:
  ProgramClaims(const pte::Program& program, std::uint64_t shift, Layout& layout)
      : program_(program), shift_(shift), layout_(layout) {}

  void add() {
    collect_uses();
    const std::uint64_t header = program_.header ? 8 + std::uint64_t{program_.header->length} : 8;
    layout_.claim({shift_, std::min(header, program_.flatbuffer_size), RangeKind::Header, "header", {}, {}, false});
    for (std::size_t i = 0; i < program_.constant_buffer.size(); ++i) {
      const pte::InlineData& inline_data = program_.constant_buffer[i];
      const auto use = constants_.find(static_cast<std::uint32_t>(i));
      claim_buffer(RangeKind::Constant, "constant", i, inline_data.offset, inline_data.data.size(),
                   use == constants_.end() ? nullptr : &use->second);
    }
    std::vector<Range> inline_delegates;
    for (std::size_t i = 0; i < program_.backend_delegate_data.size(); ++i) {
      const pte::InlineData& inline_data = program_.backend_delegate_data[i];
      inline_delegates.push_back({shift_ + inline_data.offset,
                                  inline_data.data.size(),
                                  RangeKind::Delegate,
                                  "inline delegate " + std::to_string(i),
                                  {},
                                  {},
                                  false});
    }
    std::vector<Range> segments = segment_ranges(inline_delegates);
    for (Range& range : inline_delegates) layout_.claim(std::move(range));
    if (program_.constant_segment) {
      claim_subsegments(*program_.constant_segment, RangeKind::Constant, "constant", constants_, segments);
    }
    for (const pte::SubsegmentOffsets& table : program_.mutable_data_segments) {
      claim_subsegments(table, RangeKind::State, "state", states_, segments);
    }
    for (const RangeKind kind : {RangeKind::Delegate, RangeKind::NamedData, RangeKind::Unused}) {
      for (Range& range : segments) {
        if (range.kind == kind && range.size != 0) layout_.claim(std::move(range));
      }
    }
    layout_.claim({shift_, program_.flatbuffer_size, RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
  }

 private:
  void collect_uses() {
    for (const pte::ExecutionPlan& plan : program_.execution_plan) {
      for (std::size_t v = 0; v < plan.values.size(); ++v) {
        const pte::Tensor* tensor = plan.values[v].tensor();
        if (!tensor || (!tensor->constant() && !tensor->initialised_state())) continue;
        BufferUse& use = (tensor->constant() ? constants_ : states_)[tensor->data_buffer_idx];
        if (const auto size = pte::tensor_nbytes(*tensor); size && *size >= use.size) {
          use.size = *size;
          use.type = type_text(*tensor);
        }
        if (use.name.empty()) use.name = std::string(tensor->name());
        if (use.users.size() < kMostUsers) use.users.push_back(value_place(plan, v));
      }
    }
  }

  void claim_buffer(RangeKind kind, std::string_view word, std::uint64_t index, std::uint64_t offset,
                    std::uint64_t size, const BufferUse* use) {
    Range range{shift_ + offset, size, kind, std::string(word) + " " + std::to_string(index), {}, {}, false};
    if (use) {
      if (!use->name.empty()) range.name = use->name;
      range.type = use->type;
      range.users = use->users;
    }
    layout_.claim(std::move(range));
  }

  // One range per segment with its users; the kind is that of the first use.
  std::vector<Range> segment_ranges(std::vector<Range>& inline_delegates) const {
    std::vector<Range> ranges;
    const std::uint64_t base = program_.header ? program_.header->segment_base_offset : 0;
    for (std::size_t i = 0; i < program_.segments.size(); ++i) {
      const pte::Segment& segment = program_.segments[i];
      const auto start = checked_add(base, segment.offset);
      const auto shifted = start ? checked_add(*start, shift_) : std::nullopt;
      ranges.push_back({shifted.value_or(0),
                        shifted ? segment.size : 0,
                        RangeKind::Unused,
                        "segment " + std::to_string(i),
                        {},
                        {},
                        false});
      layout_.expect(ranges.back().offset + std::min(ranges.back().size, ~ranges.back().offset));
    }
    const auto use = [](Range& range, RangeKind kind, std::string_view name, std::string user) {
      if (range.users.empty()) {
        range.kind = kind;
        range.name = std::string(name);
      }
      add_user(range, std::move(user));
    };
    for (const pte::ExecutionPlan& plan : program_.execution_plan) {
      for (std::size_t d = 0; d < plan.delegates.size(); ++d) {
        const pte::BackendDelegate& delegate = plan.delegates[d];
        auto& owners = delegate.location == pte::DataLocation::Segment ? ranges : inline_delegates;
        if (!delegate.has_processed || delegate.index >= owners.size()) continue;
        const std::string place = delegate_place(plan, d);
        use(owners[delegate.index], RangeKind::Delegate, place, place);
      }
    }
    for (const pte::NamedData& entry : program_.named_data) {
      if (entry.segment_index >= ranges.size()) continue;
      use(ranges[entry.segment_index], RangeKind::NamedData, entry.key, std::string(entry.key));
    }
    return ranges;
  }

  // Constants and states have a start each and no length: the tensors tell it, or where none does, the next start.
  void claim_subsegments(const pte::SubsegmentOffsets& table, RangeKind kind, std::string_view word,
                         const std::unordered_map<std::uint32_t, BufferUse>& uses, std::vector<Range>& segments) {
    if (table.segment_index >= segments.size()) return;
    Range& segment = segments[table.segment_index];
    std::vector<std::uint64_t> starts(table.offsets.begin(), table.offsets.end());
    std::ranges::sort(starts);
    for (std::size_t i = 1; i < table.offsets.size(); ++i) {
      const std::uint64_t start = table.offsets[i];
      if (start >= segment.size) continue;
      const auto use = uses.find(static_cast<std::uint32_t>(i));
      const auto next = std::ranges::upper_bound(starts, start);
      const std::uint64_t limit = (next == starts.end() ? segment.size : std::min(*next, segment.size)) - start;
      const std::uint64_t size = use == uses.end() ? limit : std::min(use->second.size, segment.size - start);
      claim_buffer(kind, word, i, segment.offset - shift_ + start, size, use == uses.end() ? nullptr : &use->second);
    }
    // What is left of the segment is padding unless something else refers to it as a whole.
    if (segment.kind == RangeKind::Unused) segment.size = 0;
  }

  const pte::Program& program_;
  std::uint64_t shift_;
  Layout& layout_;
  std::unordered_map<std::uint32_t, BufferUse> constants_;
  std::unordered_map<std::uint32_t, BufferUse> states_;
};

void claim_data_file(const ptd::DataFile& data, Layout& layout) {
  const std::uint64_t header = data.header ? 8 + std::uint64_t{data.header->length} : 8;
  layout.claim({0, std::min(header, data.flatbuffer_end), RangeKind::Header, "header", {}, {}, false});
  layout.claim({0, data.flatbuffer_end, RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
  std::vector<Range> ranges;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> known;
  std::vector<bool> used(data.segments.size(), false);
  for (const ptd::Entry& entry : data.entries) {
    if (entry.segment_index < used.size()) used[entry.segment_index] = true;
    const auto bytes = data.entry_bytes(entry);
    if (!bytes || bytes->empty()) continue;
    const std::uint64_t offset = data.offset_of(*bytes);
    const auto [place, fresh] = known.try_emplace({offset, bytes->size()}, ranges.size());
    if (fresh) {
      ranges.push_back({offset,
                        bytes->size(),
                        RangeKind::NamedData,
                        std::string(entry.key),
                        entry.tensor_layout ? type_text(*entry.tensor_layout) : std::string(),
                        {},
                        false});
    }
    add_user(ranges[place->second], std::string(entry.key));
  }
  for (Range& range : ranges) layout.claim(std::move(range));
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto bytes = data.segment_bytes(i);
    if (!bytes || bytes->empty()) continue;
    layout.expect(data.offset_of(*bytes) + bytes->size());
    if (used[i]) continue;
    layout.claim(
        {data.offset_of(*bytes), bytes->size(), RangeKind::Unused, "segment " + std::to_string(i), {}, {}, false});
  }
}

void claim_bundle(const Bundle& bundle, Layout& layout) {
  const File& file = *bundle.bundle.file;
  layout.claim({0, std::min<std::uint64_t>(8, file.size()), RangeKind::Header, "header", {}, {}, false});
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) {
    for (std::size_t c = 0; c < suite.test_cases.size(); ++c) {
      const auto claim = [&](std::span<const bundled::Value> values, std::string_view word) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto* tensor = std::get_if<bundled::Tensor>(&values[i].content);
          if (!tensor || tensor->data.empty()) continue;
          layout.claim({offset_in(file, tensor->data),
                        tensor->data.size(),
                        RangeKind::TestData,
                        std::string(suite.method_name) + " case " + std::to_string(c) + " " + std::string(word) + " " +
                            std::to_string(i),
                        type_text(*tensor),
                        {},
                        false});
        }
      };
      claim(suite.test_cases[c].inputs, "input");
      claim(suite.test_cases[c].expected_outputs, "expected output");
    }
  }
  if (!bundle.bundle.program.empty()) ProgramClaims(*bundle.program, bundle.bundle.program_offset, layout).add();
  // Tables of the bundle lie around the program; bytes at the program's end that it does not own are its padding.
  const std::uint64_t end = bundle.bundle.program_offset + bundle.bundle.program.size();
  layout.claim({0, bundle.bundle.program_offset, RangeKind::Flatbuffer, "bundle flatbuffer", {}, {}, false});
  if (end < file.size())
    layout.claim({end, file.size() - end, RangeKind::Flatbuffer, "bundle flatbuffer", {}, {}, false});
}

void claim_graph(const xnn::Graph& graph, std::uint64_t file_size, Layout& layout) {
  if (!graph.header) {
    layout.claim({0, file_size, RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
    return;
  }
  layout.claim({0, graph.header->length, RangeKind::Header, "header", {}, {}, false});
  layout.claim({graph.header->flatbuffer_offset,
                graph.header->flatbuffer_size,
                RangeKind::Flatbuffer,
                "flatbuffer",
                {},
                {},
                false});
  for (std::size_t i = 1; i < graph.constants.size(); ++i) {
    const xnn::Constant& constant = graph.constants[i];
    if (!constant.inside) continue;
    layout.claim({constant.offset, constant.size, RangeKind::Constant, "constant " + std::to_string(i), {}, {}, false});
  }
}

void claim_weight_cache(const weight_cache::WeightCache& cache, Layout& layout) {
  for (const weight_cache::Entry& entry : cache.entries) {
    layout.claim({entry.offset, entry.size, RangeKind::Opaque, std::string(entry.name), {}, {}, false});
  }
  if (cache.footer_start > cache.index_start) {
    layout.claim(
        {cache.index_start, cache.footer_start - cache.index_start, RangeKind::Header, "index", {}, {}, false});
  }
  layout.claim(
      {cache.footer_start, cache.file->size() - cache.footer_start, RangeKind::Header, "footer", {}, {}, false});
}

}  // namespace

std::string_view kind_id(RangeKind kind) { return row_of(kind).id; }

std::string_view kind_name(RangeKind kind) { return row_of(kind).name; }

ByteMap byte_map(const Artifact& artifact) {
  Layout layout(artifact.file->size());
  if (const auto* program = std::get_if<std::shared_ptr<const pte::Program>>(&artifact.content)) {
    ProgramClaims(**program, 0, layout).add();
  } else if (const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content)) {
    claim_bundle(**bundle, layout);
  } else if (const auto* data = std::get_if<std::shared_ptr<const ptd::DataFile>>(&artifact.content)) {
    claim_data_file(**data, layout);
  } else if (const auto* graph = std::get_if<std::shared_ptr<const xnn::Graph>>(&artifact.content)) {
    claim_graph(**graph, artifact.file->size(), layout);
  } else if (std::holds_alternative<std::shared_ptr<const etdump::EtDump>>(artifact.content)) {
    layout.claim({0, artifact.file->size(), RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
  } else if (const auto* packed = std::get_if<std::shared_ptr<const packed::PackedFile>>(&artifact.content)) {
    layout.claim({0, packed::kHeaderBytes, RangeKind::Header, "header", {}, {}, false});
    layout.claim({packed::kHeaderBytes, (*packed)->weights.size(), RangeKind::Opaque, "packed weights", {}, {}, false});
  } else if (const auto* cache = std::get_if<std::shared_ptr<const weight_cache::WeightCache>>(&artifact.content)) {
    claim_weight_cache(**cache, layout);
  }
  ByteMap map = layout.finish();
  map.program = artifact.program() != nullptr;
  return map;
}

std::vector<SizePart> size_breakdown(const ByteMap& map) {
  std::vector<SizePart> parts;
  for (const KindRow& row : kKinds) {
    if (std::ranges::find(parts, row.part_id, &SizePart::id) == parts.end())
      parts.push_back({row.part_id, row.part_name, 0});
  }
  for (const Range& range : map.ranges) {
    std::ranges::find(parts, row_of(range.kind).part_id, &SizePart::id)->bytes += range.size;
  }
  if (!map.program) {
    parts.front().id = "tables";
    parts.front().name = "tables";
  }
  std::erase_if(parts, [](const SizePart& part) { return part.bytes == 0; });
  return parts;
}

}  // namespace ptetool::layout
