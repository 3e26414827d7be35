// sum and mean. Float sums are kept in double: the result is the correctly rounded one in all but contrived cases.
#include "ops/reduce.h"

#include "ops/simd/arrays.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

template <class C>
struct WideSum {
  using Type = C;
};
template <>
struct WideSum<float> {
  using Type = double;
};
template <>
struct WideSum<Complex64> {
  using Type = Complex128;
};

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

// The elements, converted to the out's dtype first, are added up; `mean` divides.
template <DtypeSet kSet>
Result<> add_up(Call& call, std::span<const std::int64_t> dims, bool keepdim, bool mean) {
  const Tensor& self = call.tensor(0);
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

Result<> sum_dims(Call& call) { return add_up<kNumbers>(call, call.integers(1), call.boolean(2), false); }
Result<> mean_dims(Call& call) { return add_up<kFloats | kComplexes>(call, call.integers(1), call.boolean(2), true); }
Result<> mean_all(Call& call) { return add_up<kFloats | kComplexes>(call, {}, false, true); }

constexpr Operator kRows[] = {
    {"aten::sum.IntList_out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) "
     "-> "
     "Tensor(a!)",
     sum_dims},
    {"aten::mean.out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     mean_dims},
    {"aten::mean.dtype_out(Tensor self, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)", mean_all},
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
