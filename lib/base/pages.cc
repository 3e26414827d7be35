#include "ptetool/base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

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

}  // namespace ptetool
