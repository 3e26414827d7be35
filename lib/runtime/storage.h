// Who reads what who wrote: the memory that each value of a method stands for, and for every instruction what it reads
// and writes there. Values that share memory are found by the memory, not by their index (format-facts 5.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/accesses.h"

namespace ptetool {

// A stretch of memory. Arenas are spaces of their own, and so is every tensor without a place in one.
struct Storage {
  std::int64_t space = 0;  // 0: a constant, which nobody writes
  std::uint64_t begin = 0, end = 0;

  bool overlaps(const Storage& other) const {
    return space == other.space && space != 0 && begin < other.end && other.begin < end;
  }
  bool covers(const Storage& other) const { return space == other.space && begin <= other.begin && other.end <= end; }
  bool operator==(const Storage& other) const = default;
};

// Somebody who reads what an instruction wrote.
struct Reader {
  static constexpr std::size_t kOutside = static_cast<std::size_t>(-1);  // an output, or a later execution
  std::size_t instruction = kOutside;
};

class StorageMap {
 public:
  // nullopt where the handles of tensors change in ways that are not followed.
  static std::optional<StorageMap> make(const MethodState& state);

  const Storage& storage(std::size_t value) const { return storages_[value]; }
  // What an et_view makes this value a view of.
  std::optional<std::size_t> base_of(std::size_t value) const {
    const auto found = views_.find(value);
    return found == views_.end() ? std::nullopt : std::optional(found->second);
  }
  // Does the value stay what it is while the method runs: a number the same, a tensor (its sizes aside) in its place?
  bool steady(std::size_t value) const { return !unsteady_.contains(value); }
  const Accesses& accesses(std::size_t chain, std::size_t instruction) const { return accesses_[chain][instruction]; }
  // Do two values have elements in common?
  bool touch(std::size_t a, std::size_t b) const { return a == b || storages_[a].overlaps(storages_[b]); }

  // May anybody but the instructions [first, last) of the chain read what instruction `writer` wrote to `value`?
  bool read_outside(std::size_t chain, std::size_t writer, std::size_t value, std::size_t first,
                    std::size_t last) const;
  // Do instructions beside [first, last) of the chain, or the caller, name the value?
  bool named_outside(std::size_t value, std::size_t chain, std::size_t first, std::size_t last) const;
  // May a jump lead to this instruction?
  bool jump_target(std::size_t chain, std::size_t instruction) const;

 private:
  StorageMap() = default;
  void find_readers();
  void find_reader(std::size_t instruction, std::size_t value);
  static std::uint64_t key(std::size_t instruction, std::size_t value) {
    return (std::uint64_t{instruction} << 32) | std::uint64_t{value};
  }

  const MethodState* state_ = nullptr;
  std::vector<Storage> storages_;
  std::unordered_set<std::size_t> unsteady_;
  std::unordered_map<std::size_t, std::size_t> views_;
  std::vector<std::vector<Accesses>> accesses_;
  std::vector<std::unordered_set<std::size_t>> targets_;
  bool straight_ = false;                                           // one chain without jumps: readers_ tells the truth
  std::unordered_map<std::uint64_t, std::vector<Reader>> readers_;  // by writer and value
  std::unordered_map<std::size_t, std::vector<std::pair<std::size_t, std::size_t>>>
      named_;  // value -> chain, instruction
};

}  // namespace ptetool
