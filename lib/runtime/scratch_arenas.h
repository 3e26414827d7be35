// Memory that methods need only while they execute. Methods that do not execute at the same time share it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/memory.h"

namespace ptetool {

class ScratchArenas {
 public:
  // Memory of at least `size` bytes, content unspecified, for the `place`-th arena of a method. The one who asks keeps
  // it alive. Errors: Limit.
  Result<std::shared_ptr<const LazyMemory>> borrow(std::size_t place, std::uint64_t size);

  // Held while a method executes in this memory.
  std::mutex& execution() { return execution_; }

 private:
  std::mutex lending_;
  std::mutex execution_;
  std::vector<std::vector<std::shared_ptr<const LazyMemory>>> arenas_;  // by place, the largest last
};

}  // namespace ptetool
