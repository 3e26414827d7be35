// How elements of any dtype become numbers to compute with, and back.
//
// Arithmetic happens in one of five compute types, whatever the dtype: all integers and bool in int64 (sums and
// products wrap to the narrow type on the way back, exactly as if computed there), half, bfloat16 and float in float,
// double in double, complex in two. Elements pass through blocks of that type, so that a kernel is compiled five times
// at most.
#pragma once

#include <array>
#include <complex>
#include <cstdint>

#include "ptetool/base/dtype.h"
#include "ptetool/ops/value.h"

namespace ptetool::ops {

using Complex64 = std::complex<float>;
using Complex128 = std::complex<double>;

// A set of dtypes, one bit each.
using DtypeSet = std::uint32_t;
template <class... Types>
constexpr DtypeSet dtype_set(Types... types) {
  return ((DtypeSet{1} << static_cast<unsigned>(types)) | ... | 0u);
}
constexpr bool contains(DtypeSet set, ScalarType type) {
  const auto id = static_cast<std::int8_t>(type);
  return id >= 0 && id < 32 && ((set >> static_cast<unsigned>(id)) & 1u) != 0;
}

inline constexpr DtypeSet kBool = dtype_set(ScalarType::Bool);
inline constexpr DtypeSet kIntegers =
    dtype_set(ScalarType::Byte, ScalarType::Char, ScalarType::Short, ScalarType::Int, ScalarType::Long,
              ScalarType::UInt16, ScalarType::UInt32, ScalarType::UInt64);
inline constexpr DtypeSet kFloats =
    dtype_set(ScalarType::Half, ScalarType::BFloat16, ScalarType::Float, ScalarType::Double);
inline constexpr DtypeSet kFloat8s =
    dtype_set(ScalarType::Float8E5M2, ScalarType::Float8E4M3FN, ScalarType::Float8E5M2FNUZ, ScalarType::Float8E4M3FNUZ);
inline constexpr DtypeSet kComplexes =
    dtype_set(ScalarType::ComplexHalf, ScalarType::ComplexFloat, ScalarType::ComplexDouble);
inline constexpr DtypeSet kReals = kIntegers | kFloats;
inline constexpr DtypeSet kRealsAndBool = kReals | kBool;
inline constexpr DtypeSet kNumbers = kRealsAndBool | kComplexes;
// Everything that can be converted.
inline constexpr DtypeSet kConvertible = kNumbers | kFloat8s;

enum class ComputeType : std::uint8_t { Int, Float, Double, ComplexFloat, ComplexDouble };
// For a dtype of kConvertible.
ComputeType compute_type(ScalarType dtype);

template <class C>
inline constexpr ComputeType compute_type_of = ComputeType::Int;
template <>
inline constexpr ComputeType compute_type_of<float> = ComputeType::Float;
template <>
inline constexpr ComputeType compute_type_of<double> = ComputeType::Double;
template <>
inline constexpr ComputeType compute_type_of<Complex64> = ComputeType::ComplexFloat;
template <>
inline constexpr ComputeType compute_type_of<Complex128> = ComputeType::ComplexDouble;

template <class C>
inline constexpr bool is_complex = false;
template <class T>
inline constexpr bool is_complex<std::complex<T>> = true;

constexpr bool is_floating(ScalarType type) { return contains(kFloats | kFloat8s, type); }
constexpr bool is_complex_dtype(ScalarType type) { return contains(kComplexes, type); }
constexpr bool is_integral(ScalarType type) { return contains(kIntegers, type); }
constexpr bool is_integral_or_bool(ScalarType type) { return contains(kIntegers | kBool, type); }

// Numbers in a block: few enough to stay in the first-level cache, many enough to hide the calls around them.
inline constexpr std::int64_t kBlock = 256;
struct Block {
  alignas(64) std::array<std::uint8_t, kBlock * sizeof(Complex128)> bytes;
  void* data() { return bytes.data(); }
  template <class C>
  C* as() {
    return static_cast<C*>(data());
  }
};

// Reads elements of dtype `from` as numbers of the compute type of `as`, rounded or wrapped to what `as` can hold.
// Both are convertible. Memory may have any alignment.
class Reader {
 public:
  Reader(ScalarType from, ScalarType as);
  // `count` <= kBlock elements, `stride` elements apart; the numbers are in `scratch`, or where they already lie.
  const void* read(const std::uint8_t* data, std::int64_t stride, std::int64_t count, Block& scratch) const;
  template <class C>
  const C* read_as(const std::uint8_t* data, std::int64_t stride, std::int64_t count, Block& scratch) const {
    return static_cast<const C*>(read(data, stride, count, scratch));
  }

 private:
  void (*load_)(const std::uint8_t*, std::int64_t, std::int64_t, void*);
  void (*convert_)(const void*, void*, std::int64_t);  // null: same compute type
  void (*narrow_)(void*, std::int64_t);                // null: nothing to round
  std::size_t element_size_;
  bool in_place_;
};

// Writes numbers of the compute type of `from`, rounded or wrapped to `from`, as elements of dtype `to`.
class Writer {
 public:
  Writer(ScalarType from, ScalarType to);
  // Where to put `count` numbers that write() shall bring to `data`: scratch, or `data` itself.
  void* target(std::uint8_t* data, std::int64_t stride, Block& scratch) const;
  // `numbers` may be changed.
  void write(void* numbers, std::uint8_t* data, std::int64_t stride, std::int64_t count) const;

 private:
  void (*narrow_)(void*, std::int64_t);
  void (*convert_)(const void*, void*, std::int64_t);
  void (*store_)(const void*, std::uint8_t*, std::int64_t, std::int64_t);
  std::size_t element_size_;
  bool in_place_;
};

// A scalar as a number of the compute type C, as PyTorch converts it.
template <class C>
C number_of(const Scalar& scalar);
// The same, rounded or wrapped to `dtype`, written `count` times.
void fill_block(const Scalar& scalar, ScalarType dtype, std::int64_t count, bool rounded, Block& block);

// A number as a dtype that is computed in float holds it.
float rounded_to(ScalarType dtype, float value);

// Whether PyTorch converts a scalar to a dtype without an error: negative numbers may wrap to unsigned ones of their
// size, infinities and NaN are for floating types only.
bool converts(const Scalar& scalar, ScalarType dtype);

// float to int64 as x86 and PyTorch do it: towards zero, what does not fit becomes the least integer.
std::int64_t to_int64(double value);

}  // namespace ptetool::ops
