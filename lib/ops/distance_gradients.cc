// Gradients of distances between rows, _cdist_backward and _pdist_backward: how far each row's numbers pull at the
// distances that it is in. Computed in double.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// The derivative of a p-norm `distance` in one of the differences that it is the norm of; 0 where it has none.
double slope(double difference, double distance, double p) {
  if (p == 0 || difference == 0 || distance == 0) return 0;
  const double sign = difference > 0 ? 1 : difference < 0 ? -1 : difference;
  if (p == 1) return sign;
  if (p == 2) return difference / distance;
  if (std::isinf(p)) return std::fabs(difference) == distance ? sign : 0;
  return sign * std::pow(std::fabs(difference) / distance, p - 1);
}

// Adds factor * slope of every number of row x against row y to `sums`.
// Differences are rounded as the distance was: the largest of them may be it.
void pull(std::span<const double> x, std::span<const double> y, double distance, double factor, double p,
          ScalarType dtype, double* sums) {
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double exact = x[k] - y[k];
    const double difference =
        dtype == ScalarType::Double ? exact : double{rounded_to(dtype, static_cast<float>(exact))};
    sums[k] += factor * slope(difference, distance, p);
  }
}

Result<> write_gradient(Call& call, const Sizes& sizes, const std::vector<double>& sums) {
  Tensor& out = call.out();
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  write_results<double>(sums.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

Result<> all_floats(Call& call, std::initializer_list<std::size_t> args) {
  for (const std::size_t arg : args) {
    if (!contains(kFloats, call.tensor(arg).dtype)) return unsupported_dtype(call, call.tensor(arg).dtype);
  }
  return {};
}

// All numbers of a tensor over the sizes that it is broadcast to, whose last two are its own.
std::vector<double> batches_of(Tensor tensor, std::span<const std::int64_t> batch) {
  Sizes sizes(batch);
  for (std::size_t dim = tensor.rank() - 2; dim < tensor.rank(); ++dim) sizes.push_back(tensor.sizes[dim]);
  tensor.strides = broadcast_strides(tensor, sizes.size());
  tensor.sizes = sizes;
  return numbers_of<double>(tensor, ScalarType::Double);
}

// x1[…, i, :] and x2[…, j, :] are at distance cdist[…, i, j]; the gradient of x1.
Result<> cdist_backward(Call& call) {
  const Tensor grad = call.tensor(0), a = call.tensor(1), b = call.tensor(2), distances = call.tensor(4);
  const double p = call.real(3);
  PTETOOL_CHECK(all_floats(call, {0, 1, 2, 4}));
  if (a.rank() < 2 || b.rank() < 2 || a.sizes[a.rank() - 1] != b.sizes[b.rank() - 1]) {
    return call.fail(ErrorCode::Mismatch, "x1 and x2 are no rows of equal length");
  }
  const auto batch = broadcast(call, a.sizes.span().first(a.rank() - 2), b.sizes.span().first(b.rank() - 2));
  if (!batch) return Failure(batch.error());
  if (batch->size() + 2 > kMaxRank) return call.fail(ErrorCode::Limit, "too many dimensions");
  const std::int64_t rows = a.sizes[a.rank() - 2], others = b.sizes[b.rank() - 2], length = a.sizes[a.rank() - 1];
  Sizes pairs = *batch, result = *batch;
  pairs.push_back(rows);
  pairs.push_back(others);
  result.push_back(rows);
  result.push_back(length);
  if (!(grad.sizes == pairs) || !(distances.sizes == pairs)) {
    return call.fail(ErrorCode::Mismatch, "grad or cdist is not one number for each pair of rows");
  }
  // Where there are no pairs, not even the batch is broadcast.
  if (numel(pairs) == 0 || length == 0)
    return write_gradient(call, a.sizes, std::vector<double>(static_cast<std::size_t>(a.numel())));
  if (!checked_numel(result.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  const auto x = batches_of(a, batch->span()), y = batches_of(b, batch->span());
  const auto g = numbers_of<double>(grad, ScalarType::Double), d = numbers_of<double>(distances, ScalarType::Double);
  std::vector<double> sums(x.size());
  call.parallel(numel(*batch) * rows, others * length, [&](std::int64_t first, std::int64_t last) {
    const auto row = [&](const std::vector<double>& of, std::int64_t i) {
      return std::span(of).subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
    };
    for (std::int64_t i = first; i < last; ++i) {
      for (std::int64_t j = 0; j < others; ++j) {
        const auto pair = static_cast<std::size_t>(i * others + j);
        pull(row(x, i), row(y, i / rows * others + j), d[pair], g[pair], p, distances.dtype, sums.data() + i * length);
      }
    }
  });
  return write_gradient(call, result, sums);
}

// Pairs of rows of one matrix, the later row changing fastest.
Result<> pdist_backward(Call& call) {
  const Tensor grad = call.tensor(0), self = call.tensor(1), distances = call.tensor(3);
  const double p = call.real(2);
  PTETOOL_CHECK(all_floats(call, {0, 1, 3}));
  if (self.rank() != 2) return call.fail(ErrorCode::Mismatch, "self is no matrix");
  const std::int64_t rows = self.sizes[0], length = self.sizes[1];
  const auto count = checked_mul(rows, std::max<std::int64_t>(rows - 1, 0));
  const Sizes pairs = {count ? *count / 2 : -1};
  if (!(grad.sizes == pairs) || !(distances.sizes == pairs)) {
    return call.fail(ErrorCode::Mismatch, "grad or pdist is not one number for each pair of rows");
  }
  const auto x = numbers_of<double>(self, ScalarType::Double);
  const auto g = numbers_of<double>(grad, ScalarType::Double), d = numbers_of<double>(distances, ScalarType::Double);
  std::vector<double> sums(x.size());
  std::size_t pair = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = i + 1; j < rows; ++j, ++pair) {
      const auto row = [&](std::int64_t which) {
        return std::span(x).subspan(static_cast<std::size_t>(which * length), static_cast<std::size_t>(length));
      };
      pull(row(i), row(j), d[pair], g[pair], p, distances.dtype, sums.data() + i * length);
      pull(row(j), row(i), d[pair], g[pair], p, distances.dtype, sums.data() + j * length);
    }
  }
  return write_gradient(call, self.sizes, sums);
}

constexpr Operator kRows[] = {
    {"aten::_cdist_backward.out(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     cdist_backward},
    {"aten::_pdist_backward.out(Tensor grad, Tensor self, float p, Tensor pdist, *, Tensor(a!) out) -> Tensor(a!)",
     pdist_backward},
};

}  // namespace

std::span<const Operator> distance_gradient_operators() { return kRows; }

}  // namespace ptetool::ops
