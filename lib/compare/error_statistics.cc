#include "ptetool/compare/error_statistics.h"

#include <algorithm>
#include <cmath>

#include "ptetool/tensor/statistics.h"

namespace ptetool {

ErrorStatistics error_statistics(const Tensor& actual, const Tensor& expected) {
  ErrorStatistics result;
  if (actual.dtype != expected.dtype || actual.sizes != expected.sizes) return result;
  const std::int64_t count = actual.numel();
  double error_sum = 0, error_squares = 0, actual_squares = 0, expected_squares = 0, products = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double a = element_as_double(actual, memory_index(actual, i));
    const double b = element_as_double(expected, memory_index(expected, i));
    if (!std::isfinite(a) || !std::isfinite(b)) {
      if (!(a == b || (std::isnan(a) && std::isnan(b)))) ++result.special;
      continue;
    }
    const double error = std::fabs(a - b);
    ++result.finite;
    result.max_abs = std::max(result.max_abs, error);
    if (b != 0) result.max_rel = std::max(result.max_rel, error / std::fabs(b));
    error_sum += error;
    error_squares += error * error;
    actual_squares += a * a;
    expected_squares += b * b;
    products += a * b;
  }
  if (result.finite == 0) return result;
  result.mean_abs = error_sum / static_cast<double>(result.finite);
  const double norms = std::sqrt(actual_squares) * std::sqrt(expected_squares);
  if (norms > 0 && std::isfinite(norms)) result.cosine = std::clamp(products / norms, -1.0, 1.0);
  if (error_squares > 0 && expected_squares > 0) result.snr_db = 10 * std::log10(expected_squares / error_squares);
  return result;
}

}  // namespace ptetool
