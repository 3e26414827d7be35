// Memory by pages: of mapped files given back while it is not needed, and large blocks in large pages.
#pragma once

#include "ptetool/base/file.h"

namespace ptetool {

// Gives back the memory of a part of a mapped file, as far as it is whole pages; they are read again when they are
// touched. Other files keep theirs.
void release_pages(const File& file, ByteView part);

// Gives back the pages of many parts, neighbours at once: each call to the system interrupts all other threads. What
// lies in short gaps between parts goes with them. Files outlive it, or finish().
class PageReleases {
 public:
  PageReleases() = default;
  ~PageReleases() { finish(); }
  PageReleases(const PageReleases&) = delete;
  PageReleases& operator=(const PageReleases&) = delete;

  // Keeps less than 4 MiB waiting.
  void add(const File& file, ByteView part);
  void finish();

 private:
  const File* file_ = nullptr;
  ByteView row_;
};

// Says that a part of a mapped file will be read a little here and there: the system maps 2 MiB of a file for one byte
// where it keeps files in large pages.
void expect_scattered_reads(const File& file, ByteView part);

// Gives back what the heap holds and does not use, where its library can do that: for the end of a phase that needed
// much.
void release_unused_heap();

// Has the system provide the pages of memory that is about to be written, at once instead of one by one; where it
// cannot, nothing happens.
void expect_writing(std::uint8_t* begin, std::size_t size);

// What operating systems call huge pages.
inline constexpr std::size_t kLargePage = std::size_t{2} << 20;

enum class PageSize {
  // 64 or 128 KiB (Linux: multi-size huge pages): there at once, while a large page may have to be put together first,
  // or a virtual machine to get it from its host. Where the system has none, as Large.
  Medium,
  Large,  // what streams through such a block reads it up to twice as fast
};

// Has the system provide pages of that size for memory that nobody has touched yet, as far as they fit in it: some of
// its bytes become 0. Memory of other page sizes works as well.
void want_pages(void* memory, std::size_t size, PageSize pages);

// Memory for std::free(), aligned to at least `alignment` (a power of two); null where there is none. Larger blocks are
// in medium pages.
void* allocate_aligned(std::size_t alignment, std::size_t size);

// `size` (> 0) zeros from the system in pages of that size, aligned to a large page from there on; null where there are
// none. unmap() gives them back.
std::uint8_t* map_zeros(std::size_t size, PageSize pages);
void unmap(std::uint8_t* memory, std::size_t size);

}  // namespace ptetool
