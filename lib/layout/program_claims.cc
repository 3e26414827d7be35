// The claims of a program: header, tables, constants, initial state, payloads, named data.
#include <algorithm>
#include <unordered_map>

#include "layout/claims.h"
#include "layout/words.h"

namespace ptetool::layout {

namespace {

// What the tensors of all methods tell about the constants or the states with one index.
struct BufferUse {
  std::uint64_t size = 0;
  std::string name;
  std::string type;
  std::vector<std::string> users;
};

class ProgramClaims {
 public:
  ProgramClaims(const pte::Program& program, std::uint64_t shift, Claims& claims)
      : program_(program), shift_(shift), claims_(claims) {}

  void add() {
    collect_uses();
    const std::uint64_t header = program_.header ? 8 + std::uint64_t{program_.header->length} : 8;
    claims_.claim({shift_, std::min(header, program_.flatbuffer_size), RangeKind::Header, "header", {}, {}, false});
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
    for (Range& range : inline_delegates) claims_.claim(std::move(range));
    if (program_.constant_segment) {
      claim_subsegments(*program_.constant_segment, RangeKind::Constant, "constant", constants_, segments);
    }
    for (const pte::SubsegmentOffsets& table : program_.mutable_data_segments) {
      claim_subsegments(table, RangeKind::State, "state", states_, segments);
    }
    for (const RangeKind kind : {RangeKind::Delegate, RangeKind::NamedData, RangeKind::Unused}) {
      for (Range& range : segments) {
        if (range.kind == kind && range.size != 0) claims_.claim(std::move(range));
      }
    }
    claims_.claim({shift_, program_.flatbuffer_size, RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
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
    claims_.claim(std::move(range));
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
      claims_.expect(ranges.back().offset + std::min(ranges.back().size, ~ranges.back().offset));
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
  Claims& claims_;
  std::unordered_map<std::uint32_t, BufferUse> constants_;
  std::unordered_map<std::uint32_t, BufferUse> states_;
};

}  // namespace

void claim_program(const pte::Program& program, std::uint64_t shift, Claims& claims) {
  ProgramClaims(program, shift, claims).add();
}

}  // namespace ptetool::layout
