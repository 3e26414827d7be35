// Scalars, which are arguments rather than elements, as numbers of a compute type.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ops/compute_convert.h"
#include "ptetool/tensor/half.h"

namespace ptetool::ops {

namespace {

template <class I>
bool converts_to(const Scalar& scalar) {
  using Limits = std::numeric_limits<I>;
  if (scalar.kind == Scalar::Kind::Double) {
    const double least =
        std::is_unsigned_v<I> ? -static_cast<double>(Limits::max()) : static_cast<double>(Limits::min());
    return scalar.real >= least && scalar.real <= static_cast<double>(Limits::max());
  }
  if (scalar.integer >= 0)
    return static_cast<std::uint64_t>(scalar.integer) <= static_cast<std::uint64_t>(Limits::max());
  if (std::is_signed_v<I>) return scalar.integer >= static_cast<std::int64_t>(Limits::min());
  return std::uint64_t{0} - static_cast<std::uint64_t>(scalar.integer) <= static_cast<std::uint64_t>(Limits::max());
}

}  // namespace

bool converts(const Scalar& scalar, ScalarType dtype) {
  const double size = std::fabs(scalar.as_double());
  switch (dtype) {
    case ScalarType::Byte: return converts_to<std::uint8_t>(scalar);
    case ScalarType::Char: return converts_to<std::int8_t>(scalar);
    case ScalarType::Short: return converts_to<std::int16_t>(scalar);
    case ScalarType::Int: return converts_to<std::int32_t>(scalar);
    case ScalarType::Long: return converts_to<std::int64_t>(scalar);
    case ScalarType::UInt16: return converts_to<std::uint16_t>(scalar);
    case ScalarType::UInt32: return converts_to<std::uint32_t>(scalar);
    case ScalarType::UInt64: return converts_to<std::uint64_t>(scalar);
    case ScalarType::Half: return !(size > 65504) || std::isinf(size);
    case ScalarType::BFloat16: return !(size > 0x1.fep127) || std::isinf(size);
    case ScalarType::Float: return !(size > std::numeric_limits<float>::max()) || std::isinf(size);
    default: return true;
  }
}

float rounded_to(ScalarType dtype, float value) {
  if (dtype == ScalarType::Half) return to_float(to_half(value));
  return dtype == ScalarType::BFloat16 ? to_float(to_bfloat16(value)) : value;
}

template <class C>
C number_of(const Scalar& scalar) {
  if (scalar.kind != Scalar::Kind::Double) {
    if constexpr (is_complex<C>)
      return C(static_cast<typename C::value_type>(scalar.integer));
    else
      return static_cast<C>(scalar.integer);
  }
  if constexpr (std::is_same_v<C, std::int64_t>)
    return to_int64(scalar.real);
  else if constexpr (is_complex<C>)
    return C(static_cast<typename C::value_type>(scalar.real));
  else
    return static_cast<C>(scalar.real);
}
template std::int64_t number_of(const Scalar&);
template float number_of(const Scalar&);
template double number_of(const Scalar&);
template Complex64 number_of(const Scalar&);
template Complex128 number_of(const Scalar&);

void fill_block(const Scalar& scalar, ScalarType dtype, std::int64_t count, bool rounded, Block& block) {
  const auto fill = [&]<class C>(C number) { std::fill_n(block.as<C>(), count, number); };
  if (dtype == ScalarType::Bool) {
    fill(std::int64_t{scalar.kind == Scalar::Kind::Double ? scalar.real != 0 : scalar.integer != 0});
    return;
  }
  switch (compute_type(dtype)) {
    case ComputeType::Int: fill(number_of<std::int64_t>(scalar)); break;
    case ComputeType::Float: fill(number_of<float>(scalar)); break;
    case ComputeType::Double: fill(number_of<double>(scalar)); break;
    case ComputeType::ComplexFloat: fill(number_of<Complex64>(scalar)); break;
    case ComputeType::ComplexDouble: fill(number_of<Complex128>(scalar)); break;
  }
  if (!rounded) return;
  if (const Narrow narrow = narrower(dtype)) narrow(block.data(), count);
}

}  // namespace ptetool::ops
