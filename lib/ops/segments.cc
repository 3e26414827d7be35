// Neighbours along a dimension reduced together: segment_reduce and its gradient. Segments are told by their lengths or
// by where they begin and end.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

enum class Reducing { Sum, Mean, Largest, Smallest, Product };

Result<Reducing> reducing_named(const Call& call, std::string_view name) {
  if (name == "sum") return Reducing::Sum;
  if (name == "mean") return Reducing::Mean;
  if (name == "max") return Reducing::Largest;
  if (name == "min") return Reducing::Smallest;
  if (name == "prod") return Reducing::Product;
  return call.fail(ErrorCode::Mismatch, "reduce is " + quoted(name) + ", not sum, mean, max, min or prod");
}

// Data seen as [outer, size, inner]; `count` segments for each outer, [begin, end) along size.
struct Segments {
  std::int64_t outer = 1, size = 0, inner = 1, count = 0;
  Sizes out_sizes;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  // outer * count

  // Calls f(range, first element, place in the result) for each segment of each inner.
  template <class F>
  void each(const F& f) const {
    for (std::size_t s = 0; s < ranges.size(); ++s) {
      const std::int64_t first = static_cast<std::int64_t>(s) / count * size + ranges[s].first;
      for (std::int64_t i = 0; i < inner; ++i) {
        f(ranges[s].second - ranges[s].first, static_cast<std::size_t>(first * inner + i),
          s * static_cast<std::size_t>(inner) + static_cast<std::size_t>(i));
      }
    }
  }
};

Result<Segments> segments_of(const Call& call, const Tensor& data, const Tensor* lengths, const Tensor* offsets,
                             std::int64_t axis, bool all) {
  const Tensor* given = offsets ? offsets : lengths;
  if (!given) return call.fail(ErrorCode::Mismatch, "neither lengths nor offsets are given");
  const auto dim = dimension(call, axis, data.rank());
  if (!dim) return Failure(dim.error());
  const std::size_t rank = given->rank();
  bool fits = data.rank() > 0 && rank == *dim + 1 && contains(kIntegers, given->dtype) &&
              std::equal(given->sizes.begin(), given->sizes.begin() + *dim, data.sizes.begin());
  Segments segments;
  for (std::size_t i = 0; fits && i < data.rank(); ++i) {
    if (i == *dim) {
      segments.size = data.sizes[i];
    } else {
      (i < *dim ? segments.outer : segments.inner) *= data.sizes[i];
    }
  }
  fits = fits && (lengths == given || given->sizes[*dim] > 0);
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "segments of shape " + shape_text(given->sizes.span()) +
                                              " for data of shape " + shape_text(data.sizes.span()));
  }
  segments.count = given->sizes[*dim] - (offsets ? 1 : 0);
  segments.out_sizes = data.sizes;
  segments.out_sizes[*dim] = segments.count;
  const auto numbers = numbers_of<std::int64_t>(*given, ScalarType::Long);
  auto number = numbers.begin();
  for (std::int64_t o = 0; o < segments.outer; ++o) {
    std::int64_t at = offsets ? *number++ : 0;
    for (std::int64_t s = 0; s < segments.count; ++s) {
      const std::int64_t begin = at, next = *number++;
      const bool good = begin >= 0 && begin <= segments.size && next >= (offsets ? begin : 0) &&
                        next <= segments.size - (offsets ? 0 : begin);
      if (!good) return call.fail(ErrorCode::Mismatch, "a segment is not within the data");
      at = offsets ? next : begin + next;
      segments.ranges.emplace_back(begin, at);
    }
    if (all && lengths == given && at != segments.size) {
      return call.fail(ErrorCode::Mismatch,
                       "the lengths add up to " + std::to_string(at) + " of " + std::to_string(segments.size));
    }
  }
  return segments;
}

Result<> segment_reduce(Call& call) {
  const Tensor data = call.tensor(0);
  PTETOOL_ASSIGN(const Reducing reducing, reducing_named(call, call.text(1)));
  if (!call.is_none(3)) return call.fail(ErrorCode::Unsupported, "segments by indices");
  if (!contains(kFloats, data.dtype)) return unsupported_dtype(call, data.dtype);
  if (!contains(kFloats, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_ASSIGN(const auto segments, segments_of(call, data, call.optional_tensor(2), call.optional_tensor(4),
                                                  call.integer(5), !call.boolean(6)));
  PTETOOL_CHECK(prepare(call, call.out(), segments.out_sizes));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool given = !call.is_none(7);
  const double start = given                            ? call.scalar(7).as_double()
                       : reducing == Reducing::Largest  ? -kInfinity
                       : reducing == Reducing::Smallest ? kInfinity
                       : reducing == Reducing::Product  ? 1
                                                        : 0;
  const auto numbers = numbers_of<double>(data, ScalarType::Double);
  std::vector<double> results(static_cast<std::size_t>(call.out().numel()));
  segments.each([&](std::int64_t length, std::size_t first, std::size_t place) {
    double result = start;
    for (std::int64_t j = 0; j < length; ++j) {
      const double x = numbers[first + static_cast<std::size_t>(j * segments.inner)];
      switch (reducing) {
        case Reducing::Largest: result = larger(result, x); break;
        case Reducing::Smallest: result = smaller(result, x); break;
        case Reducing::Product: result *= x; break;
        default: result += x;
      }
    }
    if (reducing == Reducing::Mean && length > 0) result /= static_cast<double>(length);
    if (reducing == Reducing::Mean && length == 0 && !given) result = std::numeric_limits<double>::quiet_NaN();
    results[place] = result;
  });
  write_results<double>(results.data(), ScalarType::Double, call.out(), [](double x) { return x; });
  return {};
}

// Of the elements that are the extreme each gets its share, but, as in PyTorch, a gradient below 0 is not shared out.
Result<> segment_reduce_backward(Call& call) {
  const Tensor grad = call.tensor(0), output = call.tensor(1), data = call.tensor(2);
  PTETOOL_ASSIGN(const Reducing reducing, reducing_named(call, call.text(3)));
  if (!contains(kFloats, data.dtype)) return unsupported_dtype(call, data.dtype);
  if (!contains(kFloats, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(same_dtype(call, grad, "grad", data, "data"));
  PTETOOL_CHECK(same_dtype(call, output, "output", data, "data"));
  PTETOOL_ASSIGN(const auto segments,
                 segments_of(call, data, call.optional_tensor(4), call.optional_tensor(5), call.integer(6), false));
  if (!(grad.sizes == segments.out_sizes) || !(output.sizes == segments.out_sizes)) {
    return call.fail(ErrorCode::Mismatch,
                     "grad or output have another shape than " + shape_text(segments.out_sizes.span()));
  }
  PTETOOL_CHECK(prepare(call, call.out(), data.sizes));
  const double start = call.is_none(7) ? 1 : call.scalar(7).as_double();
  const auto gradients = numbers_of<double>(grad, ScalarType::Double);
  const auto outputs = numbers_of<double>(output, ScalarType::Double);
  const auto numbers = numbers_of<double>(data, ScalarType::Double);
  std::vector<double> results(numbers.size());
  segments.each([&](std::int64_t length, std::size_t first, std::size_t place) {
    const double g = gradients[place], y = outputs[place];
    const auto at = [&](std::int64_t j) { return first + static_cast<std::size_t>(j * segments.inner); };
    const auto is_extreme = [&](double x) { return std::isnan(x) || x == y; };
    double extremes = 0;
    for (std::int64_t j = 0; j < length; ++j) extremes += is_extreme(numbers[at(j)]) ? 1 : 0;
    for (std::int64_t j = 0; j < length; ++j) {
      const double x = numbers[at(j)];
      double& result = results[at(j)];
      if (reducing == Reducing::Sum) {
        result = g;
      } else if (reducing == Reducing::Mean) {
        result = g / static_cast<double>(length);
      } else if (reducing != Reducing::Product) {
        result = !is_extreme(x) ? 0 : g > 0 ? g / extremes : g;
      } else if (x != 0 && !std::isnan(x)) {
        result = g * y / x;
      } else {
        result = g * start;
        for (std::int64_t k = 0; k < length; ++k) result *= k == j ? 1 : numbers[at(k)];
      }
    }
  });
  write_results<double>(results.data(), ScalarType::Double, call.out(), [](double x) { return x; });
  return {};
}

constexpr Operator kRows[] = {
    {"aten::segment_reduce.out(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? "
     "offsets=None, int axis=0, bool unsafe=False, Scalar? initial=None, Tensor(a!) out) -> Tensor(a!)",
     segment_reduce},
    {"aten::_segment_reduce_backward.out(Tensor grad, Tensor output, Tensor data, str reduce, *, Tensor? lengths=None, "
     "Tensor? offsets=None, int axis=0, Scalar? initial=None, Tensor(a!) out) -> Tensor(a!)",
     segment_reduce_backward},
};

}  // namespace

std::span<const Operator> segment_operators() { return kRows; }

}  // namespace ptetool::ops
