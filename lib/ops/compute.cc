// The conversions behind compute.h, each a short loop over a block: load, change the compute type, round, store.
#include "ops/compute.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ops/simd/arrays.h"
#include "tensor/element_types.h"

namespace ptetool::ops {

namespace {

// --- One element to its compute type and back.

template <class T>
requires std::is_integral_v<T> std::int64_t widen(T value) { return static_cast<std::int64_t>(value); }
std::int64_t widen(element::Boolean value) { return value.byte != 0 ? 1 : 0; }
float widen(float value) { return value; }
double widen(double value) { return value; }
float widen(Half value) { return to_float(value); }
float widen(BFloat16 value) { return to_float(value); }
template <ScalarType kType>
float widen(element::Float8<kType> value) {
  return float8_to_float(kType, value.bits);
}
template <class T>
auto widen(element::Complex<T> value) {
  const auto real = widen(value.real);
  return std::complex<std::remove_const_t<decltype(real)>>(real, widen(value.imaginary));
}

// What float8 makes of a value beyond its range: infinity, or NaN where it has none.
template <ScalarType kType>
std::uint8_t to_float8_bits(float value) {
  if (const auto bits = to_float8(kType, value)) return *bits;
  if (const auto bits = to_float8(kType, std::copysign(std::numeric_limits<float>::infinity(), value))) return *bits;
  return *to_float8(kType, std::numeric_limits<float>::quiet_NaN());
}
template <ScalarType kType>
element::Float8<kType> make_float8(std::type_identity<element::Float8<kType>>, float value) {
  return {to_float8_bits<kType>(value)};
}

template <class S, class W>
S narrowed(W value) {
  if constexpr (std::is_same_v<S, element::Boolean>) {
    return {static_cast<std::uint8_t>(value != W{} ? 1 : 0)};
  } else if constexpr (std::is_same_v<S, Half>) {
    return to_half(value);
  } else if constexpr (std::is_same_v<S, BFloat16>) {
    return to_bfloat16(value);
  } else if constexpr (element::is_complex<S>) {
    using Part = decltype(S::real);
    return {narrowed<Part>(value.real()), narrowed<Part>(value.imag())};
  } else if constexpr (std::is_arithmetic_v<S>) {
    return static_cast<S>(value);
  } else {
    return make_float8(std::type_identity<S>(), value);
  }
}

template <class S>
void load_elements(const std::uint8_t* data, std::int64_t stride, std::int64_t count, void* numbers) {
  using W = decltype(widen(S{}));
  auto* to = static_cast<W*>(numbers);
  S element;
  if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>) {
    if (stride == 1 && is_aligned(data, sizeof(S))) {
      const auto* bits = static_cast<const std::uint16_t*>(static_cast<const void*>(data));
      (std::is_same_v<S, Half> ? simd::half_to_float : simd::bfloat16_to_float)(bits, to, count);
      return;
    }
  }
  if (stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::memcpy(&element, data + static_cast<std::size_t>(i) * sizeof(S), sizeof(S));
      to[i] = widen(element);
    }
    return;
  }
  const auto step = stride * static_cast<std::int64_t>(sizeof(S));
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(&element, data + i * step, sizeof(S));
    to[i] = widen(element);
  }
}

template <class S>
void store_elements(const void* numbers, std::uint8_t* data, std::int64_t stride, std::int64_t count) {
  using W = decltype(widen(S{}));
  const auto* from = static_cast<const W*>(numbers);
  if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>) {
    if (stride == 1 && is_aligned(data, sizeof(S))) {
      auto* bits = static_cast<std::uint16_t*>(static_cast<void*>(data));
      (std::is_same_v<S, Half> ? simd::float_to_half : simd::float_to_bfloat16)(from, bits, count);
      return;
    }
  }
  if (stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      const S element = narrowed<S>(from[i]);
      std::memcpy(data + static_cast<std::size_t>(i) * sizeof(S), &element, sizeof(S));
    }
    return;
  }
  const auto step = stride * static_cast<std::int64_t>(sizeof(S));
  for (std::int64_t i = 0; i < count; ++i) {
    const S element = narrowed<S>(from[i]);
    std::memcpy(data + i * step, &element, sizeof(S));
  }
}

template <class S>
void narrow_numbers(void* numbers, std::int64_t count) {
  using W = decltype(widen(S{}));
  auto* all = static_cast<W*>(numbers);
  if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>) {
    std::uint16_t bits[kBlock];
    (std::is_same_v<S, Half> ? simd::float_to_half : simd::float_to_bfloat16)(all, bits, count);
    (std::is_same_v<S, Half> ? simd::half_to_float : simd::bfloat16_to_float)(bits, all, count);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) all[i] = widen(narrowed<S>(all[i]));
}

// --- One compute type to another.

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

using Convert = void (*)(const void*, void*, std::int64_t);

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

// From numbers of dtype `from` to numbers of dtype `to`; null where they are represented alike.
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

// Is an element of this dtype the number itself?
bool is_its_compute_type(ScalarType dtype) {
  return contains(dtype_set(ScalarType::Long, ScalarType::Float, ScalarType::Double, ScalarType::ComplexFloat,
                            ScalarType::ComplexDouble, ScalarType::UInt64),
                  dtype);
}

using Narrow = void (*)(void*, std::int64_t);

Narrow narrower(ScalarType dtype) {
  if (is_its_compute_type(dtype)) return nullptr;
  return element::visit_type(dtype, [](auto type) -> Narrow { return narrow_numbers<typename decltype(type)::type>; });
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

std::int64_t to_int64(double value) {
  return value >= -0x1p63 && value < 0x1p63 ? static_cast<std::int64_t>(value)
                                            : std::numeric_limits<std::int64_t>::min();
}

Reader::Reader(ScalarType from, ScalarType as)
    : load_(element::visit_type(
          from, [](auto type) -> decltype(load_) { return load_elements<typename decltype(type)::type>; })),
      convert_(converter(from, as)),
      narrow_(from == as ? nullptr : narrower(as)),
      element_size_(static_cast<std::size_t>(*dtype_size(from))),
      in_place_(is_its_compute_type(from) && !convert_ && !narrow_) {}

const void* Reader::read(const std::uint8_t* data, std::int64_t stride, std::int64_t count, Block& scratch) const {
  if (in_place_ && stride == 1 && is_aligned(data, std::min<std::size_t>(element_size_, 8))) return data;
  if (!convert_) {
    load_(data, stride, count, scratch.data());
  } else {
    Block native;
    load_(data, stride, count, native.data());
    convert_(native.data(), scratch.data(), count);
  }
  if (narrow_) narrow_(scratch.data(), count);
  return scratch.data();
}

Writer::Writer(ScalarType from, ScalarType to)
    : narrow_(from == to ? nullptr : narrower(from)),
      convert_(converter(from, to)),
      store_(element::visit_type(
          to, [](auto type) -> decltype(store_) { return store_elements<typename decltype(type)::type>; })),
      element_size_(static_cast<std::size_t>(*dtype_size(to))),
      in_place_(is_its_compute_type(to) && !convert_ && !narrow_) {}

void* Writer::target(std::uint8_t* data, std::int64_t stride, Block& scratch) const {
  return in_place_ && stride == 1 && is_aligned(data, std::min<std::size_t>(element_size_, 8)) ? data : scratch.data();
}

void Writer::write(void* numbers, std::uint8_t* data, std::int64_t stride, std::int64_t count) const {
  if (numbers == data) return;
  if (narrow_) narrow_(numbers, count);
  if (!convert_) return store_(numbers, data, stride, count);
  Block converted;
  convert_(numbers, converted.data(), count);
  store_(converted.data(), data, stride, count);
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
