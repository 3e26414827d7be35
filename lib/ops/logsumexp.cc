// logsumexp: the logarithm of a sum of exponentials, in one pass. Computed in double.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// The sum is kept relative to the element with the largest real part so far.
template <class C>
struct ExponentialSum {
  double top = -std::numeric_limits<double>::infinity();
  C sum = 0;

  ExponentialSum with(double x) const {
    if (x == top) return {top, sum + 1.0};
    return x > top ? ExponentialSum{x, sum * std::exp(top - x) + 1.0} : ExponentialSum{top, sum + std::exp(x - top)};
  }
  ExponentialSum with(Complex128 x) const {
    const C turned = std::polar(1.0, x.imag());
    if (x.real() == top) return {top, sum + turned};
    return x.real() > top ? ExponentialSum{x.real(), sum * std::exp(top - x.real()) + turned}
                          : ExponentialSum{top, sum + std::exp(x.real() - top) * turned};
  }
};

template <class C>
void sum_exponentials(Call& call, const Tensor& self, const Reduction& plan, ScalarType wide, Tensor& out) {
  std::vector<ExponentialSum<C>> sums(static_cast<std::size_t>(out.numel()));
  reduce<C>(call, self, plan, wide, sums.data(), [](const ExponentialSum<C>& so_far, C x) { return so_far.with(x); });
  write_results<C>(sums.data(), wide, out, [](const ExponentialSum<C>& each) { return each.top + std::log(each.sum); });
}

Result<> logsumexp(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const bool complex = is_complex_dtype(self.dtype);
  if (!contains(kRealsAndBool | kComplexes, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (!contains(complex ? kComplexes : kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto plan = reduction(call, self, call.integers(1), call.boolean(2));
  if (!plan) return Failure(plan.error());
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  if (complex) {
    sum_exponentials<Complex128>(call, self, *plan, ScalarType::ComplexDouble, out);
  } else {
    sum_exponentials<double>(call, self, *plan, ScalarType::Double, out);
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::logsumexp.out(Tensor self, int[1] dim, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", logsumexp},
};

}  // namespace

std::span<const Operator> logsumexp_operators() { return kRows; }

}  // namespace ptetool::ops
