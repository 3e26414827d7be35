// Norms: of all elements or along dimensions, as distances between two tensors, as a bound on slices. Computed in
// double.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/parts.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// The p-norm of magnitudes, one after the other: p 0 counts those that are not 0, an infinite one finds an extreme.
class Norm {
 public:
  explicit Norm(double p) : p_(p) {}

  double start() const { return p_ == -kInfinity ? kInfinity : 0; }
  double with(double sum, double x) const {
    if (p_ == 2) return sum + x * x;
    if (p_ == 1) return sum + x;
    if (p_ == 0) return sum + (x != 0 ? 1 : 0);
    if (p_ == kInfinity) return larger(sum, x);
    if (p_ == -kInfinity) return smaller(sum, x);
    return sum + std::pow(x, p_);
  }
  double finish(double sum) const {
    if (p_ == 2) return std::sqrt(sum);
    return p_ == 0 || p_ == 1 || std::isinf(p_) ? sum : std::pow(sum, 1 / p_);
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double p_;
};

// The sums of powers that norms are the roots of, in C order; the out's sizes follow from the plan.
std::vector<double> power_sums(const Call& call, const Tensor& self, const Reduction& plan, double p) {
  const Norm norm(p);
  std::vector<double> sums(static_cast<std::size_t>(numel(plan.out_sizes)), norm.start());
  if (is_complex_dtype(self.dtype)) {
    reduce<Complex128>(call, self, plan, ScalarType::ComplexDouble, sums.data(),
                       [&](double sum, Complex128 x) { return norm.with(sum, std::abs(x)); });
  } else {
    reduce<double>(call, self, plan, ScalarType::Double, sums.data(),
                   [&](double sum, double x) { return norm.with(sum, std::fabs(x)); });
  }
  return sums;
}

std::vector<double> norms_of(const Call& call, const Tensor& self, const Reduction& plan, double p) {
  const Norm norm(p);
  auto sums = power_sums(call, self, plan, p);
  for (double& each : sums) each = norm.finish(each);
  return sums;
}

Result<> norm_to_out(Call& call, const Tensor& self, double p, std::span<const std::int64_t> dims, bool keepdim) {
  Tensor& out = call.out();
  if (!contains(kNumbers, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (!contains(kFloats | kComplexes, out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto plan = reduction(call, self, dims, keepdim);
  if (!plan) return Failure(plan.error());
  if (plan->count == 0 && numel(plan->out_sizes) != 0 && (p < 0 || std::isinf(p))) {
    return call.fail(ErrorCode::Mismatch, "there is no extreme of no elements");
  }
  PTETOOL_CHECK(prepare(call, out, plan->out_sizes));
  const auto norms = norms_of(call, self, *plan, p);
  write_results<double>(norms.data(), ScalarType::Double, out, [](double each) { return each; });
  return {};
}

double power_of(const Call& call, std::size_t arg) { return call.is_none(arg) ? 2 : call.scalar(arg).as_double(); }

Result<> norm_all(Call& call) { return norm_to_out(call, call.tensor(0), power_of(call, 1), {}, false); }
// Serves linalg_vector_norm, too.
Result<> norm_dims(Call& call) {
  return norm_to_out(call, call.tensor(0), power_of(call, 1), call.integers(2), call.boolean(3));
}

// For each tensor of a list the sum that its norm is the root of.
Result<> powsum_of_each(Call& call) {
  const auto given = call.tensors(0), outs = call.tensors(call.out_index());
  if (given.size() != outs.size()) return call.fail(ErrorCode::Mismatch, "the lists differ in length");
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Tensor self = *given[i];
    if (!contains(kFloats | kComplexes, self.dtype)) return unsupported_dtype(call, self.dtype);
    if (!contains(kFloats | kComplexes, outs[i]->dtype)) return unsupported_dtype(call, outs[i]->dtype);
    const auto plan = reduction(call, self, {}, false);
    if (!plan) return Failure(plan.error());
    PTETOOL_CHECK(prepare(call, *outs[i], plan->out_sizes));
    const auto sums = power_sums(call, self, *plan, power_of(call, 1));
    write_results<double>(sums.data(), ScalarType::Double, *outs[i], [](double each) { return each; });
  }
  return {};
}

// The norm of the difference
Result<> dist(Call& call) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  const auto sizes = broadcast(call, a.sizes, b.sizes);
  if (!sizes) return Failure(sizes.error());
  const ScalarType common = Promotion().add(a).add(b).type();
  auto difference = allocate_tensor(common, *sizes);
  if (!difference) return forward_error(std::move(difference));
  PTETOOL_CHECK((pointwise_to<2, kFloats | kComplexes>(call, difference->tensor, {operand(a), operand(b)}, common,
                                                       [](auto x, auto y) { return x - y; })));
  return norm_to_out(call, difference->tensor, power_of(call, 2), {}, false);
}

// Slices along a dimension whose norm is above the limit are scaled down to it.
Result<> renorm(Call& call) {
  const Tensor self = call.tensor(0);
  const double p = call.scalar(1).as_double(), limit = call.scalar(3).as_double();
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  if (self.rank() < 2 || !(p > 0)) return call.fail(ErrorCode::Mismatch, "there are no norms of slices");
  if (!contains(kFloats | kComplexes, self.dtype)) return unsupported_dtype(call, self.dtype);
  std::vector<std::int64_t> others;
  for (std::size_t i = 0; i < self.rank(); ++i) {
    if (i != *dim) others.push_back(static_cast<std::int64_t>(i));
  }
  const auto plan = reduction(call, self, others, true);
  if (!plan) return Failure(plan.error());
  auto factors = norms_of(call, self, *plan, p);
  for (double& each : factors) each = each > limit ? limit / (each + 1e-7) : 1;
  Tensor scale = make_tensor(ScalarType::Double, plan->out_sizes.span());
  scale.data = factors.data();
  const ScalarType wide = real_of(self.dtype) == ScalarType::Double ? self.dtype : ScalarType::Float;
  return pointwise<2, kFloats | kComplexes>(
      call, {operand(self), Operand{&scale, {}, is_complex_dtype(self.dtype) ? self.dtype : wide, false}}, self.dtype,
      [](auto x, auto factor) { return x * factor; });
}

// --- Distances between rows

// For every element of `out`: the norm of the difference of the rows of `a` and `b` that belong to it. Rows are the
// last dimension; the others are broadcast to the sizes of `out`.
Result<> row_distances(Call& call, Tensor& out, const Tensor& a, const Tensor& b, double p) {
  const Norm norm(p);
  const auto steps = [&](const Tensor& rows) {
    return broadcast_strides(rows.sizes.span().first(rows.rank() - 1), rows.strides.span().first(rows.rank() - 1),
                             out.rank());
  };
  const Walk<3> walk(out.sizes, {out.strides, steps(a), steps(b)});
  const Reader reader(a.dtype, ScalarType::Double);
  const Writer writer(ScalarType::Double, out.dtype);
  const std::int64_t length = a.sizes[a.rank() - 1];
  const auto width = static_cast<std::int64_t>(out.element_size());
  call.parallel(walk.pieces(kBlock), kBlock * (length + 1), [&](std::int64_t first, std::int64_t last) {
    std::vector<double> x(static_cast<std::size_t>(length)), y(x.size());
    Block found;
    walk.each_piece(kBlock, first, last, [&](const auto& offsets, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) {
        read_line(reader, a, offsets[1] + i * walk.row_step(1), a.strides[a.rank() - 1], length, x.data());
        read_line(reader, b, offsets[2] + i * walk.row_step(2), b.strides[b.rank() - 1], length, y.data());
        double sum = norm.start();
        for (std::size_t k = 0; k < x.size(); ++k) sum = norm.with(sum, std::fabs(x[k] - y[k]));
        found.as<double>()[i] = norm.finish(sum);
      }
      writer.write(found.data(), out.as<std::uint8_t>() + offsets[0] * width, walk.row_step(0), count);
    });
  });
  return {};
}

Result<> check_distances(const Call& call, const Tensor& rows, const Tensor& out, double p) {
  if (!(p >= 0)) return call.fail(ErrorCode::Mismatch, "p is negative");
  if (!contains(kFloats, rows.dtype)) return unsupported_dtype(call, rows.dtype);
  return contains(kFloats, out.dtype) ? Result<>() : unsupported_dtype(call, out.dtype);
}

// out[…, i, j] is the distance of x1[…, i, :] and x2[…, j, :].
Result<> pair_distances(Call& call, double p) {
  const Tensor a = call.tensor(0), b = call.tensor(1);
  Tensor& out = call.out();
  PTETOOL_CHECK(check_distances(call, a, out, p));
  PTETOOL_CHECK(same_dtype(call, a, "x1", b, "x2"));
  if (a.rank() < 2 || b.rank() < 2 || a.sizes[a.rank() - 1] != b.sizes[b.rank() - 1]) {
    return call.fail(ErrorCode::Mismatch, "x1 and x2 are no rows of equal length");
  }
  if (a.sizes.full() || b.sizes.full()) return call.fail(ErrorCode::Limit, "too many dimensions");
  const Tensor left = with_dimension(a, a.rank() - 1), right = with_dimension(b, b.rank() - 2);
  const auto sizes = broadcast(call, left.sizes.span().first(a.rank()), right.sizes.span().first(b.rank()));
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(prepare(call, out, *sizes));
  return row_distances(call, out, left, right, p);
}
Result<> cdist(Call& call) { return pair_distances(call, call.real(2)); }
Result<> euclidean_dist(Call& call) { return pair_distances(call, 2); }

// The distances of all pairs of rows, the later row changing fastest.
Result<> pdist(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  PTETOOL_CHECK(check_distances(call, self, out, call.real(1)));
  if (self.rank() != 2) return call.fail(ErrorCode::Mismatch, "self is no matrix");
  const std::int64_t rows = self.sizes[0];
  if (rows > std::int64_t{1} << 31) return call.fail(ErrorCode::Limit, "too many rows");
  PTETOOL_CHECK(prepare(call, out, Sizes{rows == 0 ? 0 : rows * (rows - 1) / 2}));
  for (std::int64_t i = 0, done = 0; i + 1 < rows; ++i) {
    const std::int64_t count = rows - 1 - i;
    Tensor target = window(out, 0, done, count);
    PTETOOL_CHECK(row_distances(call, target, window(self, 0, i, 1), window(self, 0, i + 1, count), call.real(1)));
    done += count;
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::linalg_vector_norm.out(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? "
     "dtype=None, Tensor(a!) out) -> Tensor(a!)",
     norm_dims},
    {"aten::norm.Scalar_out(Tensor self, Scalar p=2, *, Tensor(a!) out) -> Tensor(a!)", norm_all},
    {"aten::norm.ScalarOpt_dtype_out(Tensor self, Scalar? p, *, ScalarType dtype, Tensor(a!) out) -> Tensor(a!)",
     norm_all},
    {"aten::norm.out(Tensor self, Scalar? p, int[1] dim, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)",
     norm_dims},
    {"aten::norm.dtype_out(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype, Tensor(a!) out) -> "
     "Tensor(a!)",
     norm_dims},
    {"aten::_foreach_powsum.Scalar_out(Tensor[] self, Scalar ord=2, ScalarType? dtype=None, *, Tensor(a!)[] out) -> ()",
     powsum_of_each},
    {"aten::dist.out(Tensor self, Tensor other, Scalar p=2, *, Tensor(a!) out) -> Tensor(a!)", dist},
    {"aten::renorm.out(Tensor self, Scalar p, int dim, Scalar maxnorm, *, Tensor(a!) out) -> Tensor(a!)", renorm},
    {"aten::_cdist_forward.out(Tensor x1, Tensor x2, float p, int? compute_mode, *, Tensor(a!) out) -> Tensor(a!)",
     cdist},
    {"aten::_euclidean_dist.out(Tensor x1, Tensor x2, *, Tensor(a!) out) -> Tensor(a!)", euclidean_dist},
    {"aten::_pdist_forward.out(Tensor self, float p=2., *, Tensor(a!) out) -> Tensor(a!)", pdist},
};

}  // namespace

std::span<const Operator> norm_operators() { return kRows; }

}  // namespace ptetool::ops
