// Reading two mapped files against each other: at the speed of storage, without holding what was read.
#pragma once

#include <memory>

#include "ptetool/base/hash.h"
#include "ptetool/compare/diff.h"

namespace ptetool::compare {

// Bytes of a file.
struct FilePart {
  std::shared_ptr<const File> file;
  ByteView bytes;
};

// Counts what was read, and tells whoever draws the bar.
class ReadingProgress {
 public:
  ReadingProgress(const Progress& tell, std::uint64_t total) : tell_(tell), total_(total) {}
  void add(std::uint64_t bytes) {
    done_ = std::min(done_ + bytes, total_);
    if (tell_) tell_(done_, total_);
  }

 private:
  const Progress& tell_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
};

// Both give the pages that they read back to the system.
bool same_bytes(const FilePart& a, const FilePart& b, ReadingProgress& progress);
Fingerprint fingerprint_of(const FilePart& part, ReadingProgress& progress);

}  // namespace ptetool::compare
