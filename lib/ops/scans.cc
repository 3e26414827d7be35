// Running results along one dimension: cumsum, cumprod, cummax, cummin, logcumsumexp.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/special.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// out[i] = next(out[i - 1], self[i]) along a dimension, from `start`; elements are converted to the out's dtype first.
template <DtypeSet kSet, class F>
Result<> scan(Call& call, float start, const F& next) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto dim = dimension(call, call.integer(1), self.rank());
  if (!dim) return Failure(dim.error());
  if (!contains(kConvertible, self.dtype)) return unsupported_dtype(call, self.dtype);
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  return with_compute_type<kSet>(call, out.dtype, [&]<class C>() -> Result<> {
    if (out.numel() == 0) return {};
    using Sum = typename WideSum<C>::Type;
    const Lines<2> lines(self.sizes, *dim, {self.strides, out.strides});
    const Reader reader(self.dtype, out.dtype);
    const Writer writer(out.dtype, out.dtype);
    call.parallel(lines.count(), lines.length() * 4, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> line(static_cast<std::size_t>(lines.length()));
      lines.each(first, last, [&](const auto& offsets) {
        read_line(reader, self, offsets[0], lines.step(0), lines.length(), line.data());
        auto so_far = static_cast<Sum>(start);
        for (C& each : line) each = static_cast<C>(so_far = next(so_far, static_cast<Sum>(each)));
        write_line(writer, line.data(), out, offsets[1], lines.step(1), lines.length());
      });
    });
    return {};
  });
}

Result<> cumsum(Call& call) {
  return scan<kNumbers>(call, 0, [](auto sum, auto x) { return plus(sum, x); });
}
Result<> cumprod(Call& call) {
  return scan<kNumbers>(call, 1, [](auto product, auto x) { return times(product, x); });
}

Result<> logcumsumexp(Call& call) {
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", call.out(), "the out"));
  const float start = -std::numeric_limits<float>::infinity();
  if (is_complex_dtype(call.out().dtype)) return scan<kComplexes>(call, start, log_add_exp);
  return scan<kFloats>(call, start, [](double sum, double x) {
    if (is_nan(sum) || is_nan(x)) return std::numeric_limits<double>::quiet_NaN();
    const double least = std::min(sum, x);
    const double most = std::max(sum, x);
    // Equal infinities have no difference.
    return least != most || std::isfinite(least) ? std::log1p(std::exp(least - most)) + most : x;
  });
}

// The extreme so far, and the last place of it. `reaches(x, best)` decides between numbers; NaN stays.
template <class F>
Result<> running_extreme(Call& call, const F& reaches) {
  const Tensor self = call.tensor(0);
  Tensor& values = call.out(0);
  Tensor& indices = call.out(1);
  const auto dim = dimension(call, call.integer(1), self.rank());
  if (!dim) return Failure(dim.error());
  PTETOOL_CHECK(same_dtype(call, self, "self", values, "the out of values"));
  if (!contains(kIntegers, indices.dtype)) return unsupported_dtype(call, indices.dtype);
  PTETOOL_CHECK(prepare(call, values, self.sizes));
  PTETOOL_CHECK(prepare(call, indices, self.sizes));
  return with_compute_type<kRealsAndBool>(call, self.dtype, [&]<class C>() -> Result<> {
    if (self.numel() == 0) return {};
    const Lines<3> lines(self.sizes, *dim, {self.strides, values.strides, indices.strides});
    const Reader reader(self.dtype, self.dtype);
    const Writer value_writer(self.dtype, self.dtype);
    const Writer index_writer(ScalarType::Long, indices.dtype);
    call.parallel(lines.count(), lines.length() * 4, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> line(static_cast<std::size_t>(lines.length()));
      std::vector<std::int64_t> places(line.size());
      lines.each(first, last, [&](const auto& offsets) {
        read_line(reader, self, offsets[0], lines.step(0), lines.length(), line.data());
        C best = line[0];
        std::int64_t place = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
          if (is_nan(line[i]) || (!is_nan(best) && reaches(line[i], best))) {
            best = line[i];
            place = static_cast<std::int64_t>(i);
          }
          line[i] = best;
          places[i] = place;
        }
        write_line(value_writer, line.data(), values, offsets[1], lines.step(1), lines.length());
        write_line(index_writer, places.data(), indices, offsets[2], lines.step(2), lines.length());
      });
    });
    return {};
  });
}

Result<> cummax(Call& call) {
  return running_extreme(call, [](auto x, auto best) { return x >= best; });
}
Result<> cummin(Call& call) {
  return running_extreme(call, [](auto x, auto best) { return x <= best; });
}

constexpr Operator kRows[] = {
    {"aten::cumsum.out(Tensor self, int dim, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)", cumsum},
    {"aten::cumprod.out(Tensor self, int dim, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)", cumprod},
    {"aten::logcumsumexp.out(Tensor self, int dim, *, Tensor(a!) out) -> Tensor(a!)", logcumsumexp},
    {"aten::_logcumsumexp.out(Tensor self, int dim, *, Tensor(a!) out) -> Tensor(a!)", logcumsumexp},
    {"aten::cummax.out(Tensor self, int dim, *, Tensor(a!) values, Tensor(b!) indices) -> (Tensor(a!) values, "
     "Tensor(b!) indices)",
     cummax},
    {"aten::cummin.out(Tensor self, int dim, *, Tensor(a!) values, Tensor(b!) indices) -> (Tensor(a!) values, "
     "Tensor(b!) indices)",
     cummin},
};

}  // namespace

std::span<const Operator> scan_operators() { return kRows; }

}  // namespace ptetool::ops
