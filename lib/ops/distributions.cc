// Random numbers whose distribution is given element by element: bernoulli, poisson, binomial, gamma. PyTorch's
// distributions, not its sequences. The methods are Hörmann's transformed rejection and Marsaglia and Tsang's for the
// gamma distribution.
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/special.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Rejections in a row after which the middle of the distribution is taken: never in practice, but a bound.
constexpr int kMostTries = 1000;

// Numbers for one element, as many as it takes.
class Stream {
 public:
  Stream(const Random& random, std::uint64_t element) : random_(random), at_(random.bits(element)) {}
  double uniform() { return random_.uniform(at_++); }
  double normal() {
    at_ += 2;
    return random_.normal(at_ - 2);
  }

 private:
  const Random& random_;
  std::uint64_t at_;
};

double log_factorial(double n) { return log_gamma(n + 1); }

double poisson_number(double rate, Stream& stream) {
  if (rate < 10) {  // how many exponential waiting times fit into one unit
    const double least = std::exp(-rate);
    double product = 1;
    for (double k = 0;; ++k) {
      product *= stream.uniform();
      if (product <= least) return k;
    }
  }
  const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), reach = 0.9277 - 3.6224 / (b - 2);
  for (int tries = 0; tries < kMostTries; ++tries) {
    const double u = stream.uniform() - 0.5, v = stream.uniform();
    const double distance = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / distance + b) * u + rate + 0.43);
    if (distance >= 0.07 && v <= reach) return k;
    if (k < 0 || (distance < 0.013 && v > distance)) continue;
    const double density = k * std::log(rate) - rate - log_factorial(k);
    if (std::log(v * inverse_alpha / (a / (distance * distance) + b)) <= density) return k;
  }
  return std::floor(rate);
}

// For p up to one half.
double binomial_number(double n, double p, Stream& stream) {
  if (n * p < 10) {  // how many geometric distances fit
    double sum = 0;
    for (double k = 0;; ++k) {
      sum += std::ceil(std::log1p(-stream.uniform()) / std::log1p(-p));
      if (!(sum <= n)) return k;
    }
  }
  const double deviation = std::sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * deviation;
  const double a = -0.0873 + 0.0248 * b + 0.01 * p, reach = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * deviation;
  const double middle = std::floor((n + 1) * p), odds = std::log(p / (1 - p));
  const double top = log_factorial(middle) + log_factorial(n - middle);
  for (int tries = 0; tries < kMostTries; ++tries) {
    const double u = stream.uniform() - 0.5, v = stream.uniform();
    const double distance = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / distance + b) * u + n * p + 0.5);
    if (distance >= 0.07 && v <= reach) return k;
    if (!(k >= 0 && k <= n)) continue;
    const double density = top - log_factorial(k) - log_factorial(n - k) + (k - middle) * odds;
    if (std::log(v * alpha / (a / (distance * distance) + b)) <= density) return k;
  }
  return middle;
}

double gamma_number(double shape, Stream& stream) {
  if (shape == 0) return 0;
  // From the distribution with one more, for shapes below 1.
  const double factor = shape < 1 ? std::pow(1 - stream.uniform(), 1 / shape) : 1;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (int tries = 0; tries < kMostTries; ++tries) {
    const double x = stream.normal(), y = 1 + c * x;
    if (y <= 0) continue;
    const double v = y * y * y;
    if (std::log1p(-stream.uniform()) < 0.5 * x * x + d * (1 - v + std::log(v))) return factor * d * v;
  }
  return factor * d;
}

// The out, of these sizes, from `draw` for each element.
template <class F>
Result<> draw_each(Call& call, const Sizes& sizes, const F& draw) {
  Tensor& out = call.out();
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  const Random random;
  std::vector<double> drawn(static_cast<std::size_t>(out.numel()));
  call.parallel(out.numel(), 100, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      Stream stream(random, static_cast<std::uint64_t>(i));
      drawn[static_cast<std::size_t>(i)] = draw(static_cast<std::size_t>(i), stream);
    }
  });
  write_results<double>(drawn.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

Result<> poisson(Call& call) {
  const Tensor self = call.tensor(0);
  if (!contains(kFloats, self.dtype)) return unsupported_dtype(call, self.dtype);
  const auto rates = numbers_of<double>(self, ScalarType::Double);
  if (!std::ranges::all_of(rates, [](double rate) { return rate >= 0 && std::isfinite(rate); })) {
    return call.fail(ErrorCode::Mismatch, "a rate is negative or not finite");
  }
  return draw_each(call, self.sizes, [&](std::size_t i, Stream& stream) { return poisson_number(rates[i], stream); });
}

Result<> binomial(Call& call) {
  const Tensor count = call.tensor(0), prob = call.tensor(1);
  if (!contains(kFloats, count.dtype)) return unsupported_dtype(call, count.dtype);
  PTETOOL_CHECK(same_dtype(call, count, "count", prob, "prob"));
  const auto sizes = broadcast(call, count.sizes, prob.sizes);
  if (!sizes) return Failure(sizes.error());
  const auto over = [&](Tensor tensor) {
    tensor.strides = broadcast_strides(tensor, sizes->size());
    tensor.sizes = *sizes;
    return numbers_of<double>(tensor, ScalarType::Double);
  };
  const auto counts = over(count), chances = over(prob);
  if (std::ranges::any_of(counts, [](double n) { return std::isinf(n); })) {
    return call.fail(ErrorCode::Mismatch, "a count is not finite");
  }
  return draw_each(call, *sizes, [&](std::size_t i, Stream& stream) {
    const double n = counts[i], p = chances[i];
    if (n <= 0 || p <= 0) return 0.0;
    if (p >= 1) return n;
    if (std::isnan(n) || std::isnan(p)) return std::numeric_limits<double>::quiet_NaN();
    return p <= 0.5 ? binomial_number(n, p, stream) : n - binomial_number(n, 1 - p, stream);
  });
}

Result<std::vector<double>> gamma_shapes(const Call& call, const Tensor& self) {
  if (!contains(kFloats, self.dtype)) return unsupported_dtype(call, self.dtype);
  auto shapes = numbers_of<double>(self, ScalarType::Double);
  if (!std::ranges::all_of(shapes, [](double shape) { return shape >= 0 && std::isfinite(shape); })) {
    return call.fail(ErrorCode::Mismatch, "a shape is negative or not finite");
  }
  return shapes;
}
Result<> standard_gamma(Call& call) {
  const Tensor self = call.tensor(0);
  const auto given = gamma_shapes(call, self);
  if (!given) return Failure(given.error());
  const auto& shapes = *given;
  return draw_each(call, self.sizes, [&](std::size_t i, Stream& stream) { return gamma_number(shapes[i], stream); });
}

// Shares of a whole, along the last dimension: gamma numbers over their sum.
Result<> dirichlet(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto shapes = gamma_shapes(call, self);
  if (!shapes) return Failure(shapes.error());
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  const Random random;
  std::vector<double> drawn(shapes->size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    Stream stream(random, i);
    drawn[i] = gamma_number((*shapes)[i], stream);
  }
  const std::size_t length = self.rank() == 0 ? 1 : static_cast<std::size_t>(self.sizes[self.rank() - 1]);
  for (std::size_t row = 0; row < drawn.size(); row += length) {
    const auto line = std::span(drawn).subspan(row, length);
    const double sum = std::accumulate(line.begin(), line.end(), 0.0);
    for (double& each : line) each /= sum;
  }
  write_results<double>(drawn.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

// 1 with the probability that a tensor gives, else 0.
Result<> bernoulli_of(Call& call, std::size_t index) {
  const auto chances = numbers_of<double>(call.tensor(index), ScalarType::Double);
  if (!std::ranges::all_of(chances, [](double p) { return p >= 0 && p <= 1; })) {
    return call.fail(ErrorCode::Mismatch, "p is no probability");
  }
  const Sizes sizes = call.tensor(0).sizes;
  Tensor& out = call.out();
  if (call.tensor(index).numel() != numel(sizes)) return call.fail(ErrorCode::Mismatch, "p has another shape");
  if (!contains(kRealsAndBool, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  const Random random;
  std::vector<double> results(chances.size());
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = random.uniform(i) < chances[i] ? 1 : 0;
  write_results<double>(results.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

Result<> bernoulli(Call& call) {
  if (!contains(kFloats, call.tensor(0).dtype)) return unsupported_dtype(call, call.tensor(0).dtype);
  return bernoulli_of(call, 0);
}

Result<> bernoulli_tensor(Call& call) {
  if (!contains(kFloats, call.tensor(1).dtype)) return unsupported_dtype(call, call.tensor(1).dtype);
  return bernoulli_of(call, 1);
}

constexpr Operator kRows[] = {
    {"aten::bernoulli.out(Tensor self, *, Generator? generator=None, Tensor(a!) out) -> Tensor(a!)", bernoulli},
    {"aten::bernoulli.Tensor_out(Tensor self, Tensor p, *, Generator? generator=None, Tensor(a!) out) -> Tensor(a!)",
     bernoulli_tensor},
    {"aten::poisson.out(Tensor self, Generator? generator=None, *, Tensor(a!) out) -> Tensor(a!)", poisson},
    {"aten::binomial.out(Tensor count, Tensor prob, Generator? generator=None, *, Tensor(a!) out) -> Tensor(a!)",
     binomial},
    {"aten::_standard_gamma.out(Tensor self, Generator? generator=None, *, Tensor(a!) out) -> Tensor(a!)",
     standard_gamma},
    {"aten::_sample_dirichlet.out(Tensor self, Generator? generator=None, *, Tensor(a!) out) -> Tensor(a!)", dirichlet},
};

}  // namespace

std::span<const Operator> distribution_operators() { return kRows; }

}  // namespace ptetool::ops
