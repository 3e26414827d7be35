// Makes the images of programs and data files from the decisions.
#include <algorithm>
#include <set>

#include "dedupe/draft.h"
#include "dedupe/tensor_tables.h"
#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"
#include "ptetool/format/ptd_write.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/format/xnnpack_take_out.h"

namespace ptetool::dedupe {

namespace {

using format::SegmentContent;

// What an empty vector views, so that it is not taken for an absent one.
constexpr std::uint8_t kNoBytes = 0;

// Segments are numbered in the exporter's order: constants, state, payloads, named data.
class ProgramBuilder {
 public:
  ProgramBuilder(const Set& set, Draft& draft, std::size_t p, const Options& options)
      : member_(set.programs[p]),
        source_(*member_.model->program),
        draft_(draft),
        p_(p),
        uses_(draft.weights.programs[p]),
        decision_(draft.decisions.programs[p]),
        inline_all_(options.inline_data),
        uses_of_(uses_.payloads.size()),
        out_(source_) {
    for (std::size_t u = 0; u < uses_.delegates.size(); ++u) uses_of_[uses_.delegates[u].delegate].push_back(u);
  }

  Result<std::optional<format::FileImage>> run() {
    if (member_.fixed) return copied();
    TensorTables tensors(source_, draft_, p_, out_);
    PTETOOL_CHECK(tensors.place(segments_));
    changed_ = tensors.changed();
    stored_ = tensors.stored();
    PTETOOL_CHECK(place_payloads());
    PTETOOL_CHECK(place_named());
    if (!changed_) return std::optional<format::FileImage>();
    for (const std::size_t content : stored_) ++draft_.stored[content];
    PTETOOL_ASSIGN(auto image, pte::make_pte(out_, segments_, pte::layout_of(source_)));
    return std::optional(std::move(image));
  }

 private:
  const Place& place(std::size_t index) const { return draft_.weights.places[index]; }

  Result<std::optional<format::FileImage>> copied() const {
    const auto outside = [&](std::size_t at) { return place(at).kind == Place::Kind::Entry; };
    const bool needs_data = std::ranges::any_of(uses_.tensors, outside, &TensorUse::place) ||
                            std::ranges::any_of(uses_.delegates, outside, &DelegateUse::place);
    if (inline_all_ && needs_data) return Failure(*member_.fixed);
    return std::optional<format::FileImage>();
  }

  // The payload of a delegate with the names that its constants have now.
  Result<ByteView> payload(std::size_t d) {
    const LinkedDelegate& delegate = member_.model->delegates[d];
    std::vector<xnn::Rename> renames;
    bool leaves = false;
    for (const std::size_t u : uses_of_[d]) {
      const DelegateUse& use = uses_.delegates[u];
      if (decision_.delegates[u].key != place(use.place).key) {
        renames.push_back({use.constant, std::string(decision_.delegates[u].key)});
        leaves = leaves || place(use.place).kind == Place::Kind::Inside;
      }
    }
    const ByteView bytes = *delegate.payload;
    if (renames.empty()) return bytes;
    changed_ = true;
    ByteView& known = renamed_[bytes.data()];
    if (known.empty()) {
      const std::string name =
          member_.path + ": " + indexed("execution_plan", delegate.plan) + "." + indexed("delegates", delegate.index);
      PTETOOL_ASSIGN(auto blob, leaves ? xnn::take_out_constants(**delegate.graph, renames, name)
                                       : xnn::rename_constants(**delegate.graph, renames, name));
      known = draft_.blobs.emplace_back(std::move(blob));
    }
    return known;
  }

  Result<> place_payloads() {
    std::map<std::pair<std::size_t, Fingerprint>, std::uint32_t> known;
    std::set<const std::uint8_t*> stored;
    out_.backend_delegate_data.clear();
    for (std::size_t d = 0; d < uses_.payloads.size(); ++d) {
      const LinkedDelegate& linked = member_.model->delegates[d];
      pte::BackendDelegate& delegate = out_.execution_plan[linked.plan].delegates[linked.index];
      PTETOOL_ASSIGN(const ByteView bytes, payload(d));
      if (bytes.empty()) {
        delegate.location = pte::DataLocation::Inline;
        delegate.index = static_cast<std::uint32_t>(out_.backend_delegate_data.size());
        out_.backend_delegate_data.push_back({ByteView(&kNoBytes, 0), 0});
        continue;
      }
      const Fingerprint print = uses_.payloads.size() > 1 ? fingerprint(bytes) : Fingerprint{};
      const auto [segment, fresh] =
          known.try_emplace({bytes.size(), print}, static_cast<std::uint32_t>(segments_.size()));
      if (fresh) {
        segments_.push_back(SegmentContent::of(bytes));
        stored_.push_back(place(uses_.payloads[d]).content);
        for (const std::size_t u : uses_of_[d]) {
          const Place& where = place(uses_.delegates[u].place);
          if (where.kind == Place::Kind::Inside && decision_.delegates[u].key.empty()) stored_.push_back(where.content);
        }
      }
      stored.insert(linked.payload->data());
      delegate.location = pte::DataLocation::Segment;
      delegate.index = segment->second;
    }
    changed_ = changed_ || stored.size() > known.size();
    return {};
  }

  Result<> place_named() {
    std::vector<pte::NamedData> before;
    std::swap(before, out_.named_data);
    std::map<std::size_t, std::uint32_t> segment_of;
    std::set<std::string_view> keys;
    std::set<const std::uint8_t*> stored;
    const auto add = [&](std::string_view key, const Place& where) {
      if (!keys.insert(key).second) return;
      const auto [segment, fresh] = segment_of.try_emplace(where.content, static_cast<std::uint32_t>(segments_.size()));
      if (fresh) {
        segments_.push_back(SegmentContent::of(draft_.weights.contents[where.content].bytes));
        stored_.push_back(where.content);
      }
      if (where.kind == Place::Kind::Named && !where.bytes.empty()) stored.insert(where.bytes.data());
      out_.named_data.push_back({key, segment->second, 0});
    };
    std::multimap<std::size_t, std::size_t> users;  // of places, in order
    for (std::size_t u = 0; u < uses_.delegates.size(); ++u) users.emplace(uses_.delegates[u].place, u);
    for (const std::size_t at : uses_.named) {
      if (!place(at).needed()) add(place(at).key, place(at));
      for (auto [user, end] = users.equal_range(at); user != end; ++user) {
        if (decision_.delegates[user->second].data == kNone) add(decision_.delegates[user->second].key, place(at));
      }
    }
    for (std::size_t u = 0; u < uses_.delegates.size(); ++u) {
      const Home& home = decision_.delegates[u];
      if (home.data == kNone && !home.key.empty()) add(home.key, place(uses_.delegates[u].place));
    }
    if (inline_all_ && uses_.opaque) {
      for (const std::size_t f : member_.data) {
        for (const std::size_t at : draft_.weights.entries[f]) add(place(at).key, place(at));
      }
    }
    const auto same_key = [](const pte::NamedData& a, const pte::NamedData& b) { return a.key == b.key; };
    changed_ = changed_ || !std::ranges::equal(before, out_.named_data, same_key) || stored.size() > segment_of.size();
    return {};
  }

  const Set::Member& member_;
  const pte::Program& source_;
  Draft& draft_;
  std::size_t p_;
  const ProgramUses& uses_;
  const ProgramDecision& decision_;
  bool inline_all_;
  std::vector<std::vector<std::size_t>> uses_of_;  // per delegate: into ProgramUses::delegates
  pte::Program out_;
  bool changed_ = false;
  std::vector<SegmentContent> segments_;
  std::map<const std::uint8_t*, ByteView> renamed_;
  std::vector<std::size_t> stored_;
};

}  // namespace

format::FileImage copy_of(const File& file) { return {{}, {{0, file.bytes()}}, file.size()}; }

Result<std::optional<format::FileImage>> build_program(const Set& set, Draft& draft, std::size_t p,
                                                       const Options& options) {
  return ProgramBuilder(set, draft, p, options).run();
}

Result<format::FileImage> build_data(const Set& set, Draft& draft, const DataOutput& output) {
  ptd::Contents contents;
  if (output.source != kNone) contents.segment_alignment = ptd::segment_alignment_of(*set.data[output.source]);
  std::vector<std::uint64_t> alignments;
  for (const auto& data : set.data) alignments.push_back(ptd::segment_alignment_of(*data));
  std::map<std::size_t, std::uint32_t> segment_of;
  for (const DataEntry& entry : output.entries) {
    const auto [segment, fresh] =
        segment_of.try_emplace(entry.content, static_cast<std::uint32_t>(contents.segments.size()));
    if (fresh) {
      contents.segments.push_back(SegmentContent::of(draft.weights.contents[entry.content].bytes));
      ++draft.stored[entry.content];
    }
    contents.entries.push_back({entry.key, segment->second, entry.layout});
    // What moved keeps the alignment that it had in another data file.
    for (const std::size_t at : draft.weights.contents[entry.content].places) {
      const Place& where = draft.weights.places[at];
      if (where.kind != Place::Kind::Entry) continue;
      contents.segment_alignment = std::max(contents.segment_alignment, alignments[where.file]);
    }
  }
  return ptd::make_ptd(contents);
}

}  // namespace ptetool::dedupe
