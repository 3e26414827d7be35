// Functions of one tensor, element by element. The floating ones compute integers in float32, as PyTorch does.
#include <cmath>

#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/unary.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

Result<> abs(Call& call) {
  return same_type<kNumbers>(call, []<class C>(C x) {
    if constexpr (std::is_same_v<C, std::int64_t>)
      return x < 0 ? minus(C(0), x) : x;
    else
      return std::abs(x);
  });
}

Result<> neg(Call& call) {
  return same_type<kReals | kComplexes>(call, []<class C>(C x) {
    if constexpr (std::is_same_v<C, std::int64_t>)
      return minus(C(0), x);
    else
      return -x;
  });
}

Result<> relu(Call& call) {
  return same_type<kReals>(call, []<class C>(C x) { return larger(x, C(0)); });
}

template <class C>
C exponential(C x) {
  if constexpr (is_complex<C>)
    return std::exp(x);
  else
    return vector_exp(x);
}

Result<> sigmoid(Call& call) {
  return floating(
      call, [](auto x) { return in_double_if_complex(x, [](auto z) { return vector_sigmoid(z); }); }, simd::sigmoid);
}

Result<> tanh(Call& call) {
  return floating(
      call, [](auto x) { return in_double_if_complex(x, [](auto z) { return vector_tanh(z); }); },
      simd::hyperbolic_tangent);
}

Result<> exp(Call& call) {
  return floating(
      call, [](auto x) { return exponential(x); }, simd::exponential);
}

constexpr Operator kRows[] = {
    {"aten::abs.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", abs},
    {"aten::neg.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", neg},
    {"aten::_neg_view_copy.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", neg},
    {"aten::relu.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", relu},
    {"aten::sigmoid.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", sigmoid},
    {"aten::tanh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", tanh},
    {"aten::exp.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", exp},
};

}  // namespace

std::span<const Operator> unary_operators() { return kRows; }

}  // namespace ptetool::ops
