// The table of element types (format-facts 1.5). Ids have no gaps, so that a row is found by its index.
#include "ptetool/base/dtype.h"

#include <array>
#include <utility>

namespace ptetool {

namespace {

using enum ScalarType;

constexpr std::array<DtypeInfo, 30> kDtypes = {{
    {Byte, "uint8", "BYTE", 1, DtypeKind::Unsigned},
    {Char, "int8", "CHAR", 1, DtypeKind::Signed},
    {Short, "int16", "SHORT", 2, DtypeKind::Signed},
    {Int, "int32", "INT", 4, DtypeKind::Signed},
    {Long, "int64", "LONG", 8, DtypeKind::Signed},
    {Half, "float16", "HALF", 2, DtypeKind::Float},
    {Float, "float32", "FLOAT", 4, DtypeKind::Float},
    {Double, "float64", "DOUBLE", 8, DtypeKind::Float},
    {ComplexHalf, "complex32", "COMPLEX32", 4, DtypeKind::Complex},
    {ComplexFloat, "complex64", "COMPLEX64", 8, DtypeKind::Complex},
    {ComplexDouble, "complex128", "COMPLEX128", 16, DtypeKind::Complex},
    {Bool, "bool", "BOOL", 1, DtypeKind::Bool},
    {QInt8, "qint8", "QINT8", 1, DtypeKind::Quantized},
    {QUInt8, "quint8", "QUINT8", 1, DtypeKind::Quantized},
    {QInt32, "qint32", "QINT32", 4, DtypeKind::Quantized},
    {BFloat16, "bfloat16", "BFLOAT16", 2, DtypeKind::Float},
    {QUInt4x2, "quint4x2", "QUINT4X2", 1, DtypeKind::Quantized},
    {QUInt2x4, "quint2x4", "QUINT2X4", 1, DtypeKind::Quantized},
    {Bits1x8, "bits1x8", "BITS1X8", 1, DtypeKind::Bits},
    {Bits2x4, "bits2x4", "BITS2X4", 1, DtypeKind::Bits},
    {Bits4x2, "bits4x2", "BITS4X2", 1, DtypeKind::Bits},
    {Bits8, "bits8", "BITS8", 1, DtypeKind::Bits},
    {Bits16, "bits16", "BITS16", 2, DtypeKind::Bits},
    {Float8E5M2, "float8_e5m2", "FLOAT8E5M2", 1, DtypeKind::Float},
    {Float8E4M3FN, "float8_e4m3fn", "FLOAT8E4M3FN", 1, DtypeKind::Float},
    {Float8E5M2FNUZ, "float8_e5m2fnuz", "FLOAT8E5M2FNUZ", 1, DtypeKind::Float},
    {Float8E4M3FNUZ, "float8_e4m3fnuz", "FLOAT8E4M3FNUZ", 1, DtypeKind::Float},
    {UInt16, "uint16", "UINT16", 2, DtypeKind::Unsigned},
    {UInt32, "uint32", "UINT32", 4, DtypeKind::Unsigned},
    {UInt64, "uint64", "UINT64", 8, DtypeKind::Unsigned},
}};

// Other names that PyTorch accepts.
constexpr std::array<std::pair<std::string_view, ScalarType>, 6> kAliases = {{
    {"float", Float},
    {"double", Double},
    {"half", Half},
    {"int", Int},
    {"long", Long},
    {"short", Short},
}};

}  // namespace

std::span<const DtypeInfo> all_dtypes() { return kDtypes; }

const DtypeInfo* find_dtype(ScalarType type) {
  const auto id = static_cast<std::int8_t>(type);
  if (id < 0 || static_cast<std::size_t>(id) >= kDtypes.size()) return nullptr;
  return &kDtypes[static_cast<std::size_t>(id)];
}

const DtypeInfo* find_dtype(std::string_view name) {
  for (const auto& row : kDtypes) {
    if (row.name == name || row.enum_name == name) return &row;
  }
  for (const auto& [alias, type] : kAliases) {
    if (alias == name) return find_dtype(type);
  }
  return nullptr;
}

std::string dtype_name(ScalarType type) {
  const DtypeInfo* row = find_dtype(type);
  return row ? std::string(row->name) : "dtype " + std::to_string(static_cast<int>(type));
}

std::optional<std::uint64_t> dtype_size(ScalarType type) {
  const DtypeInfo* row = find_dtype(type);
  return row ? std::optional<std::uint64_t>(row->size) : std::nullopt;
}

}  // namespace ptetool
