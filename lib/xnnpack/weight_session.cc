// The weights cache that XNNPACK asks while it creates a runtime: entries are found by digest, here or on disk.
#include <mutex>

#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"
#include "ptetool/format/packed_weights.h"
#include "xnnpack/weight_session.h"
#include "xnnpack/weight_store_state.h"

namespace ptetool::xnn {

namespace {

constexpr std::size_t kAlignment = 64;  // XNN_ALLOCATION_ALIGNMENT
constexpr std::size_t kReadBeyond = packed::kTailBytes;

}  // namespace

void PackingKey::add(ByteView bytes) {
  add(std::uint64_t{bytes.size()});
  if (bytes.size() <= sizeof(Sha256)) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return;
  }
  // Scales of blocks are an eighth of the weights: a fingerprint of them does as well, as it does for weights whose key
  // promises nothing.
  const Fingerprint print = fingerprint(bytes);
  add(print.high);
  add(print.low);
}

void PackingKey::add(std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<std::uint8_t>(number >> shift));
}

void PackingKey::add(const Sha256& digest) { bytes_.insert(bytes_.end(), digest.begin(), digest.end()); }

std::optional<Sha256> PackingKey::digest() const {
  auto digest = sha256(bytes_);
  return digest ? std::optional(*digest) : std::nullopt;
}

WeightSession::WeightSession(std::shared_ptr<WeightStore> store) : store_(std::move(store)) {
  provider_.context = this;
  provider_.look_up = [](void* self, const xnn_weights_cache_look_up_key* key) {
    return static_cast<WeightSession*>(self)->look_up(*key);
  };
  provider_.reserve_space = [](void* self, std::size_t size) {
    return static_cast<WeightSession*>(self)->reserve(size);
  };
  provider_.look_up_or_insert = [](void* self, const xnn_weights_cache_look_up_key* key, void* data, std::size_t size) {
    return static_cast<WeightSession*>(self)->insert(*key, data, size);
  };
  provider_.is_finalized = [](void* self) { return static_cast<WeightSession*>(self)->finished_; };
  provider_.offset_to_addr = [](void* self, std::size_t offset) {
    auto& kept = static_cast<WeightSession*>(self)->kept_;
    // XNNPACK only reads, though it asks for a pointer to write through.
    return offset < kept.size() ? const_cast<void*>(kept[offset]->data) : nullptr;
  };
  provider_.delete_cache = [](void*) { return xnn_status_success; };
}

WeightSession::~WeightSession() = default;

void WeightSession::announce(const void* filter, const void* bias, Announcement announcement) {
  const auto place = std::pair(filter, bias);
  const auto known = announced_.find(place);
  if (known == announced_.end()) {
    announced_.emplace(place, std::move(announcement));
  } else if (known->second && known->second->key != announcement.key) {
    known->second.reset();
  }
}

std::vector<PackedPart> WeightSession::parts() const {
  std::vector<PackedPart> result;
  for (const auto& weights : kept_) {
    result.push_back({weights.get(), weights->label, weights->size, weights->file != nullptr});
  }
  return result;
}

void WeightSession::finish() {
  reading_.reset();
  releases_.finish();
  finished_ = true;
  if (wrote_) store_->state().cache->trim();
}

const Announcement* WeightSession::find(const xnn_weights_cache_look_up_key& key) const {
  const auto found = announced_.find({key.kernel, key.bias});
  return found != announced_.end() && found->second ? &*found->second : nullptr;
}

namespace {

// XNNPACK's own number says which micro-kernel the packing is for.
std::optional<Sha256> full_key(const Sha256& announced, std::uint32_t seed) {
  PackingKey key;
  key.add(announced);
  key.add(std::uint64_t{seed});
  return key.digest();
}

}  // namespace

void WeightSession::give_back(const Announcement& announcement) {
  if (announcement.source.file) releases_.add(*announcement.source.file, announcement.source.bytes);
}

std::size_t WeightSession::keep(std::shared_ptr<const PackedWeights> weights) {
  kept_.push_back(std::move(weights));
  return kept_.size() - 1;
}

std::shared_ptr<const PackedWeights> WeightSession::existing(const Sha256& key, std::uint32_t seed,
                                                             const std::string& label) {
  WeightStore::State& state = store_->state();
  const auto held = [&]() -> std::shared_ptr<const PackedWeights> {
    const auto found = state.entries.find(key);
    auto weights = found == state.entries.end() ? nullptr : found->second.lock();
    if (!weights) return nullptr;
    ++state.hits;
    state.shared_bytes += weights->size;
    return weights;
  };
  {
    const std::scoped_lock lock(state.mutex);
    if (auto weights = held()) return weights;
  }
  if (!state.cache || missing_ == key) return nullptr;
  auto found = state.cache->find(key, seed);
  if (!found) {
    missing_ = key;
    return nullptr;
  }
  const std::scoped_lock lock(state.mutex);
  if (auto weights = held()) return weights;  // of another thread, meanwhile
  state.forget_expired();
  std::shared_ptr<const PackedWeights> weights = PackedWeights::in_file(std::move(*found), label);
  state.entries[key] = weights;
  return weights;
}

bool WeightSession::kept_promises(const Announcement& announcement) {
  for (const Promise& promise : announcement.promises) {
    const auto digest = sha256(promise.bytes);
    if (digest && *digest == promise.digest) continue;
    corrupt_ = "the " + counted(promise.bytes.size(), "byte") + " of " + to_hex(promise.digest) +
               " have another SHA-256 than the one in the key: they are corrupt";
    return false;
  }
  return true;
}

std::size_t WeightSession::look_up(const xnn_weights_cache_look_up_key& key) {
  const Announcement* announced = find(key);
  const auto full = announced ? full_key(announced->key, key.seed) : std::nullopt;
  last_hit_ = SIZE_MAX;
  pages_ = announced && announced->streamed ? PageSize::Large : PageSize::Medium;
  reading_.reset();
  if (!full) return SIZE_MAX;
  if (auto weights = existing(*full, key.seed, announced->label)) {
    last_hit_ = keep(std::move(weights));
    give_back(*announced);
  } else if (announced->source.file) {
    reading_.emplace(*announced->source.file, announced->source.bytes, ReadingWindow::Reads::InOrder);
  }
  return last_hit_;
}

void* WeightSession::reserve(std::size_t size) {
  const std::size_t rounded = (size + kReadBeyond + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded < size) return nullptr;
  auto weights = std::make_shared<PackedWeights>();
  weights->memory = store_->state().blocks->allocate(rounded, std::exchange(pages_, PageSize::Medium));
  if (!weights->memory) return nullptr;
  weights->data = weights->memory.get();
  weights->size = size;
  pending_ = std::move(weights);
  return pending_->memory.get();
}

std::size_t WeightSession::insert(const xnn_weights_cache_look_up_key& key, void* data, std::size_t size) {
  reading_.reset();
  if (!data) return last_hit_;  // convolutions insert what they have just been given
  if (!pending_ || pending_->memory.get() != data || pending_->size < size) return SIZE_MAX;
  const Announcement* announced = find(key);
  if (announced) pending_->label = announced->label;
  std::shared_ptr<const PackedWeights> weights = std::move(pending_);
  const auto full = announced ? full_key(announced->key, key.seed) : std::nullopt;
  WeightStore::State& state = store_->state();
  if (full) {
    // Depthwise and transposed convolutions pack without asking before. From here on XNNPACK knows the weights by the
    // number that it is given, so that others of the same content may take their place.
    if (auto known = existing(*full, key.seed, announced->label)) {
      give_back(*announced);
      return keep(std::move(known));
    }
    if (state.cache) {
      if (!kept_promises(*announced)) return SIZE_MAX;
      const ByteView packed(static_cast<const std::uint8_t*>(data), size);
      if (auto written = state.cache->add(*full, key.seed, announced->label, packed)) {
        weights = PackedWeights::in_file(std::move(*written), announced->label);
        wrote_ = true;
      }
    }
  }
  if (announced) give_back(*announced);
  const std::scoped_lock lock(state.mutex);
  ++state.packs;
  state.forget_expired();
  auto* entry = full ? &state.entries[*full] : nullptr;
  // What another thread packed meanwhile is in use already; this goes with its runtime.
  if (entry && entry->expired()) {
    *entry = weights;
  } else {
    state.others.push_back(weights);
  }
  return keep(std::move(weights));
}

}  // namespace ptetool::xnn
