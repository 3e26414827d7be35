// How far one tensor is from another, in the numbers that people judge quantised and delegated models by.
#pragma once

#include <cstdint>
#include <optional>

#include "ptetool/tensor/tensor.h"

namespace ptetool {

// Over the elements that are finite on both sides, in double.
struct ErrorStatistics {
  std::uint64_t finite = 0;
  std::uint64_t special = 0;  // elements that are NaN or infinite on one side and not the same on the other
  double max_abs = 0;
  double mean_abs = 0;
  double max_rel = 0;            // of |expected|, where that is not 0
  std::optional<double> cosine;  // absent where a side is all zeros
  std::optional<double> snr_db;  // expected over error; absent where there is no error, or nothing expected
};

// The same, element by element.
class ErrorSums {
 public:
  void add(double actual, double expected);
  ErrorStatistics statistics() const;

 private:
  ErrorStatistics seen_;
  double error_sum_ = 0, error_squares_ = 0, actual_squares_ = 0, expected_squares_ = 0, products_ = 0;
};

// Dim orders may differ. Of tensors with other dtypes or sizes nothing is told.
ErrorStatistics error_statistics(const Tensor& actual, const Tensor& expected);

}  // namespace ptetool
