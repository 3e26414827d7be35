// The planned memory of a method that is being loaded: what is its own, and what other methods use as well.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ptetool/base/byte_ranges.h"
#include "runtime/state.h"

namespace ptetool {

// Borrows everything.
class Arenas {
 public:
  // `sharer`: the method whose mutable buffers are this one's too; may be null.
  Arenas(MethodState& state, std::size_t plan_index, const LoadOptions& options, const MethodState* sharer)
      : state_(state), plan_index_(plan_index), options_(options), sharer_(sharer) {}

  // An arena is as large as its planned tensors reach: the declared size is an upper limit that a file may exaggerate.
  Result<> reserve();
  // The memory that a planned tensor lies in.
  const LazyMemory& memory_of(const pte::AllocationDetails& where, std::uint64_t nbytes) const;
  // Counts memory against the limit.
  Result<> take(std::uint64_t bytes, const std::string& what);

 private:
  Result<> share_scratch();
  bool jumps() const;
  void keep_what_overlaps(std::size_t arena);
  Result<> check_sharer(std::span<const std::uint64_t> needed) const;

  MethodState& state_;
  std::size_t plan_index_;
  const LoadOptions& options_;
  std::vector<ByteRanges> kept_;  // per arena: bytes that are not shared with other methods
  const MethodState* sharer_;
};

}  // namespace ptetool
