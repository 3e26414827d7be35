// Functions for which ExecuTorch ships no kernel, although its exporter writes them when it is told to preserve them.
#include <cmath>

#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/unary.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

Result<> silu(Call& call) {
  return same_type<kFloats | kComplexes>(
      call, [](auto x) { return in_double_if_complex(x, [](auto z) { return vector_silu(z); }); }, simd::silu);
}
Result<> hardsigmoid(Call& call) {
  return same_type<kFloats>(call, []<class C>(C x) { return smaller(larger(x + C(3), C(0)), C(6)) / C(6); });
}
Result<> hardswish(Call& call) {
  return same_type<kFloats>(call, []<class C>(C x) { return x * smaller(larger(x + C(3), C(0)), C(6)) / C(6); });
}
// log(1 + exp(beta * x)) / beta, and x itself where that is beyond the threshold.
Result<> softplus(Call& call) {
  const double beta = call.scalar(1).as_double();
  const double threshold = call.scalar(2).as_double();
  return same_type<kFloats>(call, [=]<class C>(C x) {
    const C scaled = x * C(beta);
    if (scaled > C(threshold)) return x;
    // What is no normal float may become one when it is divided by a small beta.
    if (scaled < C(-80)) return static_cast<C>(std::exp(static_cast<double>(x) * beta) / beta);
    return std::log1p(std::exp(scaled)) / C(beta);
  });
}

Result<> exp2(Call& call) {
  return floating(call, []<class C>(C x) {
    if constexpr (is_complex<C>)
      return in_double_if_complex(x, []<class W>(W z) { return std::pow(W(2), z); });
    else
      return std::exp2(x);
  });
}
Result<> erfc(Call& call) {
  return floating<kFloats>(call, [](auto x) { return std::erfc(x); });
}
Result<> frac(Call& call) {
  return same_type<kFloats>(call, [](auto x) { return x - std::trunc(x); });
}
Result<> signbit(Call& call) {
  return same_type<kRealsAndBool>(call, []<class C>(C x) -> bool {
    if constexpr (std::is_same_v<C, std::int64_t>)
      return x < 0;
    else
      return std::signbit(x);
  });
}

ScalarType common_of(Call& call) { return Promotion().add(call, 0).add(call, 1).type(); }

Result<> hypot(Call& call) {
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 1)}, common_of(call),
                               [](auto a, auto b) { return std::hypot(a, b); });
}

constexpr Operator kRows[] = {
    {"aten::silu.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", silu},
    {"aten::hardsigmoid.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", hardsigmoid},
    {"aten::hardswish.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", hardswish},
    {"aten::softplus.out(Tensor self, Scalar beta=1, Scalar threshold=20, *, Tensor(a!) out) -> Tensor(a!)", softplus},
    {"aten::exp2.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", exp2},
    {"aten::erfc.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", erfc},
    {"aten::frac.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", frac},
    {"aten::signbit.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", signbit},
    {"aten::hypot.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", hypot},
};

}  // namespace

std::span<const Operator> more_math_operators() { return kRows; }

}  // namespace ptetool::ops
