// Windows of signal processing (Hann, Hamming, Bartlett, Blackman, Kaiser) and the frequencies of a Fourier transform:
// tensors that are a function of the position, computed in double.
#include <cmath>
#include <numbers>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/special.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// out[i] = formula(i) for i < count
template <class F>
Result<> from_positions(Call& call, std::int64_t count, const F& formula) {
  Tensor& out = call.out();
  if (!contains(kNumbers, out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto sizes = sizes_of(call, std::array{count});
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(prepare(call, out, *sizes));
  const Writer writer(ScalarType::Double, out.dtype);
  double numbers[kBlock];
  for (std::int64_t done = 0; done < count; done += kBlock) {
    const std::int64_t piece = std::min(kBlock, count - done);
    for (std::int64_t i = 0; i < piece; ++i) numbers[i] = formula(static_cast<double>(done + i));
    write_line(writer, numbers, out, done * out.strides[0], out.strides[0], piece);
  }
  return {};
}

// A window is a formula of turns, which go from 0 to 1 over its length; a periodic one lacks its last number. The
// length is argument 0, whether it is periodic argument 1, unless the overload has no such argument.
template <class F>
Result<> taper(Call& call, const F& formula) {
  const std::int64_t length = call.integer(0);
  const bool periodic = call.schema().arguments.size() == 2 || call.boolean(1);
  if (length == 1) return from_positions(call, 1, [](double) { return 1.0; });
  const double whole = static_cast<double>(length) - (periodic ? 0 : 1);
  return from_positions(call, length, [=](double i) { return formula(i / whole); });
}

Result<> raised_cosine(Call& call, double alpha, double beta) {
  return taper(call, [=](double turns) { return alpha - beta * std::cos(2 * std::numbers::pi * turns); });
}
double optional_real(Call& call, std::size_t index, double fallback) {
  return index < call.out_index() ? call.real(index) : fallback;
}

Result<> hann(Call& call) { return raised_cosine(call, 0.5, 0.5); }
Result<> hamming(Call& call) { return raised_cosine(call, optional_real(call, 2, 0.54), optional_real(call, 3, 0.46)); }
Result<> bartlett(Call& call) {
  return taper(call, [](double turns) { return 1 - std::fabs(2 * turns - 1); });
}
Result<> blackman(Call& call) {
  return taper(call, [](double turns) {
    const double angle = 2 * std::numbers::pi * turns;
    return 0.42 - 0.5 * std::cos(angle) + 0.08 * std::cos(2 * angle);
  });
}
Result<> kaiser(Call& call) {
  const double beta = optional_real(call, 2, 12.0);
  return taper(call, [=](double turns) {
    const double x = 2 * turns - 1;
    return bessel_i(0, beta * std::sqrt(std::fmax(0.0, 1 - x * x)), false) / bessel_i(0, beta, false);
  });
}

Result<> frequencies(Call& call) {
  const std::int64_t n = call.integer(0);
  const double step = 1 / (static_cast<double>(n) * call.real(1));
  return from_positions(
      call, n, [=](double i) { return (2 * i < static_cast<double>(n) ? i : i - static_cast<double>(n)) * step; });
}
Result<> half_frequencies(Call& call) {
  const std::int64_t n = call.integer(0);
  if (n < 0) return call.fail(ErrorCode::Mismatch, "n is negative");
  const double step = 1 / (static_cast<double>(n) * call.real(1));
  return from_positions(call, n / 2 + 1, [=](double i) { return i * step; });
}

constexpr Operator kRows[] = {
    {"aten::hann_window.out(int window_length, *, Tensor(a!) out) -> Tensor(a!)", hann},
    {"aten::hann_window.periodic_out(int window_length, bool periodic, *, Tensor(a!) out) -> Tensor(a!)", hann},
    {"aten::hamming_window.out(int window_length, *, Tensor(a!) out) -> Tensor(a!)", hamming},
    {"aten::hamming_window.periodic_out(int window_length, bool periodic, *, Tensor(a!) out) -> Tensor(a!)", hamming},
    {"aten::hamming_window.periodic_alpha_out(int window_length, bool periodic, float alpha, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     hamming},
    {"aten::hamming_window.periodic_alpha_beta_out(int window_length, bool periodic, float alpha, float beta, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     hamming},
    {"aten::bartlett_window.out(int window_length, *, Tensor(a!) out) -> Tensor(a!)", bartlett},
    {"aten::bartlett_window.periodic_out(int window_length, bool periodic, *, Tensor(a!) out) -> Tensor(a!)", bartlett},
    {"aten::blackman_window.out(int window_length, *, Tensor(a!) out) -> Tensor(a!)", blackman},
    {"aten::blackman_window.periodic_out(int window_length, bool periodic, *, Tensor(a!) out) -> Tensor(a!)", blackman},
    {"aten::kaiser_window.out(int window_length, *, Tensor(a!) out) -> Tensor(a!)", kaiser},
    {"aten::kaiser_window.periodic_out(int window_length, bool periodic, *, Tensor(a!) out) -> Tensor(a!)", kaiser},
    {"aten::kaiser_window.beta_out(int window_length, bool periodic, float beta, *, Tensor(a!) out) -> Tensor(a!)",
     kaiser},
    {"aten::fft_fftfreq.out(int n, float d=1.0, *, Tensor(a!) out) -> Tensor(a!)", frequencies},
    {"aten::fft_rfftfreq.out(int n, float d=1.0, *, Tensor(a!) out) -> Tensor(a!)", half_frequencies},
};

}  // namespace

std::span<const Operator> taper_operators() { return kRows; }

}  // namespace ptetool::ops
