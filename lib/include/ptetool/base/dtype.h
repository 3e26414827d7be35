// The element types of format-facts 1.5: one row each, from which names, sizes and file formats follow.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ptetool {

// The id as PTE, PTD, BPTE and ETDump store it. A value that comes from a file may be none of these: look it up.
enum class ScalarType : std::int8_t {
  Byte = 0,
  Char = 1,
  Short = 2,
  Int = 3,
  Long = 4,
  Half = 5,
  Float = 6,
  Double = 7,
  ComplexHalf = 8,
  ComplexFloat = 9,
  ComplexDouble = 10,
  Bool = 11,
  QInt8 = 12,
  QUInt8 = 13,
  QInt32 = 14,
  BFloat16 = 15,
  QUInt4x2 = 16,
  QUInt2x4 = 17,
  Bits1x8 = 18,
  Bits2x4 = 19,
  Bits4x2 = 20,
  Bits8 = 21,
  Bits16 = 22,
  Float8E5M2 = 23,
  Float8E4M3FN = 24,
  Float8E5M2FNUZ = 25,
  Float8E4M3FNUZ = 26,
  UInt16 = 27,
  UInt32 = 28,
  UInt64 = 29,
};

enum class DtypeKind { Bool, Unsigned, Signed, Float, Complex, Quantized, Bits };

struct DtypeInfo {
  ScalarType type;
  std::string_view name;       // PyTorch's: "float32"
  std::string_view enum_name;  // ExecuTorch's: "FLOAT"
  std::uint8_t size;           // bytes per element
  DtypeKind kind;
};

// All rows, ordered by id.
std::span<const DtypeInfo> all_dtypes();
// The row of a type; nullptr for an id that does not exist.
const DtypeInfo* find_dtype(ScalarType type);
// The row of a PyTorch name ("float32", also "float", "int", "long", "half" …).
const DtypeInfo* find_dtype(std::string_view name);
// The name for display: "float32"; "dtype 77" for an id that does not exist.
std::string dtype_name(ScalarType type);
// Bytes per element; nullopt for an id that does not exist.
std::optional<std::uint64_t> dtype_size(ScalarType type);

}  // namespace ptetool
