// The arithmetic of accumulate.h: one pass that combines, for the mean one more that divides.
#include "ops/accumulate.h"

#include <cmath>
#include <limits>

#include "ptetool/base/text.h"
#include "ptetool/tensor/half.h"

namespace ptetool::ops {

namespace {

// What changes nothing when it is combined with.
template <class C>
C neutral(Combine combine) {
  if constexpr (!is_complex<C>) {
    using Limits = std::numeric_limits<C>;
    if (combine == Combine::Largest) return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    if (combine == Combine::Smallest) return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  return combine == Combine::Product ? C(1) : C(0);
}

template <class C>
void run(const Call& call, const View& from, const Places& places, Combine combine, ScalarType dtype, C* numbers,
         C alpha) {
  const auto update = [&](const auto& f) { update_places<C>(call, from, dtype, places, numbers, f); };
  switch (combine) {
    case Combine::Mean:
    case Combine::Sum: update([alpha](C sum, C x, std::int64_t) { return plus(sum, times(x, alpha)); }); break;
    case Combine::SumInSteps:
      if constexpr (std::is_same_v<C, float>) {
        if (dtype == ScalarType::Half) {
          return update([](float sum, float x, std::int64_t) { return to_float(to_half(sum + x)); });
        }
        if (dtype == ScalarType::BFloat16) {
          return update([](float sum, float x, std::int64_t) { return to_float(to_bfloat16(sum + x)); });
        }
      }
      update([](C sum, C x, std::int64_t) { return plus(sum, x); });
      break;
    case Combine::Product: update([](C product, C x, std::int64_t) { return times(product, x); }); break;
    case Combine::Largest:
      if constexpr (!is_complex<C>) update([](C best, C x, std::int64_t) { return larger(best, x); });
      break;
    case Combine::Smallest:
      if constexpr (!is_complex<C>) update([](C best, C x, std::int64_t) { return smaller(best, x); });
      break;
  }
}

template <class C>
C quotient(C sum, std::int64_t count) {
  if constexpr (std::is_same_v<C, std::int64_t>) {
    return sum / count - (sum % count < 0 ? 1 : 0);
  } else if constexpr (is_complex<C>) {
    return sum / static_cast<typename C::value_type>(count);
  } else {
    return sum / static_cast<C>(count);
  }
}

template <class C>
Result<> divide_by_counts(const Call& call, const View& from, const Places& places, bool include_self, Tensor& out) {
  PTETOOL_ASSIGN(OwnedTensor counts, allocate_tensor(ScalarType::Long, Sizes{out.numel()}));
  auto* count = counts.tensor.as<std::int64_t>();
  update_places<std::int64_t>(call, from, ScalarType::Bool, places, count,
                              [](std::int64_t so_far, std::int64_t, std::int64_t) { return so_far + 1; });
  auto sums = Accumulators<C>::of(out);
  if (!sums) return Failure(sums.error());
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    const std::int64_t all = count[i] + (include_self ? 1 : 0);
    if (all > 1) sums->numbers()[i] = quotient(sums->numbers()[i], all);
  }
  sums->finish();
  return {};
}

}  // namespace

Result<Combine> combine_named(const Call& call, std::string_view name) {
  if (name == "sum" || name == "add") return Combine::Sum;
  if (name == "prod" || name == "multiply") return Combine::Product;
  if (name == "mean") return Combine::Mean;
  if (name == "amax") return Combine::Largest;
  if (name == "amin") return Combine::Smallest;
  return call.fail(ErrorCode::Mismatch, "there is no reduction " + quoted(name));
}

Result<> combine_at_places(const Call& call, const View& from, const Places& places, Combine combine, bool include_self,
                           Tensor& out, const Scalar& alpha) {
  const bool ordered = combine == Combine::Largest || combine == Combine::Smallest;
  if (ordered && !contains(kRealsAndBool, out.dtype)) return unsupported_dtype(call, out.dtype);
  return with_compute_type<kNumbers>(call, out.dtype, [&]<class C>() -> Result<> {
    if (numel(places.sizes) == 0) return {};
    auto accumulators = Accumulators<C>::of(out);
    if (!accumulators) return Failure(accumulators.error());
    if (!include_self) {
      const C start = neutral<C>(combine);
      update_places<C>(call, from, out.dtype, places, accumulators->numbers(),
                       [start](C, C, std::int64_t) { return start; });
    }
    run<C>(call, from, places, combine, out.dtype, accumulators->numbers(), number_of<C>(alpha));
    accumulators->finish();
    return combine == Combine::Mean ? divide_by_counts<C>(call, from, places, include_self, out) : Result<>();
  });
}

}  // namespace ptetool::ops
