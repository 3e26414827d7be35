// First fit in chunks of 32 MiB; blocks of a quarter of that and more have a chunk of their own.
#include "xnnpack/large_blocks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "ptetool/base/pages.h"

namespace ptetool::xnn {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kChunk = 16 * kLargePage;
constexpr std::size_t kMost = kChunk / 4;

}  // namespace

void LargeBlocks::FreeChunk::operator()(std::uint8_t* memory) const { unmap(memory, kChunk); }

std::shared_ptr<std::uint8_t> LargeBlocks::allocate(std::size_t size, PageSize pages) {
  if (size > kMost) {
    std::uint8_t* block = map_zeros(size, pages);
    if (!block) return nullptr;
    return {block, [size](std::uint8_t* given) { unmap(given, size); }};
  }
  const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
  const std::scoped_lock lock(mutex_);
  std::uint8_t* block = nullptr;
  for (Chunk& chunk : chunks_) {
    if (chunk.pages == pages) block = take(chunk, rounded);
    if (block) break;
  }
  if (!block) {
    Chunk chunk;
    chunk.pages = pages;
    chunk.memory.reset(map_zeros(kChunk, pages));
    if (!chunk.memory) return nullptr;
    chunk.free[0] = kChunk;
    chunks_.push_back(std::move(chunk));
    block = take(chunks_.back(), rounded);
  }
  return {block, [self = shared_from_this(), rounded](std::uint8_t* given) { self->give_back(given, rounded); }};
}

std::uint8_t* LargeBlocks::take(Chunk& chunk, std::size_t size) {
  const auto found = std::ranges::find_if(chunk.free, [&](const auto& range) { return range.second >= size; });
  if (found == chunk.free.end()) return nullptr;
  const auto [offset, available] = *found;
  chunk.free.erase(found);
  if (available > size) chunk.free[offset + size] = available - size;
  std::uint8_t* block = chunk.memory.get() + offset;
  if (offset < chunk.used) std::memset(block, 0, std::min(size, chunk.used - offset));
  chunk.used = std::max(chunk.used, offset + size);
  return block;
}

void LargeBlocks::give_back(std::uint8_t* block, std::size_t size) {
  const std::scoped_lock lock(mutex_);
  const auto chunk = std::ranges::find_if(
      chunks_, [&](const Chunk& each) { return block >= each.memory.get() && block < each.memory.get() + kChunk; });
  auto begin = static_cast<std::size_t>(block - chunk->memory.get());
  std::size_t end = begin + size;
  const auto after = chunk->free.lower_bound(begin);
  if (after != chunk->free.begin() && std::prev(after)->first + std::prev(after)->second == begin) {
    begin = std::prev(after)->first;
    chunk->free.erase(std::prev(after));
  }
  if (after != chunk->free.end() && after->first == end) {
    end += after->second;
    chunk->free.erase(after);
  }
  chunk->free[begin] = end - begin;
  if (begin == 0 && end == kChunk) {
    chunks_.erase(chunk);
    return;
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = (begin + page - 1) / page * page, last = end / page * page;
  if (first < last) ::madvise(chunk->memory.get() + first, last - first, MADV_DONTNEED);
}

}  // namespace ptetool::xnn
