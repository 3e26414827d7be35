// Layout arithmetic that everything about tensors shares: dim orders to strides and back (format-facts 5.3).
#include "ptetool/tensor/shape.h"

namespace ptetool {

DimOrder contiguous_order(std::size_t rank) {
  DimOrder order = DimOrder::filled(rank, 0);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint8_t>(i);
  return order;
}

std::optional<DimOrder> channels_last_order(std::size_t rank) {
  if (rank == 4) return DimOrder{0, 2, 3, 1};
  if (rank == 5) return DimOrder{0, 2, 3, 4, 1};
  return std::nullopt;
}

bool is_contiguous_order(std::span<const std::uint8_t> dim_order) {
  for (std::size_t i = 0; i < dim_order.size(); ++i) {
    if (dim_order[i] != i) return false;
  }
  return true;
}

bool is_permutation(std::span<const std::uint8_t> dim_order) {
  if (dim_order.size() > kMaxRank) return false;
  std::uint32_t seen = 0;
  for (const std::uint8_t dim : dim_order) {
    if (dim >= dim_order.size() || ((seen >> dim) & 1u) != 0) return false;
    seen |= 1u << dim;
  }
  return true;
}

Strides strides_of(std::span<const std::int64_t> sizes, std::span<const std::uint8_t> dim_order) {
  Strides strides = Strides::filled(sizes.size(), 1);
  std::int64_t stride = 1;
  for (std::size_t i = dim_order.size(); i-- > 0;) {
    const std::size_t dim = dim_order[i];
    strides[dim] = stride;
    // Only the sizes of an empty tensor ([0, 2^62, 8]) can overflow here, and its strides are never followed.
    stride = checked_mul(stride, std::max<std::int64_t>(sizes[dim], 1)).value_or(stride);
  }
  return strides;
}

DimOrder order_of(std::span<const std::int64_t> strides) {
  DimOrder order = contiguous_order(strides.size());
  std::stable_sort(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) { return strides[a] > strides[b]; });
  return order;
}

std::int64_t numel(std::span<const std::int64_t> sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

}  // namespace ptetool
