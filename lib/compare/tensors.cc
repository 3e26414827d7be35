// Elements of equal bits agree at once; the others are held to the tolerance in double, complex ones by their distance.
#include "ptetool/compare/tensors.h"

#include <algorithm>
#include <cmath>
#include <complex>

#include "ptetool/base/text.h"
#include "ptetool/tensor/statistics.h"

namespace ptetool {

Tolerance default_tolerance(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::Double:
    case ScalarType::ComplexDouble: return {1e-9, 1e-12};
    case ScalarType::Float:
    case ScalarType::ComplexFloat: return {1e-5, 1e-6};
    case ScalarType::Half:
    case ScalarType::ComplexHalf: return {2e-3, 1e-3};
    case ScalarType::BFloat16: return {1.6e-2, 1e-2};
    default: return {};
  }
}

namespace {

bool same_element_bits(const Tensor& a, std::int64_t at_a, const Tensor& b, std::int64_t at_b) {
  const std::size_t size = static_cast<std::size_t>(a.element_size());
  return std::memcmp(a.as<std::uint8_t>() + static_cast<std::size_t>(at_a) * size,
                     b.as<std::uint8_t>() + static_cast<std::size_t>(at_b) * size, size) == 0;
}

bool tolerant(ScalarType dtype) {
  const DtypeInfo* info = find_dtype(dtype);
  return info && (info->kind == DtypeKind::Float || info->kind == DtypeKind::Complex);
}

// An element as a number; the imaginary part of a real one is 0.
std::complex<double> number_at(const Tensor& tensor, std::int64_t at) {
  if (find_dtype(tensor.dtype)->kind != DtypeKind::Complex) return element_as_double(tensor, at);
  Tensor parts = tensor;
  parts.dtype = tensor.dtype == ScalarType::ComplexHalf    ? ScalarType::Half
                : tensor.dtype == ScalarType::ComplexFloat ? ScalarType::Float
                                                           : ScalarType::Double;
  return {element_as_double(parts, 2 * at), element_as_double(parts, 2 * at + 1)};
}
bool is_nan(std::complex<double> x) { return std::isnan(x.real()) || std::isnan(x.imag()); }

}  // namespace

TensorComparison compare_tensors(const Tensor& actual, const Tensor& expected, Tolerance tolerance) {
  TensorComparison result;
  if (actual.dtype != expected.dtype) {
    result.difference = "is " + dtype_name(actual.dtype) + ", expected " + dtype_name(expected.dtype);
  } else if (!(actual.sizes == expected.sizes)) {
    result.difference =
        "has the shape " + shape_text(actual.sizes.span()) + ", expected " + shape_text(expected.sizes.span());
  }
  result.agree = result.difference.empty();
  if (!result.agree) return result;
  const bool by_value = tolerant(actual.dtype);
  const std::int64_t count = actual.numel();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at_actual = memory_index(actual, i);
    const std::int64_t at_expected = memory_index(expected, i);
    if (same_element_bits(actual, at_actual, expected, at_expected)) continue;
    bool good = false;
    if (by_value) {
      const std::complex<double> a = number_at(actual, at_actual);
      const std::complex<double> b = number_at(expected, at_expected);
      const double error = std::abs(a - b);
      good = (is_nan(a) && is_nan(b)) || a == b ||
             (std::isfinite(std::abs(b)) && error <= tolerance.atol + tolerance.rtol * std::abs(b));
      if (std::isfinite(error)) {
        result.max_abs_error = std::max(result.max_abs_error, error);
        if (b != 0.0) result.max_rel_error = std::max(result.max_rel_error, error / std::abs(b));
      }
    }
    if (good) continue;
    result.agree = false;
    ++result.bad;
    if (!result.first_bad) result.first_bad = i;
  }
  return result;
}

std::string difference_text(const Tensor& actual, const Tensor& expected, const TensorComparison& comparison) {
  if (!comparison.first_bad) return comparison.difference;
  const std::int64_t at = *comparison.first_bad;
  return counted(comparison.bad, "element") + " beyond tolerance, the first at " + std::to_string(at) + ": " +
         element_text(actual, memory_index(actual, at)) + ", expected " +
         element_text(expected, memory_index(expected, at));
}

}  // namespace ptetool
