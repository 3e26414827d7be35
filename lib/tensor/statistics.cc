// Summaries of tensors and their elements as people read them, for every dtype.
#include "ptetool/tensor/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/element_types.h"

namespace ptetool {

namespace {

using element::load_at;
using element::to_double;

template <class T>
bool is_nan(T item) {
  if constexpr (element::is_complex<T>) {
    return is_nan(item.real) || is_nan(item.imaginary);
  } else {
    return std::isnan(to_double(item));
  }
}

template <class T>
bool is_inf(T item) {
  if constexpr (element::is_complex<T>) {
    return is_inf(item.real) || is_inf(item.imaginary);
  } else {
    return std::isinf(to_double(item));
  }
}

template <class T>
void summarise(const Tensor& tensor, TensorStatistics& statistics) {
  const std::int64_t count = tensor.numel();
  std::uint64_t finite = 0;
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const T item = load_at<T>(tensor, i);
    if (is_nan(item)) {
      ++statistics.nan;
    } else if (is_inf(item)) {
      ++statistics.inf;
    } else {
      const double value = to_double(item);
      statistics.min = finite == 0 ? value : std::min(statistics.min, value);
      statistics.max = finite == 0 ? value : std::max(statistics.max, value);
      sum += value;
      ++finite;
    }
  }
  if (finite == 0) return;
  statistics.any_finite = true;
  if (std::isfinite(sum)) {
    statistics.mean = sum / static_cast<double>(finite);
    return;
  }
  // The sum of numbers near the end of the range overflows; their mean does not.
  for (std::int64_t i = 0; i < count; ++i) {
    const T item = load_at<T>(tensor, i);
    if (!is_nan(item) && !is_inf(item)) statistics.mean += to_double(item) / static_cast<double>(finite);
  }
}

// The sign of a NaN means nothing to a reader.
template <class T>
std::string exact_text(T value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}
std::string short_text(float value) { return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value); }

template <class T>
requires std::is_integral_v<T> std::string text_of(T value) { return std::to_string(value); }
std::string text_of(float value) { return exact_text(value); }
std::string text_of(double value) { return exact_text(value); }
std::string text_of(element::Boolean value) { return value.byte != 0 ? "true" : "false"; }
std::string text_of(Half value) { return short_text(to_float(value)); }
std::string text_of(BFloat16 value) { return short_text(to_float(value)); }
template <ScalarType kType>
std::string text_of(element::Float8<kType> value) {
  return short_text(float8_to_float(kType, value.bits));
}
template <class T>
std::string text_of(element::Complex<T> value) {
  std::string imaginary = text_of(value.imaginary);
  if (!imaginary.starts_with('-')) imaginary.insert(0, "+");
  return text_of(value.real) + imaginary + "j";
}

}  // namespace

TensorStatistics statistics_of(const Tensor& tensor) {
  TensorStatistics statistics;
  if (tensor.data == nullptr) return statistics;
  element::visit_type(tensor.dtype, [&]<class T>(std::type_identity<T>) { summarise<T>(tensor, statistics); });
  return statistics;
}

double element_as_double(const Tensor& tensor, std::int64_t index) {
  return element::visit_type(tensor.dtype,
                             [&]<class T>(std::type_identity<T>) { return to_double(load_at<T>(tensor, index)); });
}

std::string element_text(const Tensor& tensor, std::int64_t index) {
  return element::visit_type(tensor.dtype,
                             [&]<class T>(std::type_identity<T>) { return text_of(load_at<T>(tensor, index)); });
}

}  // namespace ptetool
