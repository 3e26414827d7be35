// Arenas: memory that is zero and costs nothing until it is touched (design 5).
#pragma once

#include <cstdint>

#include "ptetool/base/result.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

class LazyMemory {
 public:
  // Reserves `size` zero bytes, page-aligned, with kReadSlack readable bytes behind them.
  static Result<LazyMemory> reserve(std::uint64_t size);
  LazyMemory() = default;
  LazyMemory(LazyMemory&& other) noexcept;
  LazyMemory& operator=(LazyMemory&& other) noexcept;
  ~LazyMemory();

  std::uint8_t* data() const { return data_; }
  std::uint64_t size() const { return size_; }
  // Its pages go back to the system: the content is zero again.
  void give_back() const;

 private:
  std::uint8_t* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace ptetool
