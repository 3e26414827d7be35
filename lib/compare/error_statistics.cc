// Sums in double, in one pass; largest and mean error, cosine and signal-to-noise ratio follow from them.
#include "ptetool/compare/error_statistics.h"

#include <algorithm>
#include <cmath>

#include "ptetool/tensor/statistics.h"

namespace ptetool {

void ErrorSums::add(double actual, double expected) {
  if (!std::isfinite(actual) || !std::isfinite(expected)) {
    if (!(actual == expected || (std::isnan(actual) && std::isnan(expected)))) ++seen_.special;
    return;
  }
  const double error = std::fabs(actual - expected);
  ++seen_.finite;
  seen_.max_abs = std::max(seen_.max_abs, error);
  if (expected != 0) seen_.max_rel = std::max(seen_.max_rel, error / std::fabs(expected));
  error_sum_ += error;
  error_squares_ += error * error;
  actual_squares_ += actual * actual;
  expected_squares_ += expected * expected;
  products_ += actual * expected;
}

ErrorStatistics ErrorSums::statistics() const {
  ErrorStatistics result = seen_;
  if (result.finite == 0) return result;
  result.mean_abs = error_sum_ / static_cast<double>(result.finite);
  const double norms = std::sqrt(actual_squares_) * std::sqrt(expected_squares_);
  if (norms > 0 && std::isfinite(norms)) result.cosine = std::clamp(products_ / norms, -1.0, 1.0);
  if (error_squares_ > 0 && expected_squares_ > 0) {
    result.snr_db = 10 * std::log10(expected_squares_ / error_squares_);
  }
  return result;
}

ErrorStatistics error_statistics(const Tensor& actual, const Tensor& expected) {
  if (actual.dtype != expected.dtype || actual.sizes != expected.sizes) return {};
  const std::int64_t count = actual.numel();
  ErrorSums sums;
  for (std::int64_t i = 0; i < count; ++i) {
    sums.add(element_as_double(actual, memory_index(actual, i)),
             element_as_double(expected, memory_index(expected, i)));
  }
  return sums.statistics();
}

}  // namespace ptetool
