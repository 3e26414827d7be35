// Entries are owned by the runtimes that use them; the store itself only remembers.
#include "ptetool/xnnpack/weight_store.h"

#include "xnnpack/weight_store_state.h"

namespace ptetool {

WeightStore::WeightStore(std::shared_ptr<PackedCache> cache) : state_(std::make_unique<State>()) {
  state_->cache = std::move(cache);
}
WeightStore::~WeightStore() = default;

WeightStatistics WeightStore::statistics() const {
  const std::scoped_lock lock(state_->mutex);
  WeightStatistics result;
  const auto count = [&](const std::weak_ptr<const xnn::PackedWeights>& entry) {
    const auto weights = entry.lock();
    if (!weights) return;
    ++result.entries;
    result.packed_bytes += weights->size;
    if (weights->file) result.file_bytes += weights->size;
  };
  for (const auto& entry : state_->entries) count(entry.second);
  for (const auto& entry : state_->others) count(entry);
  result.remembered = state_->remembered();
  result.packs = state_->packs;
  result.hits = state_->hits;
  result.shared_bytes = state_->shared_bytes;
  return result;
}

}  // namespace ptetool
