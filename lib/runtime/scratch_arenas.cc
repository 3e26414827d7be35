// One lock for lending, one for executing. A method that has executed for half a second gives its pages back when
// another one's turn comes.
#include "runtime/scratch_arenas.h"

#include "ptetool/runtime/method.h"

namespace ptetool {

namespace {

// To touch some tens of MiB anew takes a hundredth of that.
constexpr std::chrono::milliseconds kLong{500};

}  // namespace

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

ScratchArenas::Turn::Turn(ScratchArenas& arenas, const void* method)
    : arenas_(arenas), lock_(arenas.execution_), begin_(std::chrono::steady_clock::now()) {
  ++arenas_.depth_;
  if (arenas_.holder_ == method) return;
  if (arenas_.held_ >= kLong) {
    const std::lock_guard guard(arenas_.lending_);
    for (const auto& lent : arenas_.arenas_) {
      for (const auto& memory : lent) memory->give_back();
    }
  }
  arenas_.holder_ = method;
  arenas_.held_ = {};
}

ScratchArenas::Turn::~Turn() {
  if (--arenas_.depth_ == 0) arenas_.held_ += std::chrono::steady_clock::now() - begin_;
}

std::shared_ptr<ScratchArenas> make_scratch_arenas() { return std::make_shared<ScratchArenas>(); }

}  // namespace ptetool
