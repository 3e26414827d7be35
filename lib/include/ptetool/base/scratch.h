// Memory that is needed for a moment, again and again: blocks are kept and handed out once more, so that the system is
// not asked for fresh pages, and they are not cleared, in every call.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace ptetool {

// Thread-safe. Keeps at most kMostKept bytes that nobody uses.
class ScratchPool {
 public:
  static constexpr std::size_t kMostKept = std::size_t{32} << 20;

  // 64-byte aligned memory with any content; goes back to its pool (or is freed, where there is none).
  class Block {
   public:
    Block() = default;
    void* data() const { return memory_.get(); }
    ~Block() { give_back(); }
    Block(Block&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), memory_(std::move(other.memory_)), size_(other.size_) {}
    Block& operator=(Block&& other) noexcept {
      give_back();
      pool_ = std::exchange(other.pool_, nullptr);
      memory_ = std::move(other.memory_);
      size_ = other.size_;
      return *this;
    }

   private:
    friend class ScratchPool;
    struct Free {
      void operator()(void* memory) const;
    };
    Block(const ScratchPool* pool, std::unique_ptr<void, Free> memory, std::size_t size)
        : pool_(pool), memory_(std::move(memory)), size_(size) {}
    void give_back();

    const ScratchPool* pool_ = nullptr;
    std::unique_ptr<void, Free> memory_;
    std::size_t size_ = 0;
  };

  // `pool` null: memory that nobody keeps. Throws std::bad_alloc as operator new does.
  static Block take(const ScratchPool* pool, std::size_t bytes);

 private:
  mutable std::mutex mutex_;
  mutable std::vector<Block> kept_;  // without a pool of their own, by size
  mutable std::size_t kept_bytes_ = 0;
};

}  // namespace ptetool
