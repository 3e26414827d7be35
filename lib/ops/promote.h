// The dtype in which PyTorch computes when operands differ: dimensioned tensors outrank 0-d tensors, which outrank
// plain numbers, unless the weaker one is of a higher category (bool, integer, float, complex).
#pragma once

#include "ops/compute.h"
#include "ptetool/ops/operator.h"

namespace ptetool::ops {

// The smallest dtype that holds both, as torch.promote_types.
ScalarType promote_types(ScalarType a, ScalarType b);
// The dtype of a complex number's parts, and of the number that parts make; other dtypes stay what they are, and
// become ComplexFloat.
ScalarType real_of(ScalarType dtype);
ScalarType complex_of(ScalarType dtype);

class Promotion {
 public:
  Promotion& add(const Tensor& tensor);
  Promotion& add(const Scalar& number);
  // The argument, if it is a tensor or a number; None changes nothing.
  Promotion& add(Call& call, std::size_t arg);

  ScalarType type() const;
  // For operators that only exist on floating types: integers are computed in float32.
  ScalarType floating_type() const;

 private:
  enum Rank : std::size_t { kDimensioned, kZeroDim, kNumber, kRanks };
  void merge(Rank rank, ScalarType type);

  std::optional<ScalarType> types_[kRanks];
};

}  // namespace ptetool::ops
