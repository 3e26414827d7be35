// Sizes, strides and dim orders of tensors: short lists of fixed capacity, no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

#include "ptetool/base/checked.h"

namespace ptetool {

// ExecuTorch's limit on the rank (format-facts 5.3).
inline constexpr std::size_t kMaxRank = 16;

// A list of at most kMaxRank items, by value.
template <class T>
class ShortList {
 public:
  ShortList() = default;
  ShortList(std::initializer_list<T> items) : ShortList(std::span<const T>(items.begin(), items.size())) {}
  template <class U>
  explicit ShortList(std::span<const U> items) : size_(std::min(items.size(), kMaxRank)) {
    for (std::size_t i = 0; i < size_; ++i) items_[i] = static_cast<T>(items[i]);
  }
  // `count` copies of `value`.
  static ShortList filled(std::size_t count, T value) {
    ShortList list;
    list.size_ = std::min(count, kMaxRank);
    std::fill_n(list.items_.begin(), list.size_, value);
    return list;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T* begin() { return items_.data(); }
  T* end() { return items_.data() + size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  std::span<const T> span() const { return {items_.data(), size_}; }
  // The caller checks for room: at most kMaxRank items.
  void push_back(T item) { items_[size_++] = item; }
  bool full() const { return size_ == kMaxRank; }
  void erase(std::size_t at) {
    for (std::size_t i = at; i + 1 < size_; ++i) items_[i] = items_[i + 1];
    --size_;
  }
  bool operator==(const ShortList& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

 private:
  std::size_t size_ = 0;  // first: few items are beside it
  std::array<T, kMaxRank> items_{};
};

using Sizes = ShortList<std::int64_t>;
using Strides = ShortList<std::int64_t>;
using DimOrder = ShortList<std::uint8_t>;

// 0, 1, …, rank - 1.
DimOrder contiguous_order(std::size_t rank);
// 0, 2, 3, …, 1 for rank 4 and 5; nullopt for other ranks.
std::optional<DimOrder> channels_last_order(std::size_t rank);
bool is_contiguous_order(std::span<const std::uint8_t> dim_order);
// A permutation of 0 … n - 1?
bool is_permutation(std::span<const std::uint8_t> dim_order);
// Strides in elements: innermost 1, outward times the inner size, where a size of 0 counts as 1 (format-facts 5.3).
// `dim_order` is a permutation as long as `sizes`; sizes are >= 0 and their product fits int64.
Strides strides_of(std::span<const std::int64_t> sizes, std::span<const std::uint8_t> dim_order);
// The dim order that these strides express (stable for equal strides).
DimOrder order_of(std::span<const std::int64_t> strides);
// Product of sizes that are known to be sound.
std::int64_t numel(std::span<const std::int64_t> sizes);

}  // namespace ptetool
