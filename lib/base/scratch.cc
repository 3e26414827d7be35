// Kept blocks stand in the order of their sizes; the smallest one that suffices is taken, unless it is more than four
// times too large. AddressSanitizer gets every block fresh, with bounds of its own.
#include "ptetool/base/scratch.h"

#include <algorithm>
#include <new>

namespace ptetool {

namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kStep = 4096;  // sizes are rounded up to it, so that similar needs share a block

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;  // every block has its own bounds
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif
#else
constexpr bool kKeeps = true;
#endif

}  // namespace

void ScratchPool::Block::Free::operator()(void* memory) const { ::operator delete(memory, kAlignment); }

ScratchPool::Block ScratchPool::take(const ScratchPool* pool, std::size_t bytes) {
  if (!kKeeps) pool = nullptr;
  if (pool) {
    bytes = (bytes + kStep - 1) / kStep * kStep;
    const std::lock_guard lock(pool->mutex_);
    const auto found = std::ranges::lower_bound(pool->kept_, bytes, {}, [](const Block& kept) { return kept.size_; });
    if (found != pool->kept_.end() && found->size_ <= 4 * bytes) {
      Block block = std::move(*found);
      pool->kept_.erase(found);
      pool->kept_bytes_ -= block.size_;
      block.pool_ = pool;
      return block;
    }
  }
  return Block(pool, std::unique_ptr<void, Block::Free>(::operator new(std::max<std::size_t>(bytes, 1), kAlignment)),
               bytes);
}

void ScratchPool::Block::give_back() {
  const ScratchPool* pool = std::exchange(pool_, nullptr);
  if (!pool || !memory_) return;
  const std::lock_guard lock(pool->mutex_);
  if (pool->kept_bytes_ + size_ > kMostKept) return;
  pool->kept_bytes_ += size_;
  const auto place = std::ranges::lower_bound(pool->kept_, size_, {}, [](const Block& kept) { return kept.size_; });
  pool->kept_.insert(place, Block(nullptr, std::move(memory_), size_));
}

}  // namespace ptetool
