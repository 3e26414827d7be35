// sum, mean, trace and those that pass over NaN. Float sums are kept in double: the result is the correctly rounded one
// in all but contrived cases.
#include "ops/reduce.h"

#include <vector>

#include "ops/simd/arrays.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

template <class Sum>
constexpr ScalarType kDtypeOf = std::is_same_v<Sum, std::int64_t> ? ScalarType::Long
                                : std::is_same_v<Sum, double>     ? ScalarType::Double
                                                                  : ScalarType::ComplexDouble;

template <class C, class Sum>
struct Adder {
  Sum operator()(Sum sum, C x) const { return plus(sum, static_cast<Sum>(x)); }
  Sum many(Sum sum, const C* numbers, std::int64_t count) const {
    if constexpr (std::is_same_v<C, float>) return sum + simd::sum(numbers, count);
    for (std::int64_t i = 0; i < count; ++i) sum = (*this)(sum, numbers[i]);
    return sum;
  }
};

// The elements of a tensor, converted to the out's dtype first, are added up; `mean` divides.
template <DtypeSet kSet>
Result<> add_up(Call& call, const Tensor& self, std::span<const std::int64_t> dims, bool keepdim, bool mean) {
  Tensor& out = call.out();
  if (!contains(kConvertible, self.dtype)) return unsupported_dtype(call, self.dtype);
  const auto plan = reduction(call, self, dims, keepdim);
  if (!plan) return Failure(plan.error());
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  return with_compute_type<kSet>(call, out.dtype, [&]<class C>() -> Result<> {
    using Sum = typename WideSum<C>::Type;
    auto memory = allocate_tensor(kDtypeOf<Sum>, out.sizes);
    if (!memory) return call.fail(memory.error().code, memory.error().message);
    auto* sums = memory->tensor.template as<Sum>();
    // Half and bfloat16 sums are made of what the elements are, not of what they round to.
    const bool reduced = contains(dtype_set(ScalarType::Half, ScalarType::BFloat16), out.dtype);
    reduce<C>(call, self, *plan, reduced ? ScalarType::Float : out.dtype, sums, Adder<C, Sum>());
    const auto count = static_cast<double>(plan->count);
    write_results<C>(sums, out.dtype, out, [&](Sum sum) {
      if constexpr (std::is_same_v<C, std::int64_t>)
        return sum;
      else
        return static_cast<C>(mean ? sum / static_cast<Sum>(count) : sum);
    });
    return {};
  });
}

Result<> sum_dims(Call& call) {
  return add_up<kNumbers>(call, call.tensor(0), call.integers(1), call.boolean(2), false);
}
Result<> sum_all(Call& call) { return add_up<kNumbers>(call, call.tensor(0), {}, false, false); }
Result<> mean_dims(Call& call) {
  return add_up<kFloats | kComplexes>(call, call.tensor(0), call.integers(1), call.boolean(2), true);
}
Result<> mean_all(Call& call) { return add_up<kFloats | kComplexes>(call, call.tensor(0), {}, false, true); }

// The sum of the diagonal, which is a window of one dimension.
Result<> trace(Call& call) {
  const Tensor& self = call.tensor(0);
  if (self.rank() != 2) return call.fail(ErrorCode::Mismatch, "self is no matrix");
  Tensor diagonal = self;
  diagonal.sizes = {std::min(self.sizes[0], self.sizes[1])};
  diagonal.strides = {self.strides[0] + self.strides[1]};
  return add_up<kNumbers>(call, diagonal, {}, false, false);
}

// Sums of what is not NaN, or their mean.
Result<> add_up_numbers(Call& call, bool mean) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (is_integral_or_bool(self.dtype) || is_integral_or_bool(out.dtype)) {
    return mean ? mean_dims(call) : sum_dims(call);
  }
  if (!contains(kConvertible, self.dtype)) return unsupported_dtype(call, self.dtype);
  const auto plan = reduction(call, self, call.integers(1), call.boolean(2));
  if (!plan) return Failure(plan.error());
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  struct Sum {
    double total = 0, count = 0;
  };
  return with_compute_type<kFloats>(call, out.dtype, [&]<class C>() -> Result<> {
    std::vector<Sum> sums(static_cast<std::size_t>(out.numel()));
    reduce<double>(call, self, *plan, ScalarType::Double, sums.data(), [](Sum sum, double x) {
      return is_nan(x) ? sum : Sum{sum.total + x, sum.count + 1};
    });
    write_results<C>(sums.data(), out.dtype, out,
                     [&](const Sum& sum) { return static_cast<C>(mean ? sum.total / sum.count : sum.total); });
    return {};
  });
}
Result<> nansum(Call& call) { return add_up_numbers(call, false); }
Result<> nanmean(Call& call) { return add_up_numbers(call, true); }

// How many elements are not 0.
Result<> count_elements(Call& call, std::span<const std::int64_t> dims) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (!contains(kConvertible, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (out.dtype != ScalarType::Long) return unsupported_dtype(call, out.dtype);
  const auto plan = reduction(call, self, dims, false);
  if (!plan) return Failure(plan.error());
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  std::vector<std::int64_t> counts(static_cast<std::size_t>(out.numel()));
  reduce<std::int64_t>(call, self, *plan, ScalarType::Bool, counts.data(),
                       [](std::int64_t count, std::int64_t truth) { return count + truth; });
  write_results<std::int64_t>(counts.data(), ScalarType::Long, out, [](std::int64_t count) { return count; });
  return {};
}
Result<> count_nonzero(Call& call) {
  std::vector<std::int64_t> dims;
  if (!call.is_none(1)) dims.push_back(call.integer(1));
  return count_elements(call, dims);
}
Result<> count_nonzero_dims(Call& call) { return count_elements(call, call.integers(1)); }

constexpr Operator kRows[] = {
    {"aten::sum.IntList_out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) "
     "-> "
     "Tensor(a!)",
     sum_dims},
    {"aten::mean.out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     mean_dims},
    {"aten::mean.dtype_out(Tensor self, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)", mean_all},
    {"aten::sum.out(Tensor self, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)", sum_all},
    {"aten::nansum.out(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) "
     "-> Tensor(a!)",
     nansum},
    {"aten::nanmean.out(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) "
     "-> Tensor(a!)",
     nanmean},
    {"aten::trace.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", trace},
    {"aten::count_nonzero.out(Tensor self, int? dim=None, *, Tensor(a!) out) -> Tensor(a!)", count_nonzero},
    {"aten::count_nonzero.dim_IntList_out(Tensor self, int[] dim, *, Tensor(a!) out) -> Tensor(a!)",
     count_nonzero_dims},
};

}  // namespace

Result<Reduction> reduction(const Call& call, const Tensor& input, std::span<const std::int64_t> dims, bool keepdim) {
  Reduction plan;
  const auto flags = dimension_flags(call, dims, input.rank());
  if (!flags) return Failure(flags.error());
  for (std::size_t dim = 0; dim < input.rank(); ++dim) {
    const bool goes = dims.empty() || (*flags)[dim];
    plan.reduced.push_back(goes);
    plan.kept.push_back(goes ? 1 : input.sizes[dim]);
    if (goes) plan.count *= input.sizes[dim];
    if (!goes || keepdim) plan.out_sizes.push_back(plan.kept[dim]);
  }
  return plan;
}

std::span<const Operator> reduce_operators() { return kRows; }

}  // namespace ptetool::ops
