#include "ptetool/base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace ptetool {

void release_pages(const File& file, ByteView part) {
  const ByteView whole = file.bytes();
  if (!file.mapped() || part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size()) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t skipped = 0;
  while (skipped < part.size() && !is_aligned(part.data() + skipped, page)) ++skipped;
  const std::size_t size = (part.size() - skipped) / page * page;
  if (size != 0) ::madvise(const_cast<std::uint8_t*>(part.data()) + skipped, size, MADV_DONTNEED);
}

void release_unused_heap() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void expect_writing([[maybe_unused]] std::uint8_t* begin, [[maybe_unused]] std::size_t size) {
#ifdef MADV_POPULATE_WRITE
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t skipped = 0;
  while (skipped < size && !is_aligned(begin + skipped, page)) ++skipped;
  const std::size_t whole = (size - skipped) / page * page;
  if (whole != 0) ::madvise(begin + skipped, whole, MADV_POPULATE_WRITE);
#endif
}

void* allocate_aligned(std::size_t alignment, std::size_t size) {
  const bool large = size >= kLargePage;
  if (large && alignment < kLargePage) alignment = kLargePage;
  void* memory = nullptr;
  if (::posix_memalign(&memory, std::max(alignment, sizeof(void*)), std::max<std::size_t>(size, 1)) != 0)
    return nullptr;
#ifdef MADV_HUGEPAGE
  // A refusal leaves small pages, which work as well.
  if (large) ::madvise(memory, size / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace ptetool
