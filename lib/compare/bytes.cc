// Blocks of 8 MiB are compared or hashed, then given back to the system: storage bounds the speed, a block the memory.
#include "compare/bytes.h"

#include <algorithm>
#include <cstring>

#include "ptetool/base/pages.h"

namespace ptetool::compare {

namespace {

// Large enough that the calls to the system do not count, small enough that little is resident.
constexpr std::size_t kBlock = std::size_t{8} << 20;

}  // namespace

bool same_bytes(const FilePart& a, const FilePart& b, ReadingProgress& progress) {
  if (a.bytes.size() != b.bytes.size()) return false;
  if (a.bytes.data() == b.bytes.data()) return true;
  for (std::size_t at = 0; at < a.bytes.size(); at += kBlock) {
    const ByteView block_a = a.bytes.subspan(at, std::min(kBlock, a.bytes.size() - at));
    const ByteView block_b = b.bytes.subspan(at, block_a.size());
    const bool same = std::memcmp(block_a.data(), block_b.data(), block_a.size()) == 0;
    release_pages(*a.file, block_a);
    release_pages(*b.file, block_b);
    progress.add(block_a.size());
    if (!same) return false;
  }
  return true;
}

Fingerprint fingerprint_of(const FilePart& part, ReadingProgress& progress) {
  Fingerprinter hash;
  for (std::size_t at = 0; at < part.bytes.size(); at += kBlock) {
    const ByteView block = part.bytes.subspan(at, std::min(kBlock, part.bytes.size() - at));
    hash.add(block);
    release_pages(*part.file, block);
    progress.add(block.size());
  }
  return hash.finish();
}

}  // namespace ptetool::compare
