// The packed weights of a process: whoever needs the same weights in the same packing gets the same memory.
#pragma once

#include <cstdint>
#include <memory>

#include "ptetool/xnnpack/packed_cache.h"

namespace ptetool {

struct WeightStatistics {
  std::uint64_t entries = 0;       // packed weights that are held now
  std::uint64_t packed_bytes = 0;  // their size
  std::uint64_t file_bytes = 0;    // of them in files of the packed cache: pages that other processes share
  std::uint64_t remembered = 0;    // entries, and those that are gone and not forgotten yet
  std::uint64_t packs = 0;         // how often something was packed, ever
  std::uint64_t hits = 0;          // how often something was there already
  std::uint64_t shared_bytes = 0;  // what those hits would have taken
};

// Shared by all XNNPACK backends that are given it; weights live as long as some delegate uses them. Thread-safe.
class WeightStore {
 public:
  // With a cache, weights that no delegate holds are looked for on disk before they are packed, and written there
  // after.
  explicit WeightStore(std::shared_ptr<PackedCache> cache = nullptr);
  ~WeightStore();
  WeightStore(const WeightStore&) = delete;
  WeightStore& operator=(const WeightStore&) = delete;

  WeightStatistics statistics() const;

  struct State;  // private to lib/xnnpack
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace ptetool
