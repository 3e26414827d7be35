// madvise, mmap and posix_memalign, each behind what it is used for. Advice concerns whole pages only; a system that
// does not know a kind of advice loses speed, nothing else.
#include "ptetool/base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace ptetool {

namespace {

// As far as it is whole pages.
ByteView whole_pages(ByteView part) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t skipped = (page - bytes_past(part.data(), page)) % page;
  if (skipped >= part.size()) return {};
  return part.subspan(skipped, (part.size() - skipped) / page * page);
}

void advise(const File& file, ByteView part, int advice) {
  const ByteView whole = file.bytes();
  if (!file.mapped() || part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size()) return;
  const ByteView pages = whole_pages(part);
  if (!pages.empty()) ::madvise(const_cast<std::uint8_t*>(pages.data()), pages.size(), advice);
}

}  // namespace

void release_pages(const File& file, ByteView part) { advise(file, part, MADV_DONTNEED); }

void expect_scattered_reads([[maybe_unused]] const File& file, [[maybe_unused]] ByteView part) {
#ifdef MADV_NOHUGEPAGE
  advise(file, part, MADV_NOHUGEPAGE);
#endif
}

void release_unused_heap() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void expect_writing([[maybe_unused]] std::uint8_t* begin, [[maybe_unused]] std::size_t size) {
#ifdef MADV_POPULATE_WRITE
  const ByteView pages = whole_pages({begin, size});
  if (!pages.empty()) ::madvise(const_cast<std::uint8_t*>(pages.data()), pages.size(), MADV_POPULATE_WRITE);
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

std::uint8_t* map_zeros(std::size_t size) {
  const std::size_t spare = size >= kLargePage ? kLargePage : 0;
  if (size > SIZE_MAX - spare) return nullptr;
  void* address = ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return nullptr;
  auto* memory = static_cast<std::uint8_t*>(address);
  if (spare == 0) return memory;
  const std::size_t before = (kLargePage - bytes_past(memory, kLargePage)) % kLargePage;
  if (before != 0) ::munmap(memory, before);
  memory += before;
  // The system unmaps whole pages: what lies behind the last of `size`.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t used = (size + page - 1) / page * page, mapped = size + spare - before;
  if (mapped > used) ::munmap(memory + used, mapped - used);
#ifdef MADV_HUGEPAGE
  ::madvise(memory, size / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return memory;
}

void unmap(std::uint8_t* memory, std::size_t size) { ::munmap(memory, size); }

}  // namespace ptetool
