// Constants get new numbers in the order of their old ones; those that come out of data files follow. A table of state
// is written anew only if something leaves it or is in it twice.
#include "dedupe/tensor_tables.h"

#include <algorithm>
#include <set>

#include "ptetool/base/checked.h"
#include "ptetool/format/image.h"

namespace ptetool::dedupe {

namespace {

using format::SegmentContent;

// Pieces of a segment that ends, padded to the alignment of tensors.
std::uint64_t append(SegmentContent& segment, ByteView bytes) {
  const std::uint64_t at = checked_align_up(segment.size, format::kTensorAlignment).value_or(segment.size);
  if (bytes.empty()) return segment.size;
  segment.pieces.push_back({at, bytes});
  segment.size = at + bytes.size();
  return at;
}

}  // namespace

// The first table of state is the one that tensors read. It stays as it is unless something leaves it, or is in it
// twice.
Result<> TensorTables::read_state() {
  for (pte::SubsegmentOffsets& table : out_.mutable_data_segments) {
    PTETOOL_ASSIGN(const ByteView bytes, source_.segment_bytes(table.segment_index));
    state_.push_back(SegmentContent::of(bytes));
    state_offsets_.emplace_back(table.offsets.begin(), table.offsets.end());
  }
  for (std::size_t t = 0; t < uses_.tensors.size(); ++t) {
    const Place& where = place_of(uses_.tensors[t].place);
    if (where.kind != Place::Kind::State || where.bytes.empty()) continue;
    if (const auto index = state_index_.try_emplace(where.content, static_cast<std::uint32_t>(where.index)).first;
        index->second != where.index || decision_.tensors[t].data != kNone) {
      rebuild_state_ = true;
    }
  }
  if (rebuild_state_) {
    state_index_.clear();
    state_[0] = {};
    state_offsets_[0] = {0};
  } else {
    for (const auto& [content, index] : state_index_) stored_.push_back(content);
  }
  return {};
}

// Constants keep their order; those of data files that come in follow.
void TensorTables::number_constants() {
  std::vector<std::size_t> kept;
  std::set<const std::uint8_t*> stored;
  for (std::size_t t = 0; t < uses_.tensors.size(); ++t) {
    const Place& where = place_of(uses_.tensors[t].place);
    if (where.kind == Place::Kind::Constant && decision_.tensors[t].data == kNone) {
      kept.push_back(uses_.tensors[t].place);
      if (!where.bytes.empty()) stored.insert(where.bytes.data());
    }
  }
  std::ranges::stable_sort(kept, {}, [&](std::size_t at) { return place_of(at).index; });
  for (const std::size_t at : kept) constant(place_of(at).content);
  std::size_t contents = 0;
  for (const auto& [content, index] : constant_index_) {
    if (!draft_.weights.contents[content].bytes.empty()) ++contents;
  }
  changed_ = changed_ || stored.size() != contents;
}

std::uint32_t TensorTables::constant(std::size_t content) {
  const auto [known, fresh] =
      constant_index_.try_emplace(content, static_cast<std::uint32_t>(constant_offsets_.size()));
  if (fresh) {
    const ByteView bytes = draft_.weights.contents[content].bytes;
    constant_offsets_.push_back(append(constants_, bytes));
    stored_.push_back(content);
  }
  return known->second;
}

std::uint32_t TensorTables::initial_state(const Place& where) {
  if (const auto known = state_index_.find(where.content); known != state_index_.end()) return known->second;
  if (state_.empty()) {
    state_.emplace_back();
    state_offsets_.push_back({0});
    out_.mutable_data_segments.emplace_back();
  }
  if (state_offsets_[0].empty()) state_offsets_[0].push_back(0);
  const auto index = static_cast<std::uint32_t>(state_offsets_[0].size());
  state_offsets_[0].push_back(append(state_[0], where.bytes));
  stored_.push_back(where.content);
  return state_index_[where.content] = index;
}

void TensorTables::place_tensors() {
  for (std::size_t t = 0; t < uses_.tensors.size(); ++t) {
    const TensorUse& use = uses_.tensors[t];
    const Place& where = place_of(use.place);
    const Home& home = decision_.tensors[t];
    auto& tensor = std::get<pte::Tensor>(out_.execution_plan[use.plan].values[use.value].content);
    if (home.data != kNone) {
      if (where.kind != Place::Kind::Entry) tensor.data_buffer_idx = 0;
      if (!tensor.extra_tensor_info) tensor.extra_tensor_info.emplace();
      changed_ = changed_ || !tensor.external() || tensor.name() != home.key;
      tensor.extra_tensor_info->location = pte::TensorDataLocation::External;
      tensor.extra_tensor_info->fully_qualified_name = home.key;
      continue;
    }
    if (where.kind == Place::Kind::State && !rebuild_state_) continue;
    if (where.kind == Place::Kind::Entry) changed_ = true;
    if (tensor.extra_tensor_info) tensor.extra_tensor_info->location = pte::TensorDataLocation::Segment;
    if (tensor.allocation_info) {
      if (tensor.extra_tensor_info) tensor.extra_tensor_info->mutable_data_segments_idx = 0;
      tensor.data_buffer_idx = initial_state(where);
    } else {
      tensor.data_buffer_idx = constant(where.content);
    }
  }
}

void TensorTables::finish_constants(std::vector<SegmentContent>& segments) {
  out_.constant_buffer.clear();
  out_.constant_segment = pte::SubsegmentOffsets{0, constant_offsets_, 0};
  segments.push_back(constants_);
}

void TensorTables::finish_state(std::vector<SegmentContent>& segments) {
  changed_ = changed_ || rebuild_state_;
  // What is empty now goes.
  if (rebuild_state_ && state_offsets_[0].size() == 1 && state_.size() == 1) {
    out_.mutable_data_segments.clear();
    return;
  }
  for (std::size_t i = 0; i < state_.size(); ++i) {
    out_.mutable_data_segments[i] = {static_cast<std::uint32_t>(segments.size()), state_offsets_[i], 0};
    segments.push_back(state_[i]);
  }
}

Result<> TensorTables::place(std::vector<SegmentContent>& segments) {
  PTETOOL_CHECK(read_state());
  number_constants();
  place_tensors();
  if (!constants_.pieces.empty() || out_.constant_segment || !constant_index_.empty()) finish_constants(segments);
  finish_state(segments);
  return {};
}

}  // namespace ptetool::dedupe
