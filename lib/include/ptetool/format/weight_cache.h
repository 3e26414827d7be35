// ExecuTorch's cache of weights that XNNPACK packed, in one file with its index at the end (format-facts 9.3).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::weight_cache {

// The version that ExecuTorch writes, and the only one that it reads.
inline constexpr std::uint32_t kVersion = 2;

struct Entry {
  std::string_view name;     // key of the filter, and of the bias behind it; not checked to be text
  std::uint64_t offset = 0;  // of the packed bytes; not proved
  std::uint64_t size = 0;
  std::uint32_t seed = 0;      // XNNPACK's number of the packing
  std::uint64_t index_at = 0;  // of the entry itself
};

struct WeightCache {
  std::shared_ptr<const File> file;
  std::uint32_t version = 0;
  std::uint64_t index_start = 0;
  std::uint64_t footer_start = 0;
  std::vector<Entry> entries;
};

// Errors: Malformed (no footer, an index that leaves its place).
Result<WeightCache> read_weight_cache(std::shared_ptr<const File> file);

// Do the file's last bytes look like the footer?
bool has_weight_cache_footer(ByteView bytes);

}  // namespace ptetool::weight_cache
