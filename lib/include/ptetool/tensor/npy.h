// NumPy's .npy container, both ways (NEP 1). bfloat16 has no descr there: it travels as uint16 bit patterns
// (design 1.4).
#pragma once

#include <string>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

// Do the bytes begin like an .npy file?
bool is_npy(ByteView bytes);

// Reads versions 1 to 3, whole: bytes after the array are refused. Fortran order is transposed into C order; a
// big-endian or structured descr is refused by name. Nonzero bytes of a bool array are true. `name` is what errors call
// the source. A uint16 array stays uint16: who expects bfloat16 converts (convert_input). Errors: WrongKind (no .npy
// file), Malformed, Unsupported (element types and ranks that no tensor has), Limit (memory).
Result<OwnedTensor> read_npy(ByteView bytes, const std::string& name);

// The bytes of a version 1 file in C order, as numpy.save writes them; the dtype in the file is npy_carrier(). Errors:
// Usage (a tensor without memory), Limit (memory).
Result<std::vector<std::uint8_t>> write_npy(const Tensor& tensor);

// The dtype as which elements travel in .npy files: the type itself where numpy has it; else the integer of the same
// size that holds the raw bits (bfloat16: uint16, float8 and bits types: uint8 …), signed for qint8 and qint32.
ScalarType npy_carrier(ScalarType dtype);

}  // namespace ptetool
