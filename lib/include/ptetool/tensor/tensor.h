// A tensor in memory: type, sizes, layout, and where its elements are.
#pragma once

#include <cstdint>
#include <memory>

#include "ptetool/base/bytes.h"
#include "ptetool/base/dtype.h"
#include "ptetool/base/result.h"
#include "ptetool/tensor/shape.h"

namespace ptetool {

enum class Dynamism : std::uint8_t { Static, Bound };

// A handle: copying it copies no element and owns nothing. Elements lie densely in dim order (format-facts 5.3), so
// that `strides` follow from `sizes` and `dim_order`.
struct Tensor {
  // What every call looks at comes first, in two lines of a cache.
  ScalarType dtype = ScalarType::Float;
  Dynamism dynamism = Dynamism::Static;
  bool read_only = false;     // elements are a constant of the program, mapped from its file: never an output
  void* data = nullptr;       // null until memory is given (inputs, outputs, views)
  std::int64_t capacity = 0;  // most elements that sizes may ever describe (the serialised bound)
  DimOrder dim_order;
  Sizes sizes;
  Strides strides;  // in elements

  std::size_t rank() const { return sizes.size(); }
  std::int64_t numel() const { return ptetool::numel(sizes); }
  std::uint64_t element_size() const { return *dtype_size(dtype); }
  std::uint64_t nbytes() const { return static_cast<std::uint64_t>(numel()) * element_size(); }
  bool contiguous() const { return is_contiguous_order(dim_order); }

  template <class T>
  T* as() {
    return static_cast<T*>(data);
  }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  ByteView bytes() const {
    return {static_cast<const std::uint8_t*>(data), data ? static_cast<std::size_t>(nbytes()) : 0};
  }

  // Gives the tensor other sizes under the rules of format-facts 5.3: the rank is fixed, Static sizes cannot change,
  // bound ones stay within `capacity`. Strides follow. Errors: Mismatch.
  Result<> resize(std::span<const std::int64_t> new_sizes);
};

// A tensor description of these sizes, contiguous, static, without memory.
Tensor make_tensor(ScalarType dtype, std::span<const std::int64_t> sizes);
Tensor make_tensor(ScalarType dtype, std::span<const std::int64_t> sizes, std::span<const std::uint8_t> dim_order);

// Where element number `logical_index` in C order (0 … numel - 1) lies, counted in elements from `data`.
std::int64_t memory_index(const Tensor& tensor, std::int64_t logical_index);

// Copies every element to the same coordinates of another tensor of equal dtype and sizes; the dim orders may differ,
// the memory must not overlap and may have any alignment. Errors: Mismatch, Usage (a side without memory).
Result<> copy_elements(const Tensor& source, const Tensor& target);

// Bytes that vector kernels may read beyond the end of a tensor (XNN_EXTRA_BYTES is 16, on Hexagon 128): whoever gives
// tensors memory leaves as many behind them.
inline constexpr std::uint64_t kReadSlack = 128;

// A tensor that owns its (64-byte aligned) memory, for inputs, outputs and expected values. Copies share the memory.
struct OwnedTensor {
  Tensor tensor;
  std::shared_ptr<void> memory;
};
// Zero-filled; large memory becomes resident only where it is touched. Errors: Limit (more than `max_bytes`, or more
// than the machine gives), Usage (a rank above kMaxRank, negative or overflowing sizes, a dtype that does not exist).
Result<OwnedTensor> allocate_tensor(ScalarType dtype, std::span<const std::int64_t> sizes,
                                    std::uint64_t max_bytes = std::uint64_t{1} << 36);
// The same elements in a memory of their own, dim order kept.
Result<OwnedTensor> copy_tensor(const Tensor& source);
// The same elements in contiguous order.
Result<OwnedTensor> contiguous_copy(const Tensor& source);

}  // namespace ptetool
