// The .npy container: a header (npy_header.h) and the raw array.
#include "ptetool/tensor/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "ptetool/base/text.h"
#include "tensor/npy_header.h"

namespace ptetool {

Result<OwnedTensor> read_npy(ByteView bytes, const std::string& name) {
  PTETOOL_ASSIGN(const NpyHeader header, read_npy_header(bytes, name));
  const auto count = checked_numel(header.sizes.span());
  const auto size = count ? checked_mul(static_cast<std::uint64_t>(*count), *dtype_size(header.dtype)) : std::nullopt;
  if (!size) {
    return fail(ErrorCode::Malformed, name, "header", "the shape " + tuple_text(header.sizes) + " exceeds 64 bits");
  }
  const ByteView data = bytes.subspan(static_cast<std::size_t>(header.data_offset));
  if (data.size() < *size) {
    return fail(ErrorCode::Malformed, name, "data",
                fmt::format("is cut off: shape {} of {} needs {} bytes, {} are there", tuple_text(header.sizes),
                            dtype_name(header.dtype), *size, data.size()),
                header.data_offset);
  }
  if (data.size() > *size) {
    const std::uint64_t excess = data.size() - *size;
    return fail(
        ErrorCode::Malformed, name, "data",
        fmt::format("{} the array", excess == 1 ? "1 more byte follows" : fmt::format("{} more bytes follow", excess)),
        header.data_offset + *size);
  }
  auto owned = allocate_tensor(header.dtype, header.sizes);
  if (!owned) {
    owned.error().file = name;
    return owned;
  }
  const Tensor& tensor = owned->tensor;
  // Fortran order is the dim order backwards. The source is only read, but a Tensor's data is not const.
  DimOrder order = contiguous_order(header.sizes.size());
  if (header.fortran_order) std::reverse(order.begin(), order.end());
  Tensor source = make_tensor(header.dtype, header.sizes, order);
  source.data = const_cast<std::uint8_t*>(data.data());
  PTETOOL_CHECK(copy_elements(source, tensor));
  if (header.dtype == ScalarType::Bool) {
    auto* first = static_cast<std::uint8_t*>(tensor.data);
    std::transform(first, first + *size, first, [](std::uint8_t byte) { return static_cast<std::uint8_t>(byte != 0); });
  }
  return owned;
}

Result<std::vector<std::uint8_t>> write_npy(const Tensor& tensor) {
  if (tensor.data == nullptr && tensor.numel() != 0) {
    return fail(ErrorCode::Usage, "a tensor without memory cannot be written as .npy");
  }
  if (!tensor.contiguous()) {
    PTETOOL_ASSIGN(const OwnedTensor ordered, contiguous_copy(tensor));
    return write_npy(ordered.tensor);
  }
  try {
    const std::string header = npy_header_text(tensor);
    const auto length = static_cast<std::uint16_t>(header.size());
    const std::uint8_t version_and_length[] = {1, 0, static_cast<std::uint8_t>(length & 0xff),
                                               static_cast<std::uint8_t>(length >> 8)};
    std::vector<std::uint8_t> bytes;
    const ByteView data = tensor.bytes();
    bytes.reserve(kNpyMagic.size() + sizeof version_and_length + header.size() + data.size());
    for (const ByteView part : {bytes_of(kNpyMagic), ByteView(version_and_length), bytes_of(header), data}) {
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::Limit, "the machine has no " + human_bytes(tensor.nbytes()) + " for an .npy file in memory");
  }
}

}  // namespace ptetool
