// mmap without reserve: pages become memory when they are touched, and zeros again by MADV_DONTNEED.
#include "runtime/memory.h"

#include <sys/mman.h>

#include <utility>

#include "ptetool/base/checked.h"
#include "ptetool/base/pages.h"
#include "ptetool/base/text.h"

namespace ptetool {

Result<LazyMemory> LazyMemory::reserve(std::uint64_t size) {
  LazyMemory memory;
  if (size == 0) return memory;
  const auto total = checked_add(size, kReadSlack);
  void* address =
      total ? ::mmap(nullptr, *total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
            : MAP_FAILED;
  if (address == MAP_FAILED) {
    return fail(ErrorCode::Limit, "this machine gives no " + human_bytes(size) + " of memory");
  }
  // Larger ones may be caches, of which a little is used here and there.
  if (*total < kLargePage) want_pages(address, *total, PageSize::Medium);
  memory.data_ = static_cast<std::uint8_t*>(address);
  memory.size_ = size;
  return memory;
}

void LazyMemory::give_back() const {
  if (data_) ::madvise(data_, size_, MADV_DONTNEED);
}

LazyMemory::LazyMemory(LazyMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

LazyMemory& LazyMemory::operator=(LazyMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

LazyMemory::~LazyMemory() {
  if (data_) ::munmap(data_, size_ + kReadSlack);
}

}  // namespace ptetool
