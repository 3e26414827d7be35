// The transform of fft.h, and the operators _fft_c2c, _fft_r2c and _fft_c2r over dimensions.
#include "ops/fft.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Complex128 root(std::size_t numerator, std::size_t denominator) {
  const double angle = -2 * std::numbers::pi * static_cast<double>(numerator) / static_cast<double>(denominator);
  return {std::cos(angle), std::sin(angle)};
}

}  // namespace

Fft::Fft(std::int64_t length) : length_(static_cast<std::size_t>(length)), power_(std::bit_ceil(length_)) {
  if (power_ != length_) power_ = std::bit_ceil(2 * length_ - 1);
  for (std::size_t k = 0; k < power_ / 2; ++k) roots_.push_back(root(k, power_));
  if (power_ == length_) return;
  convolved_.assign(power_, {});
  for (std::size_t k = 0; k < length_; ++k) {
    chirp_.push_back(root(k * k % (2 * length_), 2 * length_));
    convolved_[k] = convolved_[(power_ - k) % power_] = std::conj(chirp_[k]);
  }
  halve(convolved_);
}

// Sums of pairs, then of pairs of those (Cooley and Tukey), after a reordering by reversed bits.
void Fft::halve(std::vector<Complex128>& data) const {
  for (std::size_t i = 1, j = 0; i < power_; ++i) {
    std::size_t bit = power_ >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(data[i], data[j]);
  }
  for (std::size_t size = 2; size <= power_; size *= 2) {
    for (std::size_t start = 0; start < power_; start += size) {
      for (std::size_t k = 0; k < size / 2; ++k) {
        const Complex128 w = roots_[k * (power_ / size)], b = data[start + k + size / 2];
        const Complex128 odd(w.real() * b.real() - w.imag() * b.imag(), w.real() * b.imag() + w.imag() * b.real());
        data[start + k + size / 2] = data[start + k] - odd;
        data[start + k] += odd;
      }
    }
  }
}

void Fft::run(Complex128* data, bool inverse) const {
  // The inverse is the transform of the conjugate, conjugated.
  const auto turn = [&](Complex128 x) { return inverse ? std::conj(x) : x; };
  std::vector<Complex128> work(power_);
  for (std::size_t k = 0; k < length_; ++k) work[k] = turn(data[k]) * (chirp_.empty() ? Complex128(1) : chirp_[k]);
  halve(work);
  if (!chirp_.empty()) {
    // The inverse transform of the product of transforms is the convolution.
    for (std::size_t k = 0; k < power_; ++k) work[k] = std::conj(work[k] * convolved_[k]);
    halve(work);
    for (std::size_t k = 0; k < length_; ++k) {
      work[k] = std::conj(work[k]) * chirp_[k] / static_cast<double>(power_);
    }
  }
  for (std::size_t k = 0; k < length_; ++k) data[k] = turn(work[k]);
}

namespace {

// Numbers in C order under their sizes.
struct Spectrum {
  Sizes sizes;
  std::vector<Complex128> numbers;

  Lines<1> lines(std::size_t dim) const {
    return Lines<1>(sizes, dim, {strides_of(sizes, contiguous_order(sizes.size()))});
  }
  void transform(std::size_t dim, bool inverse) {
    if (numbers.empty()) return;
    const Fft fft(sizes[dim]);
    const auto along = lines(dim);
    std::vector<Complex128> line(static_cast<std::size_t>(along.length()));
    along.each([&](const auto& offsets) {
      Complex128* at = numbers.data() + offsets[0];
      for (std::size_t i = 0; i < line.size(); ++i) line[i] = at[static_cast<std::int64_t>(i) * along.step(0)];
      fft.run(line.data(), inverse);
      for (std::size_t i = 0; i < line.size(); ++i) at[static_cast<std::int64_t>(i) * along.step(0)] = line[i];
    });
  }
  // The dimension gets another size; number(line, length, i) is its element i.
  template <class F>
  Spectrum resized(std::size_t dim, std::int64_t size, const F& number) const {
    Spectrum result{sizes, {}};
    result.sizes[dim] = size;
    result.numbers.resize(static_cast<std::size_t>(numel(result.sizes)));
    const auto from = lines(dim), to = result.lines(dim);
    std::vector<std::int64_t> starts;
    from.each([&](const auto& offsets) { starts.push_back(offsets[0]); });
    std::size_t next = 0;
    to.each([&](const auto& offsets) {
      const Complex128* line = numbers.data() + starts[next++];
      for (std::int64_t i = 0; i < size; ++i) {
        result.numbers[static_cast<std::size_t>(offsets[0] + i * to.step(0))] =
            number([&](std::int64_t k) { return line[k * from.step(0)]; }, i);
      }
    });
    return result;
  }
};

struct Plan {
  std::vector<std::size_t> dims;
  Spectrum spectrum;
};

Result<Plan> planned(Call& call, DtypeSet accepted) {
  const Tensor self = call.tensor(0);
  if (!contains(accepted, self.dtype)) return unsupported_dtype(call, self.dtype);
  const auto list = call.integers(1);
  const auto flags = dimension_flags(call, list, self.rank());
  if (!flags) return Failure(flags.error());
  if (list.empty() || self.rank() == 0) return call.fail(ErrorCode::Mismatch, "there is no dimension to transform");
  Plan plan;
  for (const std::int64_t dim : list) {
    plan.dims.push_back(*dimension(call, dim, self.rank()));
    if (self.sizes[plan.dims.back()] == 0) return call.fail(ErrorCode::Mismatch, "a dimension to transform is empty");
  }
  plan.spectrum = {self.sizes, numbers_of<Complex128>(self, ScalarType::ComplexDouble)};
  return plan;
}

// 1, 1 / sqrt(n) or 1 / n of the numbers in a transform.
Result<double> scale_of(const Call& call, double count) {
  switch (call.integer(2)) {
    case 0: return 1.0;
    case 1: return 1 / std::sqrt(count);
    case 2: return 1 / count;
    default: return call.fail(ErrorCode::Malformed, "normalization is none of 0, 1 and 2");
  }
}

Result<> write_spectrum(Call& call, const Plan& plan, const Spectrum& result, const Sizes& counted_sizes) {
  double count = 1;
  for (const std::size_t dim : plan.dims) count *= static_cast<double>(counted_sizes[dim]);
  const auto scale = scale_of(call, count);
  if (!scale) return Failure(scale.error());
  Tensor& out = call.out();
  if (!contains(kFloats | kComplexes, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, result.sizes));
  write_results<Complex128>(result.numbers.data(), ScalarType::ComplexDouble, out,
                            [&](const Complex128& x) { return x * *scale; });
  return {};
}

Result<> fft_c2c(Call& call) {
  auto plan = planned(call, kComplexes);
  if (!plan) return Failure(plan.error());
  for (const std::size_t dim : plan->dims) plan->spectrum.transform(dim, !call.boolean(3));
  return write_spectrum(call, *plan, plan->spectrum, plan->spectrum.sizes);
}

// Of real numbers the second half of the last dimension is the mirrored conjugate of the first: `onesided` leaves it
// out.
Result<> fft_r2c(Call& call) {
  auto plan = planned(call, kFloats);
  if (!plan) return Failure(plan.error());
  for (const std::size_t dim : plan->dims) plan->spectrum.transform(dim, false);
  if (!call.boolean(3)) return write_spectrum(call, *plan, plan->spectrum, plan->spectrum.sizes);
  const std::size_t last = plan->dims.back();
  const Spectrum half = plan->spectrum.resized(last, plan->spectrum.sizes[last] / 2 + 1,
                                               [](const auto& line, std::int64_t i) { return line(i); });
  return write_spectrum(call, *plan, half, plan->spectrum.sizes);
}

// The way back: the left out half is put in again.
Result<> fft_c2r(Call& call) {
  auto plan = planned(call, kComplexes);
  if (!plan) return Failure(plan.error());
  const std::size_t last = plan->dims.back();
  const std::int64_t size = call.integer(3);
  if (size < 1 || size / 2 + 1 > plan->spectrum.sizes[last]) {
    return call.fail(ErrorCode::Mismatch, counted(static_cast<std::uint64_t>(plan->spectrum.sizes[last]), "number") +
                                              " are no half of " + std::to_string(size));
  }
  for (std::size_t i = 0; i + 1 < plan->dims.size(); ++i) plan->spectrum.transform(plan->dims[i], true);
  Spectrum whole = plan->spectrum.resized(last, size, [size](const auto& line, std::int64_t i) {
    // The numbers that mirror themselves are real.
    if (i == 0 || i * 2 == size) return Complex128(line(i).real());
    return i * 2 < size ? line(i) : std::conj(line(size - i));
  });
  whole.transform(last, true);
  return write_spectrum(call, *plan, whole, whole.sizes);
}

constexpr Operator kRows[] = {
    {"aten::_fft_c2c.out(Tensor self, SymInt[] dim, int normalization, bool forward, *, Tensor(a!) out) -> Tensor(a!)",
     fft_c2c},
    {"aten::_fft_r2c.out(Tensor self, int[] dim, int normalization, bool onesided, *, Tensor(a!) out) -> Tensor(a!)",
     fft_r2c},
    {"aten::_fft_c2r.out(Tensor self, int[] dim, int normalization, SymInt last_dim_size, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     fft_c2r},
};

}  // namespace

std::span<const Operator> fft_operators() { return kRows; }

}  // namespace ptetool::ops
