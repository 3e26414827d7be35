// Memory that methods need only while they execute. Methods that do not execute at the same time share it; what one has
// touched and the next may not need is given back, where the first has executed for so long that this costs nothing
// beside it.
#pragma once

#include <chrono>
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

  // The turn of a method: held while it reads or writes this memory. With the first turn after another method's the
  // content is unspecified; it is kept from one turn to the next of the same method. A thread may take a turn within a
  // turn.
  class Turn {
   public:
    Turn(ScratchArenas& arenas, const void* method);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ScratchArenas& arenas_;
    std::unique_lock<std::recursive_mutex> lock_;
    std::chrono::steady_clock::time_point begin_;
  };

 private:
  std::mutex lending_;
  std::recursive_mutex execution_;
  unsigned depth_ = 0;                          // of turns within turns; under execution_, like what follows
  const void* holder_ = nullptr;                // whose turn it is or was
  std::chrono::steady_clock::duration held_{};  // how long the holder's turns have taken since it took over
  std::vector<std::vector<std::shared_ptr<const LazyMemory>>> arenas_;  // by place, the largest last
};

}  // namespace ptetool
