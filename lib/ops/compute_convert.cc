// Numbers of one compute type as another, the way PyTorch converts them on x86.
#include "ops/compute_convert.h"

#include <limits>
#include <type_traits>

namespace ptetool::ops {

namespace {

template <class A>
auto real_part(A value) {
  if constexpr (is_complex<A>) {
    return value.real();
  } else {
    return value;
  }
}

template <class A>
void to_truth(const void* from, void* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    static_cast<std::int64_t*>(to)[i] = static_cast<const A*>(from)[i] != A{} ? 1 : 0;
  }
}

// What does not fit wraps, as far as an int64 reaches.
std::uint64_t to_uint64(double value) {
  if (value >= 0x1p63 && value < 0x1p64) return static_cast<std::uint64_t>(value);
  return value >= 0x1p64 ? 0 : static_cast<std::uint64_t>(to_int64(value));
}

// Narrow integers are reached through int32, as x86 does.
template <class A>
void to_int32_range(const void* from, void* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(real_part(static_cast<const A*>(from)[i]));
    static_cast<std::int64_t*>(to)[i] = value > -2147483649.0 && value < 2147483648.0
                                            ? static_cast<std::int32_t>(value)
                                            : std::numeric_limits<std::int32_t>::min();
  }
}

template <class A, class B>
void to_number(const void* from, void* to, std::int64_t count) {
  const auto* a = static_cast<const A*>(from);
  auto* b = static_cast<B*>(to);
  for (std::int64_t i = 0; i < count; ++i) {
    if constexpr (is_complex<A> && is_complex<B>) {
      b[i] = B(a[i]);
    } else if constexpr (std::is_same_v<B, std::uint64_t>) {
      b[i] = to_uint64(static_cast<double>(real_part(a[i])));
    } else if constexpr (std::is_same_v<B, std::int64_t>) {
      b[i] = to_int64(static_cast<double>(real_part(a[i])));
    } else if constexpr (is_complex<B>) {
      b[i] = B(static_cast<typename B::value_type>(a[i]));
    } else {
      b[i] = static_cast<B>(real_part(a[i]));
    }
  }
}

template <class A>
Convert converter_from(ScalarType to) {
  if (to == ScalarType::Bool) return to_truth<A>;
  switch (compute_type(to)) {
    case ComputeType::Int:
      if constexpr (std::is_integral_v<A>)
        return nullptr;
      else if (to == ScalarType::UInt64)
        return to_number<A, std::uint64_t>;
      else
        return dtype_size(to) < 4 || to == ScalarType::Int ? to_int32_range<A> : to_number<A, std::int64_t>;
    case ComputeType::Float: return to_number<A, float>;
    case ComputeType::Double: return to_number<A, double>;
    case ComputeType::ComplexFloat: return to_number<A, Complex64>;
    case ComputeType::ComplexDouble: return to_number<A, Complex128>;
  }
  return nullptr;
}

}  // namespace

ComputeType compute_type(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::Float:
    case ScalarType::Half:
    case ScalarType::BFloat16:
    case ScalarType::Float8E5M2:
    case ScalarType::Float8E4M3FN:
    case ScalarType::Float8E5M2FNUZ:
    case ScalarType::Float8E4M3FNUZ: return ComputeType::Float;
    case ScalarType::Double: return ComputeType::Double;
    case ScalarType::ComplexHalf:
    case ScalarType::ComplexFloat: return ComputeType::ComplexFloat;
    case ScalarType::ComplexDouble: return ComputeType::ComplexDouble;
    default: return ComputeType::Int;
  }
}

std::int64_t to_int64(double value) {
  return value >= -0x1p63 && value < 0x1p63 ? static_cast<std::int64_t>(value)
                                            : std::numeric_limits<std::int64_t>::min();
}

Convert converter(ScalarType from, ScalarType to) {
  const ComputeType source = compute_type(from);
  if (source == compute_type(to) && !(to == ScalarType::Bool && from != ScalarType::Bool)) return nullptr;
  switch (source) {
    case ComputeType::Int:
      // Between integers all 64 bits are what they are; only a fraction shows that they have no sign.
      return from == ScalarType::UInt64 ? converter_from<std::uint64_t>(to) : converter_from<std::int64_t>(to);
    case ComputeType::Float: return converter_from<float>(to);
    case ComputeType::Double: return converter_from<double>(to);
    case ComputeType::ComplexFloat: return converter_from<Complex64>(to);
    case ComputeType::ComplexDouble: return converter_from<Complex128>(to);
  }
  return nullptr;
}

}  // namespace ptetool::ops
