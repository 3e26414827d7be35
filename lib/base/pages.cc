// madvise, mmap and posix_memalign, each behind what it is used for. Advice concerns whole pages only; a system that
// does not know a kind of advice loses speed, nothing else.
#include "ptetool/base/pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
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

#ifdef MADV_HUGEPAGE
constexpr std::size_t kLeastMedium = std::size_t{128} << 10;

// Are pages of 64 or 128 KiB to be had where memory asks for them?
bool has_medium_pages() {
  static const bool has = [] {
    // Streams would take a tenth of a millisecond, which counts where a small model is loaded.
    const auto setting = [](const char* name) -> std::string {
      char text[64] = {};
      const auto path = std::string("/sys/kernel/mm/transparent_hugepage/") + name + "enabled";
      const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0) return "never";
      const bool read = ::read(file, text, sizeof(text) - 1) > 0;
      ::close(file);
      const std::string_view all = read ? text : "";
      const auto begin = all.find('['), end = all.find(']');
      return end != std::string_view::npos && begin < end ? std::string(all.substr(begin + 1, end - begin - 1))
                                                          : "never";
    };
    const std::string all = setting("");
    return std::ranges::any_of(std::array{"hugepages-64kB/", "hugepages-128kB/"}, [&](const char* size) {
      const std::string own = setting(size);
      return (own == "inherit" ? all : own) != "never";
    });
  }();
  return has;
}
#endif

// What lies between two parts of a row at most: what aligns them, or a bias.
constexpr std::ptrdiff_t kLeastGap = std::ptrdiff_t{64} << 10;
constexpr std::size_t kLongRow = std::size_t{4} << 20;

}  // namespace

void PageReleases::add(const File& file, ByteView part) {
  const std::uint8_t* end = row_.data() + row_.size();
  const bool next = file_ == &file && part.data() >= end && part.data() - end < kLeastGap;
  if (!next) finish();
  file_ = &file;
  row_ = next ? ByteView(row_.data(), part.data() + part.size()) : part;
  if (row_.size() >= kLongRow) finish();
}

void PageReleases::finish() {
  if (file_) release_pages(*file_, row_);
  file_ = nullptr;
  row_ = {};
}

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

void want_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size, [[maybe_unused]] PageSize pages) {
#ifdef MADV_HUGEPAGE
  const ByteView part = whole_pages({static_cast<const std::uint8_t*>(memory), size});
  auto* begin = const_cast<std::uint8_t*>(part.data());
  if (part.size() < kLeastMedium) return;
  if (pages == PageSize::Medium && has_medium_pages()) {
    // Where a small page is, no large one comes any more.
    if (part.size() >= kLargePage) ::madvise(begin, part.size(), MADV_NOHUGEPAGE);
    for (std::size_t i = 0; i < part.size(); i += kLargePage) *static_cast<volatile std::uint8_t*>(begin + i) = 0;
    *static_cast<volatile std::uint8_t*>(begin + part.size() - 1) = 0;  // a small block may reach into the next one
    ::madvise(begin, part.size(), MADV_HUGEPAGE);
  } else if (part.size() >= kLargePage) {
    ::madvise(begin, part.size() / kLargePage * kLargePage, MADV_HUGEPAGE);
  }
#endif
}

void* allocate_aligned(std::size_t alignment, std::size_t size) {
  if (size >= kLargePage && alignment < kLargePage) alignment = kLargePage;
  void* memory = nullptr;
  if (::posix_memalign(&memory, std::max(alignment, sizeof(void*)), std::max<std::size_t>(size, 1)) != 0)
    return nullptr;
  want_pages(memory, size, PageSize::Medium);
  return memory;
}

std::uint8_t* map_zeros(std::size_t size, PageSize pages) {
  const std::size_t spare = size >= kLargePage ? kLargePage : 0;
  if (size > SIZE_MAX - spare) return nullptr;
  void* address = ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return nullptr;
  auto* memory = static_cast<std::uint8_t*>(address);
  if (spare != 0) {
    const std::size_t before = (kLargePage - bytes_past(memory, kLargePage)) % kLargePage;
    if (before != 0) ::munmap(memory, before);
    memory += before;
    // The system unmaps whole pages: what lies behind the last of `size`.
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t used = (size + page - 1) / page * page, mapped = size + spare - before;
    if (mapped > used) ::munmap(memory + used, mapped - used);
  }
  want_pages(memory, size, pages);
  return memory;
}

void unmap(std::uint8_t* memory, std::size_t size) { ::munmap(memory, size); }

}  // namespace ptetool
