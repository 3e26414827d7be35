// var and std, with and without the mean, and prod over dimensions.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/moments.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Of complex numbers: of both parts.
struct ComplexMoments {
  Moments real, imaginary;
};
template <class C>
struct AddComplexMoments {
  ComplexMoments operator()(const ComplexMoments& so_far, C x) const {
    return {so_far.real.with(static_cast<double>(x.real())), so_far.imaginary.with(static_cast<double>(x.imag()))};
  }
  ComplexMoments many(ComplexMoments so_far, const C* numbers, std::int64_t count) const {
    for (std::int64_t i = 0; i < count; ++i) so_far = (*this)(so_far, numbers[i]);
    return so_far;
  }
};
double count_of(const Moments& each) { return each.count; }
double count_of(const ComplexMoments& each) { return each.real.count; }
double squares_of(const Moments& each) { return each.squares; }
double squares_of(const ComplexMoments& each) { return each.real.squares + each.imaginary.squares; }
template <class C>
C mean_of(const Moments& each) {
  return static_cast<C>(each.mean);
}
template <class C>
C mean_of(const ComplexMoments& each) {
  return {static_cast<typename C::value_type>(each.real.mean),
          static_cast<typename C::value_type>(each.imaginary.mean)};
}

// The variance, or its root, goes to the first out, the mean to the second if there is one.
Result<> variance(Call& call, double correction, bool keepdim, bool root = false) {
  const Tensor self = call.tensor(0);
  const auto plan = reduction(call, self, call.integers(1), keepdim);
  if (!plan) return Failure(plan.error());
  const std::size_t outs = call.schema().outputs;
  for (std::size_t i = 0; i < outs; ++i) {
    if (!contains(i == 0 ? kFloats : kFloats | kComplexes, call.out(i).dtype))
      return unsupported_dtype(call, call.out(i).dtype);
    PTETOOL_CHECK(prepare(call, call.out(i), plan->out_sizes));
  }
  return with_compute_type<kFloats | kComplexes>(call, self.dtype, [&]<class C>() -> Result<> {
    using Sums = std::conditional_t<is_complex<C>, ComplexMoments, Moments>;
    using Add = std::conditional_t<is_complex<C>, AddComplexMoments<C>, AddMoments<C>>;
    using Real = decltype(std::abs(C{}));
    std::vector<Sums> moments(static_cast<std::size_t>(call.out().numel()));
    reduce<C>(call, self, *plan, self.dtype, moments.data(), Add());
    const double divisor = std::max(0.0, static_cast<double>(plan->count) - correction);
    write_results<Real>(moments.data(), real_of(self.dtype), call.out(), [&](const Sums& each) {
      const double squares = squares_of(each);
      if (divisor > 0) return static_cast<Real>(root ? std::sqrt(squares / divisor) : squares / divisor);
      return squares > 0 ? std::numeric_limits<Real>::infinity() : std::numeric_limits<Real>::quiet_NaN();
    });
    if (outs == 2) {
      write_results<C>(moments.data(), self.dtype, call.out(1), [](const Sums& each) {
        return count_of(each) > 0 ? mean_of<C>(each) : C(std::numeric_limits<Real>::quiet_NaN());
      });
    }
    return {};
  });
}

Result<> var(Call& call) { return variance(call, call.boolean(2) ? 1 : 0, call.boolean(3)); }
// Serves var_mean, too.
Result<> var_correction(Call& call) {
  return variance(call, call.is_none(2) ? 1 : call.scalar(2).as_double(), call.boolean(3));
}

Result<> std_unbiased(Call& call) { return variance(call, call.boolean(2) ? 1 : 0, call.boolean(3), true); }
// Serves std_mean, too.
Result<> std_correction(Call& call) {
  return variance(call, call.is_none(2) ? 1 : call.scalar(2).as_double(), call.boolean(3), true);
}

// The elements are converted to the out's dtype first.
Result<> product(Call& call, std::span<const std::int64_t> dims, bool keepdim) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (!contains(kConvertible, self.dtype)) return unsupported_dtype(call, self.dtype);
  const auto plan = reduction(call, self, dims, keepdim);
  if (!plan) return Failure(plan.error());
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  return with_compute_type<kNumbers>(call, out.dtype, [&]<class C>() -> Result<> {
    std::vector<C> products(static_cast<std::size_t>(out.numel()), C(1));
    reduce<C>(call, self, *plan, out.dtype, products.data(), [](C a, C b) { return times(a, b); });
    write_results<C>(products.data(), out.dtype, out, [](C each) { return each; });
    return {};
  });
}

Result<> prod_dim(Call& call) {
  const std::int64_t dims[] = {call.integer(1)};
  return product(call, dims, call.boolean(2));
}
Result<> prod_all(Call& call) { return product(call, {}, false); }

constexpr Operator kRows[] = {
    {"aten::var.out(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     var},
    {"aten::var.correction_out(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False, "
     "Tensor(a!) out) -> Tensor(a!)",
     var_correction},
    {"aten::var_mean.correction_out(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False, "
     "Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     var_correction},
    {"aten::std.out(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)",
     std_unbiased},
    {"aten::std.correction_out(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False, "
     "Tensor(a!) out) -> Tensor(a!)",
     std_correction},
    {"aten::std_mean.correction_out(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False, "
     "Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     std_correction},
    {"aten::prod.int_out(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     prod_dim},
    {"aten::prod.out(Tensor self, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)", prod_all},
};

}  // namespace

std::span<const Operator> statistics_operators() { return kRows; }

}  // namespace ptetool::ops
