// Largest and smallest elements and where they are, and whether any or all elements are true. NaN is the extreme of
// every line that has one; of equal elements the first counts.
#include <limits>
#include <vector>

#include "ops/reduce.h"
#include "ops/simd/arrays.h"
#include "ops/table.h"
#include "ops/vector_math.h"

namespace ptetool::ops {

namespace {

// Which of two numbers is the extreme, and the extreme of many floats: NaN where there is one.
struct Largest {
  static constexpr auto of_floats = simd::largest;
  template <class C>
  bool operator()(C x, C best) const {
    return x > best;
  }
};
struct Smallest {
  static constexpr auto of_floats = simd::smallest;
  template <class C>
  bool operator()(C x, C best) const {
    return x < best;
  }
};
constexpr Largest kLargest;
constexpr Smallest kSmallest;

template <class C>
struct Extreme {
  C value{};
  std::int64_t index = 0;
  std::int64_t seen = 0;
};

// Takes a number, or a run of them, into the extreme of what was seen before. `beats(x, best)` decides between numbers.
template <class C, class F>
struct Challenge {
  F beats;

  bool wins(const Extreme<C>& best, C x) const {
    return best.seen == 0 || beats(x, best.value) || (is_nan(x) && !is_nan(best.value));
  }
  Extreme<C> operator()(Extreme<C> best, C x) const {
    if (wins(best, x)) {
      best.value = x;
      best.index = best.seen;
    }
    ++best.seen;
    return best;
  }
  // First the extreme of the run; only a winner is worth the search for its place.
  Extreme<C> many(Extreme<C> best, const C* numbers, std::int64_t count) const {
    C top;
    if constexpr (std::is_same_v<C, float>) {
      top = F::of_floats(numbers, count);
    } else {
      top = fold(numbers, count, numbers[0],
                 [this](C a, C b) { return is_nan(a) || !(beats(b, a) || is_nan(b)) ? a : b; });
    }
    if (wins(best, top)) {
      std::int64_t i = 0;
      while (i + 1 < count && !(numbers[i] == top || (is_nan(top) && is_nan(numbers[i])))) ++i;
      best.value = numbers[i];  // 0 and -0 are equal
      best.index = best.seen + i;
    }
    best.seen += count;
    return best;
  }
};

// One Extreme per element of the result.
template <class C, class F>
std::vector<Extreme<C>> find_extremes(const Call& call, const Tensor& self, const Reduction& plan, std::size_t results,
                                      const F& beats) {
  std::vector<Extreme<C>> extremes(results);
  reduce<C>(call, self, plan, self.dtype, extremes.data(), Challenge<C, F>{beats});
  return extremes;
}

// The plan, after its outs are prepared. An empty line has no extreme.
Result<Reduction> planned(Call& call, const Tensor& self, std::span<const std::int64_t> dims, bool keepdim,
                          std::size_t outs) {
  auto plan = reduction(call, self, dims, keepdim);
  if (!plan) return plan;
  if (plan->count == 0 && numel(plan->out_sizes) != 0) {
    return call.fail(ErrorCode::Mismatch, "there is no extreme of no elements");
  }
  for (std::size_t i = 0; i < outs; ++i) {
    if (!contains(kConvertible, call.out(i).dtype)) return unsupported_dtype(call, call.out(i).dtype);
    if (auto ready = prepare(call, call.out(i), plan->out_sizes); !ready) return Failure(ready.error());
  }
  return plan;
}

template <class F>
Result<> values_only(Call& call, std::span<const std::int64_t> dims, bool keepdim, const F& beats) {
  const Tensor self = call.tensor(0);
  const auto plan = planned(call, self, dims, keepdim, 1);
  if (!plan) return Failure(plan.error());
  return with_compute_type<kRealsAndBool>(call, self.dtype, [&]<class C>() -> Result<> {
    const auto found = find_extremes<C>(call, self, *plan, static_cast<std::size_t>(call.out().numel()), beats);
    write_results<C>(found.data(), self.dtype, call.out(), [](const Extreme<C>& each) { return each.value; });
    return {};
  });
}

Result<> amax(Call& call) { return values_only(call, call.integers(1), call.boolean(2), kLargest); }
Result<> amin(Call& call) { return values_only(call, call.integers(1), call.boolean(2), kSmallest); }
Result<> max_all(Call& call) { return values_only(call, {}, false, kLargest); }
Result<> min_all(Call& call) { return values_only(call, {}, false, kSmallest); }

template <class F>
Result<> with_indices(Call& call, const F& beats) {
  const Tensor self = call.tensor(0);
  const std::int64_t dims[] = {call.integer(1)};
  const auto plan = planned(call, self, dims, call.boolean(2), 2);
  if (!plan) return Failure(plan.error());
  return with_compute_type<kRealsAndBool>(call, self.dtype, [&]<class C>() -> Result<> {
    const auto found = find_extremes<C>(call, self, *plan, static_cast<std::size_t>(call.out().numel()), beats);
    write_results<C>(found.data(), self.dtype, call.out(), [](const Extreme<C>& each) { return each.value; });
    write_results<std::int64_t>(found.data(), ScalarType::Long, call.out(1),
                                [](const Extreme<C>& each) { return each.index; });
    return {};
  });
}

Result<> max_dim(Call& call) { return with_indices(call, kLargest); }
Result<> min_dim(Call& call) { return with_indices(call, kSmallest); }

template <class F>
Result<> indices_only(Call& call, const F& beats) {
  // Without a dimension, elements are counted in logical order.
  const bool everything = call.is_none(1);
  auto self = everything && !call.tensor(0).contiguous() ? contiguous_copy(call.tensor(0))
                                                         : Result<OwnedTensor>(OwnedTensor{call.tensor(0), nullptr});
  if (!self) return forward_error(std::move(self));
  std::vector<std::int64_t> dims;
  if (!everything) dims.push_back(call.integer(1));
  const auto plan = planned(call, self->tensor, dims, call.boolean(2), 1);
  if (!plan) return Failure(plan.error());
  return with_compute_type<kReals>(call, self->tensor.dtype, [&]<class C>() -> Result<> {
    const auto found = find_extremes<C>(call, self->tensor, *plan, static_cast<std::size_t>(call.out().numel()), beats);
    write_results<std::int64_t>(found.data(), ScalarType::Long, call.out(),
                                [](const Extreme<C>& each) { return each.index; });
    return {};
  });
}

Result<> argmax(Call& call) { return indices_only(call, kLargest); }
Result<> argmin(Call& call) { return indices_only(call, kSmallest); }

// combine(a, b) of the truths of all elements, `start` of none.
template <class F>
Result<> truths(Call& call, std::span<const std::int64_t> dims, bool keepdim, std::int64_t start, const F& combine) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (!contains(kConvertible, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (!contains(kConvertible, out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto plan = reduction(call, self, dims, keepdim);
  if (!plan) return Failure(plan.error());
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  std::vector<std::int64_t> found(static_cast<std::size_t>(out.numel()), start);
  reduce<std::int64_t>(call, self, *plan, ScalarType::Bool, found.data(), combine);
  write_results<std::int64_t>(found.data(), ScalarType::Bool, out, [](std::int64_t truth) { return truth; });
  return {};
}
Result<> any(Call& call, std::span<const std::int64_t> dims, bool keepdim) {
  return truths(call, dims, keepdim, 0, [](std::int64_t a, std::int64_t b) { return a | b; });
}
Result<> any_dim(Call& call) {
  const std::int64_t dims[] = {call.integer(1)};
  return any(call, dims, call.boolean(2));
}
Result<> any_dims(Call& call) { return any(call, call.integers(1), call.boolean(2)); }
Result<> any_all(Call& call) { return any(call, {}, false); }

Result<> all(Call& call, std::span<const std::int64_t> dims, bool keepdim) {
  return truths(call, dims, keepdim, 1, [](std::int64_t a, std::int64_t b) { return a & b; });
}
Result<> all_dim(Call& call) {
  const std::int64_t dims[] = {call.integer(1)};
  return all(call, dims, call.boolean(2));
}
Result<> all_dims(Call& call) { return all(call, call.integers(1), call.boolean(2)); }
Result<> all_all(Call& call) { return all(call, {}, false); }

// The smallest and the largest in one pass each, along one dimension or over all.
Result<> both_extremes(Call& call, std::span<const std::int64_t> dims, bool keepdim) {
  const Tensor self = call.tensor(0);
  const auto plan = planned(call, self, dims, keepdim, 2);
  if (!plan) return Failure(plan.error());
  return with_compute_type<kRealsAndBool>(call, self.dtype, [&]<class C>() -> Result<> {
    const auto results = static_cast<std::size_t>(call.out().numel());
    const auto value = [](const Extreme<C>& each) { return each.value; };
    const auto smallest = find_extremes<C>(call, self, *plan, results, kSmallest);
    const auto largest = find_extremes<C>(call, self, *plan, results, kLargest);
    write_results<C>(smallest.data(), self.dtype, call.out(), value);
    write_results<C>(largest.data(), self.dtype, call.out(1), value);
    return {};
  });
}

Result<> aminmax_all(Call& call) { return both_extremes(call, {}, false); }
Result<> aminmax(Call& call) {
  if (call.is_none(1)) return both_extremes(call, {}, call.boolean(2));
  const std::int64_t dims[] = {call.integer(1)};
  return both_extremes(call, dims, call.boolean(2));
}

constexpr Operator kRows[] = {
    {"aten::amax.out(Tensor self, int[1] dim=[], bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", amax},
    {"aten::amin.out(Tensor self, int[1] dim=[], bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", amin},
    {"aten::max.unary_out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", max_all},
    {"aten::min.unary_out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", min_all},
    {"aten::max.dim_max(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) max, Tensor(b!) max_values) -> "
     "(Tensor(a!) values, Tensor(b!) indices)",
     max_dim},
    {"aten::min.dim_min(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) min, Tensor(b!) min_indices) -> "
     "(Tensor(a!) values, Tensor(b!) indices)",
     min_dim},
    {"aten::argmax.out(Tensor self, int? dim=None, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", argmax},
    {"aten::argmin.out(Tensor self, int? dim=None, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", argmin},
    {"aten::any.out(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", any_dim},
    {"aten::any.dims_out(Tensor self, int[]? dim=None, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", any_dims},
    {"aten::any.all_out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", any_all},
    {"aten::all.out(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", all_dim},
    {"aten::all.dims_out(Tensor self, int[]? dim=None, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)", all_dims},
    {"aten::all.all_out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", all_all},
    {"aten::aminmax.out(Tensor self, *, int? dim=None, bool keepdim=False, Tensor(a!) min, Tensor(b!) max) -> "
     "(Tensor(a!) min, Tensor(b!) max)",
     aminmax},
    {"aten::_aminmax.out(Tensor self, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))", aminmax_all},
    {"aten::_aminmax.dim_out(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) out0, Tensor(b!) out1) -> "
     "(Tensor(a!), Tensor(b!))",
     aminmax},
};

}  // namespace

std::span<const Operator> extreme_operators() { return kRows; }

}  // namespace ptetool::ops
