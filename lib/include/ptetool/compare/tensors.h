// Are two tensors the same, within tolerances? NaN agrees with NaN, an infinity with itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ptetool/tensor/tensor.h"

namespace ptetool {

// |actual - expected| <= atol + rtol * |expected|; for integers, bools and texts only equality counts.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
};

// What results of this type can be held to when sums may be taken in another order: float32 1e-5 / 1e-6, float64 1e-9 /
// 1e-12, float16 2e-3 / 1e-3, bfloat16 1.6e-2 / 1e-2, others exact.
Tolerance default_tolerance(ScalarType dtype);

struct TensorComparison {
  bool agree = true;
  std::string difference;                 // dtype or shape, when those differ; empty otherwise
  std::optional<std::int64_t> first_bad;  // logical index of the first element beyond tolerance
  std::uint64_t bad = 0;
  double max_abs_error = 0;
  double max_rel_error = 0;
};

// What differs, in words: "9 elements beyond tolerance, the first at 3: 0.5, expected 0.25"; empty where the two agree.
std::string difference_text(const Tensor& actual, const Tensor& expected, const TensorComparison& comparison);

// Dim orders may differ: elements are compared by their place in the shape.
TensorComparison compare_tensors(const Tensor& actual, const Tensor& expected, Tolerance tolerance);

}  // namespace ptetool
