// Every dtype as a C++ type, and the one switch that leads from the first to the second. What reads or writes elements
// by value (statistics, text, literals, generators) is written once over these types.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ptetool/tensor/float8.h"
#include "ptetool/tensor/half.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool::element {

// A byte that may hold any bits, true unless 0.
struct Boolean {
  std::uint8_t byte = 0;
};
template <class T>
struct Complex {
  T real{};
  T imaginary{};
};
template <ScalarType kType>
struct Float8 {
  std::uint8_t bits = 0;
};

template <class T>
inline constexpr bool is_complex = false;
template <class T>
inline constexpr bool is_complex<Complex<T>> = true;

// Calls f(std::type_identity<T>()) with the type that stores elements of `dtype`, which must exist; quantised and bits
// types are stored as integers.
template <class F>
decltype(auto) visit_type(ScalarType dtype, F&& f) {
  switch (dtype) {
    case ScalarType::Char:
    case ScalarType::QInt8: return f(std::type_identity<std::int8_t>());
    case ScalarType::Short: return f(std::type_identity<std::int16_t>());
    case ScalarType::Int:
    case ScalarType::QInt32: return f(std::type_identity<std::int32_t>());
    case ScalarType::Long: return f(std::type_identity<std::int64_t>());
    case ScalarType::Half: return f(std::type_identity<Half>());
    case ScalarType::Float: return f(std::type_identity<float>());
    case ScalarType::Double: return f(std::type_identity<double>());
    case ScalarType::ComplexHalf: return f(std::type_identity<Complex<Half>>());
    case ScalarType::ComplexFloat: return f(std::type_identity<Complex<float>>());
    case ScalarType::ComplexDouble: return f(std::type_identity<Complex<double>>());
    case ScalarType::Bool: return f(std::type_identity<Boolean>());
    case ScalarType::BFloat16: return f(std::type_identity<BFloat16>());
    case ScalarType::Float8E5M2: return f(std::type_identity<Float8<ScalarType::Float8E5M2>>());
    case ScalarType::Float8E4M3FN: return f(std::type_identity<Float8<ScalarType::Float8E4M3FN>>());
    case ScalarType::Float8E5M2FNUZ: return f(std::type_identity<Float8<ScalarType::Float8E5M2FNUZ>>());
    case ScalarType::Float8E4M3FNUZ: return f(std::type_identity<Float8<ScalarType::Float8E4M3FNUZ>>());
    case ScalarType::UInt16:
    case ScalarType::Bits16: return f(std::type_identity<std::uint16_t>());
    case ScalarType::UInt32: return f(std::type_identity<std::uint32_t>());
    case ScalarType::UInt64: return f(std::type_identity<std::uint64_t>());
    case ScalarType::Byte:
    case ScalarType::QUInt8:
    case ScalarType::QUInt4x2:
    case ScalarType::QUInt2x4:
    case ScalarType::Bits1x8:
    case ScalarType::Bits2x4:
    case ScalarType::Bits4x2:
    case ScalarType::Bits8: break;
  }
  return f(std::type_identity<std::uint8_t>());
}

// Element `index` in memory order; the memory may have any alignment.
template <class T>
T load_at(const Tensor& tensor, std::int64_t index) {
  T value;
  std::memcpy(&value, tensor.as<std::uint8_t>() + static_cast<std::size_t>(index) * sizeof(T), sizeof(T));
  return value;
}
template <class T>
void store_at(Tensor& tensor, std::int64_t index, T value) {
  std::memcpy(tensor.as<std::uint8_t>() + static_cast<std::size_t>(index) * sizeof(T), &value, sizeof(T));
}

template <class T>
requires std::is_arithmetic_v<T>
double to_double(T value) { return static_cast<double>(value); }
inline double to_double(Boolean value) { return value.byte != 0 ? 1 : 0; }
inline double to_double(Half value) { return static_cast<double>(to_float(value)); }
inline double to_double(BFloat16 value) { return static_cast<double>(to_float(value)); }
template <ScalarType kType>
double to_double(Float8<kType> value) {
  return static_cast<double>(float8_to_float(kType, value.bits));
}
// The real part.
template <class T>
double to_double(Complex<T> value) {
  return to_double(value.real);
}

// The element of type T nearest to `value`. Integers: `value` is integral and in range. Floats: what is too large
// becomes infinite, or NaN where the type has no infinity.
template <class T>
T from_double(double value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<T>(value);
  } else if constexpr (std::is_same_v<T, Boolean>) {
    return Boolean{static_cast<std::uint8_t>(value != 0 ? 1 : 0)};
  } else if constexpr (std::is_same_v<T, Half>) {
    return to_half(static_cast<float>(value));
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return to_bfloat16(static_cast<float>(value));
  } else if constexpr (is_complex<T>) {
    return T{from_double<decltype(T::real)>(value), {}};
  } else {
    // The overload set deduces which of the float8 types T is.
    return [&]<ScalarType kType>(Float8<kType>) {
      const auto narrow = static_cast<float>(value);
      const auto bits = to_float8(kType, narrow);
      return Float8<kType>{bits ? *bits : *to_float8(kType, std::numeric_limits<float>::quiet_NaN())};
    }(T{});
  }
}

}  // namespace ptetool::element
