// The header of an .npy file: magic, version, and the text of a Python dict with type, order and shape.
#pragma once

#include <string>
#include <string_view>

#include "ptetool/base/bytes.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

struct NpyHeader {
  ScalarType dtype = ScalarType::Float;
  bool fortran_order = false;
  Sizes sizes;
  std::uint64_t data_offset = 0;
};

Result<NpyHeader> read_npy_header(ByteView bytes, const std::string& name);
// The dict for a contiguous tensor, padded as numpy does, with the line feed at its end.
std::string npy_header_text(const Tensor& tensor);
// numpy's spelling: (), (3,), (2, 3).
std::string tuple_text(const Sizes& sizes);

}  // namespace ptetool
