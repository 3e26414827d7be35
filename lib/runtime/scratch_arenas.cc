#include "runtime/scratch_arenas.h"

#include "ptetool/runtime/method.h"

namespace ptetool {

Result<std::shared_ptr<const LazyMemory>> ScratchArenas::borrow(std::size_t place, std::uint64_t size) {
  const std::lock_guard guard(lending_);
  if (arenas_.size() <= place) arenas_.resize(place + 1);
  auto& lent = arenas_[place];
  // A method that needs more than all before it gets new memory: theirs cannot move.
  if (lent.empty() || lent.back()->size() < size) {
    PTETOOL_ASSIGN(LazyMemory memory, LazyMemory::reserve(size));
    lent.push_back(std::make_shared<const LazyMemory>(std::move(memory)));
  }
  return lent.back();
}

std::shared_ptr<ScratchArenas> make_scratch_arenas() { return std::make_shared<ScratchArenas>(); }

}  // namespace ptetool
