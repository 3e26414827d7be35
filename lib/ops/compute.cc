// Elements of every dtype into blocks and back, each a short loop: load, round or wrap, store.
#include "ops/compute.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ops/compute_convert.h"
#include "ops/simd/arrays.h"
#include "tensor/element_types.h"

namespace ptetool::ops {

namespace {

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

// Is an element of this dtype the number itself?
bool is_its_compute_type(ScalarType dtype) {
  return contains(dtype_set(ScalarType::Long, ScalarType::Float, ScalarType::Double, ScalarType::ComplexFloat,
                            ScalarType::ComplexDouble, ScalarType::UInt64),
                  dtype);
}

}  // namespace

Narrow narrower(ScalarType dtype) {
  if (is_its_compute_type(dtype)) return nullptr;
  return element::visit_type(dtype, [](auto type) -> Narrow { return narrow_numbers<typename decltype(type)::type>; });
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

}  // namespace ptetool::ops
