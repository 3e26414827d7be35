// Tensors in memory: describing, allocating, resizing and copying them. What elements mean is left to element.cc.
#include "ptetool/tensor/tensor.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "ptetool/base/text.h"

namespace ptetool {

namespace {

// A cache line, and what XNNPACK and vector kernels like best.
constexpr std::size_t kAlignment = 64;

// One row along the target's innermost dimension; the element width is a constant for the compiler.
template <std::size_t kWidth>
void gather_row(std::uint8_t* target, const std::uint8_t* source, std::int64_t count, std::int64_t source_stride) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(target + static_cast<std::size_t>(i) * kWidth,
                source + static_cast<std::size_t>(i * source_stride) * kWidth, kWidth);
  }
}

using GatherRow = void (*)(std::uint8_t*, const std::uint8_t*, std::int64_t, std::int64_t);

GatherRow gather_row_for(std::uint64_t width) {
  switch (width) {
    case 1: return gather_row<1>;
    case 2: return gather_row<2>;
    case 4: return gather_row<4>;
    case 8: return gather_row<8>;
    default: return gather_row<16>;
  }
}

// Visits the target in memory order, so that writes are sequential. Both tensors have elements and a rank above 0.
void gather(const Tensor& source, const Tensor& target) {
  const std::size_t rank = target.rank();
  const std::uint64_t width = target.element_size();
  const GatherRow row = gather_row_for(width);
  const std::size_t inner = target.dim_order[rank - 1];
  const auto* from = source.as<std::uint8_t>();
  auto* to = static_cast<std::uint8_t*>(target.data);
  const std::int64_t row_length = target.sizes[inner];
  const std::uint64_t row_bytes = static_cast<std::uint64_t>(row_length) * width;
  Sizes at = Sizes::filled(rank, 0);
  std::int64_t source_offset = 0;
  for (std::int64_t rows = target.numel() / row_length; rows > 0; --rows) {
    row(to, from + static_cast<std::uint64_t>(source_offset) * width, row_length, source.strides[inner]);
    to += row_bytes;
    for (std::size_t level = rank - 1; level-- > 0;) {
      const std::size_t dim = target.dim_order[level];
      source_offset += source.strides[dim];
      if (++at[dim] < target.sizes[dim]) break;
      source_offset -= target.sizes[dim] * source.strides[dim];
      at[dim] = 0;
    }
  }
}

}  // namespace

Result<> Tensor::resize(std::span<const std::int64_t> new_sizes) {
  if (new_sizes.size() != rank()) {
    return fail(ErrorCode::Mismatch, "a tensor of rank " + std::to_string(rank()) + " cannot take the sizes " +
                                         shape_text(new_sizes) + ": the rank is fixed");
  }
  if (std::equal(new_sizes.begin(), new_sizes.end(), sizes.begin())) return {};
  if (dynamism == Dynamism::Static) {
    return fail(ErrorCode::Mismatch, "a tensor of static sizes " + shape_text(sizes.span()) +
                                         " cannot take the sizes " + shape_text(new_sizes));
  }
  const auto count = checked_numel(new_sizes);
  if (!count) return fail(ErrorCode::Mismatch, "the sizes " + shape_text(new_sizes) + " describe no tensor");
  if (*count > capacity) {
    return fail(ErrorCode::Mismatch, "the sizes " + shape_text(new_sizes) + " need " +
                                         counted(static_cast<std::uint64_t>(*count), "element") +
                                         ", the tensor has room for " + std::to_string(capacity));
  }
  sizes = Sizes(new_sizes);
  strides = strides_of(sizes, dim_order);
  return {};
}

Tensor make_tensor(ScalarType dtype, std::span<const std::int64_t> sizes) {
  return make_tensor(dtype, sizes, contiguous_order(sizes.size()));
}

Tensor make_tensor(ScalarType dtype, std::span<const std::int64_t> sizes, std::span<const std::uint8_t> dim_order) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.sizes = Sizes(sizes);
  tensor.dim_order = DimOrder(dim_order);
  tensor.strides = strides_of(sizes, dim_order);
  tensor.capacity = numel(sizes);
  return tensor;
}

std::int64_t memory_index(const Tensor& tensor, std::int64_t logical_index) {
  if (tensor.contiguous()) return logical_index;
  std::int64_t index = 0;
  for (std::size_t dim = tensor.rank(); dim-- > 0;) {
    index += logical_index % tensor.sizes[dim] * tensor.strides[dim];
    logical_index /= tensor.sizes[dim];
  }
  return index;
}

Result<> copy_elements(const Tensor& source, const Tensor& target) {
  if (source.dtype != target.dtype) {
    return fail(ErrorCode::Mismatch,
                "cannot copy " + dtype_name(source.dtype) + " elements into a " + dtype_name(target.dtype) + " tensor");
  }
  if (source.sizes != target.sizes) {
    return fail(ErrorCode::Mismatch, "cannot copy a tensor of shape " + shape_text(source.sizes.span()) +
                                         " into one of shape " + shape_text(target.sizes.span()));
  }
  if (target.numel() == 0) return {};
  if (source.data == nullptr || target.data == nullptr) {
    return fail(ErrorCode::Usage, "cannot copy a tensor without memory");
  }
  if (source.strides == target.strides) {
    std::memcpy(target.data, source.data, static_cast<std::size_t>(target.nbytes()));
  } else {
    gather(source, target);
  }
  return {};
}

Result<OwnedTensor> allocate_tensor(ScalarType dtype, std::span<const std::int64_t> sizes, std::uint64_t max_bytes) {
  const auto element_size = dtype_size(dtype);
  if (!element_size) return fail(ErrorCode::Usage, "there is no element type " + dtype_name(dtype));
  if (sizes.size() > kMaxRank) {
    return fail(ErrorCode::Usage, "a tensor of rank " + std::to_string(sizes.size()) + " exceeds the highest rank, " +
                                      std::to_string(kMaxRank));
  }
  const auto count = checked_numel(sizes);
  const auto size = count ? checked_mul(static_cast<std::uint64_t>(*count), *element_size) : std::nullopt;
  if (!size) return fail(ErrorCode::Usage, "the sizes " + shape_text(sizes) + " describe no tensor");
  if (*size > max_bytes) {
    return fail(ErrorCode::Limit, "a tensor of shape " + shape_text(sizes) + " needs " + human_bytes(*size) +
                                      ", more than the limit of " + human_bytes(max_bytes));
  }
  const auto no_memory = [&] {
    return fail(ErrorCode::Limit,
                "the machine has no " + human_bytes(*size) + " for a tensor of shape " + shape_text(sizes));
  };
  // calloc takes large blocks straight from the system, whose pages are zero and not resident until touched.
  const auto padded = checked_add(std::max<std::uint64_t>(*size, 1), std::uint64_t{kAlignment - 1 + kReadSlack});
  if (!padded || *padded > std::numeric_limits<std::size_t>::max()) return no_memory();
  auto room = static_cast<std::size_t>(*padded);
  void* block = std::calloc(room, 1);
  if (block == nullptr) return no_memory();
  const std::shared_ptr<void> owner(block, &std::free);
  void* start = std::align(kAlignment, room - (kAlignment - 1) - kReadSlack, block, room);
  OwnedTensor owned{make_tensor(dtype, sizes), std::shared_ptr<void>(owner, start)};
  owned.tensor.data = start;
  return owned;
}

Result<OwnedTensor> copy_tensor(const Tensor& source) {
  PTETOOL_ASSIGN(OwnedTensor owned,
                 allocate_tensor(source.dtype, source.sizes, std::numeric_limits<std::uint64_t>::max()));
  owned.tensor.dim_order = source.dim_order;
  owned.tensor.strides = source.strides;
  PTETOOL_CHECK(copy_elements(source, owned.tensor));
  return owned;
}

Result<OwnedTensor> contiguous_copy(const Tensor& source) {
  PTETOOL_ASSIGN(OwnedTensor owned,
                 allocate_tensor(source.dtype, source.sizes, std::numeric_limits<std::uint64_t>::max()));
  PTETOOL_CHECK(copy_elements(source, owned.tensor));
  return owned;
}

}  // namespace ptetool
