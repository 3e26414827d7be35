// How often numbers occur in a whole tensor: in equal intervals (histc), or each by itself (bincount).
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// How many elements fall into each of `bins` equal intervals of [min, max]; the last one holds max as well.
Result<> histc(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const std::int64_t bins = call.integer(1);
  if (bins <= 0) return call.fail(ErrorCode::Mismatch, std::to_string(bins) + " bins");
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  if (call.scalar(2).as_double() > call.scalar(3).as_double()) {
    return call.fail(ErrorCode::Mismatch, "min is larger than max");
  }
  PTETOOL_CHECK(prepare(call, out, Sizes{bins}));
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    const std::vector<C> numbers = numbers_of<C>(self, self.dtype);
    // Every step is rounded to the dtype.
    const Reader rounding(std::is_same_v<C, double> ? ScalarType::Double : ScalarType::Float, self.dtype);
    const auto rounded = [&](C x) {
      Block block;
      return *rounding.read_as<C>(static_cast<const std::uint8_t*>(static_cast<const void*>(&x)), 1, 1, block);
    };
    C low = rounded(static_cast<C>(call.scalar(2).as_double()));
    C high = rounded(static_cast<C>(call.scalar(3).as_double()));
    if (low == high && !numbers.empty()) {
      low = high = numbers[0];
      for (const C each : numbers) {
        low = smaller(low, each);
        high = larger(high, each);
      }
    }
    if (!std::isfinite(low) || !std::isfinite(high)) return call.fail(ErrorCode::Mismatch, "the range is not finite");
    if (low == high) {
      low = rounded(low - 1);
      high = rounded(high + 1);
    }
    const C count = rounded(static_cast<C>(bins));
    const C range = rounded(high - low);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(bins));
    for (const C each : numbers) {
      if (!(each >= low && each <= high)) continue;
      // What overflows on the way (a range beyond the largest number) goes into an end.
      const C place = rounded(rounded(rounded(each - low) * count) / range);
      const auto last = static_cast<C>(bins - 1);
      ++counts[place >= last ? counts.size() - 1 : place > 0 ? static_cast<std::size_t>(place) : 0];
    }
    write_results<C>(counts.data(), out.dtype, out, [](std::int64_t each) { return static_cast<C>(each); });
    return {};
  });
}

// How often each number from 0 occurs, or the sum of the weights where it does.
Result<> bincount(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor* weights = call.optional_tensor(1);
  const std::int64_t least = call.integer(2);
  Tensor& out = call.out();
  if (self.rank() != 1) return call.fail(ErrorCode::Mismatch, "self is not 1-d");
  if (!contains(kIntegers, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (least < 0) return call.fail(ErrorCode::Mismatch, "minlength " + std::to_string(least) + " is negative");
  if (weights && !(weights->sizes == self.sizes)) {
    return call.fail(ErrorCode::Mismatch, "the weights' shape is not that of self");
  }
  if (weights && !contains(kRealsAndBool, weights->dtype)) return unsupported_dtype(call, weights->dtype);
  // Without elements the weights do not count.
  const ScalarType dtype = !weights || self.numel() == 0         ? ScalarType::Long
                           : weights->dtype == ScalarType::Float ? ScalarType::Float
                                                                 : ScalarType::Double;
  const auto numbers = numbers_of<std::int64_t>(self, ScalarType::Long);
  std::int64_t size = least;
  for (const std::int64_t each : numbers) {
    if (each < 0) return call.fail(ErrorCode::Mismatch, "self has the negative number " + std::to_string(each));
    if (each == std::numeric_limits<std::int64_t>::max()) return call.fail(ErrorCode::Limit, "the result is too large");
    size = std::max(size, each + 1);
  }
  if (!contains(kReals, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, Sizes{size}));
  const auto accumulate = [&]<class C>(ScalarType as, auto&& weight) {
    std::vector<C> sums(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < numbers.size(); ++i) sums[static_cast<std::size_t>(numbers[i])] += weight(i);
    write_results<C>(sums.data(), as, out, [](C sum) { return sum; });
  };
  if (dtype == ScalarType::Long) {
    accumulate.template operator()<std::int64_t>(dtype, [](std::size_t) { return std::int64_t{1}; });
  } else {
    const auto each = numbers_of<double>(*weights, ScalarType::Double);
    accumulate.template operator()<double>(ScalarType::Double, [&](std::size_t i) { return each[i]; });
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::histc.out(Tensor self, int bins=100, Scalar min=0, Scalar max=0, *, Tensor(a!) out) -> Tensor(a!)", histc},
    {"aten::bincount.out(Tensor self, Tensor? weights=None, SymInt minlength=0, *, Tensor(a!) out) -> Tensor(a!)",
     bincount},
};

}  // namespace

std::span<const Operator> count_operators() { return kRows; }

}  // namespace ptetool::ops
