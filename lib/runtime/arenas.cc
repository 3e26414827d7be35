// An arena reaches as far as its last tensor. All but mutable state, and what overlaps it, lies in memory that methods
// share; nothing does where instructions jump.
#include "runtime/arenas.h"

#include <algorithm>

#include "ptetool/base/checked.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/memory_plan.h"

namespace ptetool {

namespace {

// The arena of buffers that methods share where they were exported so (format-facts 1.6): its number is 2.
constexpr std::size_t kSharedArena = 1;

}  // namespace

Result<> Arenas::reserve() {
  std::vector<std::uint64_t> needed(
      state_.plan->non_const_buffer_sizes.empty() ? 0 : state_.plan->non_const_buffer_sizes.size() - 1, 0);
  for (const pte::Value& value : state_.plan->values) {
    const pte::Tensor* tensor = value.tensor();
    if (!tensor || !tensor->allocation_info) continue;
    const auto nbytes = pte::tensor_nbytes(*tensor);
    const auto end = nbytes ? checked_add(tensor->allocation_info->memory_offset, *nbytes) : std::nullopt;
    const std::uint32_t id = tensor->allocation_info->memory_id;
    if (!end || id == 0 || id > needed.size()) {
      return fail(ErrorCode::Internal, state_.model->program->file->name(), state_.plan_path,
                  "a planned tensor outside every arena passed the checks");
    }
    needed[id - 1] = std::max(needed[id - 1], *end);
  }
  if (sharer_) PTETOOL_CHECK(check_sharer(needed));
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (i == kSharedArena && sharer_) {
      state_.arenas.push_back(sharer_->arenas[i]);
      continue;
    }
    PTETOOL_CHECK(take(needed[i], "arena " + std::to_string(i + 1)));
    PTETOOL_ASSIGN(LazyMemory arena, LazyMemory::reserve(needed[i]));
    state_.arenas.push_back(std::make_shared<const LazyMemory>(std::move(arena)));
  }
  return share_scratch();
}

// All but mutable state may lie in memory that other methods use as well. Where instructions jump, what is read
// before it is written cannot be told from their order, and everything stays the method's own; so does the arena in
// which methods share their state.
Result<> Arenas::share_scratch() {
  if (!options_.scratch || jumps()) return {};
  layout::MethodMemory plan = layout::method_memory(*state_.model, plan_index_);
  kept_.resize(state_.arenas.size());
  state_.shared_arenas.resize(state_.arenas.size());
  for (std::size_t i = 0; i < state_.arenas.size() && i < plan.arenas.size(); ++i) {
    if (i == kSharedArena || state_.arenas[i]->size() == 0) continue;
    kept_[i] = std::move(plan.arenas[i].state);
    keep_what_overlaps(i);
    PTETOOL_ASSIGN(state_.shared_arenas[i], options_.scratch->borrow(i, state_.arenas[i]->size()));
  }
  state_.scratch = options_.scratch;
  return {};
}

bool Arenas::jumps() const {
  return std::ranges::any_of(state_.plan->chains, [](const pte::Chain& chain) {
    return std::ranges::any_of(chain.instructions, [](const pte::Instruction& each) {
      return std::holds_alternative<pte::JumpFalseCall>(each.content);
    });
  });
}

// A tensor is in one memory as a whole, and so are tensors that overlap.
void Arenas::keep_what_overlaps(std::size_t arena) {
  ByteRanges& kept = kept_[arena];
  for (bool grown = !kept.empty(); grown;) {
    grown = false;
    for (const pte::Value& value : state_.plan->values) {
      const pte::Tensor* tensor = value.tensor();
      if (!tensor || !tensor->allocation_info || tensor->allocation_info->memory_id != arena + 1) continue;
      const std::uint64_t start = tensor->allocation_info->memory_offset;
      const std::uint64_t end = start + pte::tensor_nbytes(*tensor).value_or(0);
      if (!kept.touches(start, end) || kept.contains(start, end)) continue;
      kept.add(start, end);
      grown = true;
    }
  }
}

const LazyMemory& Arenas::memory_of(const pte::AllocationDetails& where, std::uint64_t nbytes) const {
  const std::size_t arena = where.memory_id - 1;
  const bool shared = arena < state_.shared_arenas.size() && state_.shared_arenas[arena] &&
                      !kept_[arena].touches(where.memory_offset, where.memory_offset + nbytes);
  return shared ? *state_.shared_arenas[arena] : *state_.arenas[arena];
}

Result<> Arenas::check_sharer(std::span<const std::uint64_t> needed) const {
  if (sharer_->model->program == state_.model->program && needed.size() > kSharedArena &&
      sharer_->arenas.size() > kSharedArena && needed[kSharedArena] <= sharer_->arenas[kSharedArena]->size()) {
    return {};
  }
  return fail(ErrorCode::Mismatch, state_.model->program->file->name(), state_.plan_path,
              "shares no state with method '" + sharer_->name +
                  "': the methods must be exported together, with share_mutable_buffers");
}

Result<> Arenas::take(std::uint64_t bytes, const std::string& what) {
  const auto total = checked_add(state_.planned_bytes, bytes);
  if (!total || *total > options_.max_memory) {
    return fail(ErrorCode::Limit, state_.model->program->file->name(), state_.plan_path,
                what + " of " + human_bytes(bytes) + " exceeds the memory limit of " +
                    human_bytes(options_.max_memory) + "; raise it with --max-memory if the program is trusted");
  }
  state_.planned_bytes = *total;
  return {};
}

}  // namespace ptetool
