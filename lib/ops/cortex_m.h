// What the operators of ExecuTorch's Cortex-M backend share: CMSIS-NN's arithmetic on int8, in whole numbers, so that
// results are exact.
#pragma once

#include "ops/arguments.h"

namespace ptetool::ops {

// A product with multiplier * 2^(shift - 31), in two roundings.
class Requantization {
 public:
  // Errors: Mismatch (what CMSIS-NN has no room for).
  static Result<Requantization> from(const Call& call, std::int64_t multiplier, std::int64_t shift);
  std::int32_t operator()(std::int64_t value) const;

 private:
  std::int64_t multiplier_ = 0;
  int left_ = 0, right_ = 0;
};

// What becomes of a sum: requantised, moved by the zero point of the result, kept in [low, high].
struct Rescaling {
  Requantization requantize;
  std::int64_t zero_point = 0, low = -128, high = 127;
  std::int8_t operator()(std::int64_t sum) const;
};

// A zero point or its negative, at an argument. Errors: Mismatch.
Result<std::int32_t> offset_argument(const Call& call, std::size_t arg);
// Refuses an argument that is no int8 tensor of this rank.
Result<> check_bytes(Call& call, std::size_t arg, std::size_t rank);
// The elements of a tensor one after the other in a dim order: where they are, or copied.
Result<OwnedTensor> dense(const Call& call, const Tensor& tensor, const DimOrder& order);
// `count` integers of an int32 tensor, zeros for None. Errors: Mismatch, unsupported dtypes.
Result<std::vector<std::int64_t>> numbers_of(Call& call, std::size_t arg, std::int64_t count);

// quantized_avg_pool2d and quantized_max_pool2d.
Result<> cortex_m_average_pool(Call& call);
Result<> cortex_m_max_pool(Call& call);

}  // namespace ptetool::ops
