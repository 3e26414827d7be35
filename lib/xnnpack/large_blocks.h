// Memory for packed weights, side by side in large pages: a matrix that is read once per token comes up to twice as
// fast from there as from small pages, and most matrices are smaller than a large page. Others lie in medium pages,
// which are there sooner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "ptetool/base/pages.h"

namespace ptetool::xnn {

// Thread-safe. Blocks may outlive it.
class LargeBlocks : public std::enable_shared_from_this<LargeBlocks> {
 public:
  // `size` zeros aligned to 64; null where there are none. What is given back goes back to the system by whole pages,
  // and is used again.
  std::shared_ptr<std::uint8_t> allocate(std::size_t size, PageSize pages);

 private:
  struct FreeChunk {
    void operator()(std::uint8_t* memory) const;
  };
  struct Chunk {
    std::unique_ptr<std::uint8_t, FreeChunk> memory;
    PageSize pages = PageSize::Medium;
    std::map<std::size_t, std::size_t> free;  // offset -> size; no two touch
    std::size_t used = 0;                     // nothing behind it was ever handed out
  };

  std::uint8_t* take(Chunk& chunk, std::size_t size);
  void give_back(std::uint8_t* block, std::size_t size);

  std::mutex mutex_;
  std::vector<Chunk> chunks_;
};

}  // namespace ptetool::xnn
