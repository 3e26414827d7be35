// The filters of interpolation, computed as PyTorch computes them, so that positions at ties are the same.
#include "ops/interpolate_taps.h"

#include <cmath>
#include <numbers>

namespace ptetool::ops {

namespace {

constexpr std::int64_t kMostTaps = std::int64_t{1} << 28;

template <class T>
T linear(T x) {
  const T distance = std::abs(x);
  return distance < 1 ? 1 - distance : T(0);
}

// Keys' cubic convolution, as products: its sums cancel towards 1 and 2.
template <class T>
T cubic(T x, T a) {
  const T d = std::abs(x);
  if (d < 1) return (1 - d) * (1 + d - (a + 2) * d * d);
  if (d < 2) return (d - 1) * (2 - d) * (2 - d) * a;
  return T(0);
}

constexpr int kLobes = 3;

// A sinc in the window of a wider one.
template <class T>
T lanczos(T x) {
  if (x == 0) return T(1);
  if (std::abs(x) >= kLobes) return T(0);
  const T angle = x * std::numbers::pi_v<T>;
  return kLobes * std::sin(angle) * std::sin(angle / kLobes) / (angle * angle);
}

template <class T>
T weight(Filter filter, T x, double sharpness) {
  switch (filter) {
    case Filter::Linear: return linear(x);
    case Filter::Cubic: return cubic(x, static_cast<T>(sharpness));
    default: return lanczos(x);
  }
}

constexpr double kPlainSharpness = -0.75;
constexpr double kSmoothSharpness = -0.5;

}  // namespace

template <class T>
Result<Taps<T>> plain_taps(const Call& call, const ResizeArguments& to, std::size_t i, std::int64_t from, Filter filter,
                           bool accumulated) {
  Taps<T> taps;
  taps.per = filter == Filter::Linear ? 2 : 4;
  const std::int64_t count = to.size[i];
  if (count > kMostTaps / taps.per) return call.fail(ErrorCode::Limit, "a size of " + std::to_string(count));
  const T scale = to.scale<T>(i, from);
  const std::int64_t before = taps.per / 2 - 1;
  for (std::int64_t at = 0; at < count; ++at) {
    const T middle = static_cast<T>(at) + T(0.5);
    T source = to.align_corners ? scale * static_cast<T>(at) : scale * middle - T(0.5);
    if (filter == Filter::Linear) source = std::max(source, T(0));
    // A size that does not change is copied.
    if (filter == Filter::Linear && count == from && !accumulated) source = static_cast<T>(at);
    const std::int64_t left = std::min(to_int64(static_cast<double>(std::floor(source))), from - 1);
    const T fraction = std::clamp(source - static_cast<T>(left), T(0), T(1));
    std::int64_t lowest = std::max<std::int64_t>(left - before, 0);
    for (std::int64_t k = 0; k < taps.per; ++k) {
      const T w = filter == Filter::Linear
                      ? (k == 0 ? 1 - fraction : fraction)
                      : cubic(static_cast<T>(k - before) - fraction, static_cast<T>(kPlainSharpness));
      const std::int64_t position = std::clamp<std::int64_t>(left - before + k, 0, from - 1);
      if (!accumulated) {
        taps.positions.push_back(count == from && filter == Filter::Linear ? left : position);
        taps.weights.push_back(w);
        continue;
      }
      if (k == 0) {
        for (std::int64_t j = 0; j < taps.per; ++j) {
          taps.positions.push_back(std::min(lowest + j, from - 1));
          taps.weights.push_back(T(0));
        }
      }
      taps.weights[static_cast<std::size_t>(at * taps.per +
                                            std::clamp<std::int64_t>(position - lowest, 0, taps.per - 1))] += w;
    }
  }
  return taps;
}

template <class T>
Result<Taps<T>> smooth_taps(const Call& call, const ResizeArguments& to, std::size_t i, std::int64_t from,
                            Filter filter) {
  Taps<T> taps;
  const std::int64_t count = to.size[i];
  const T scale = to.scale<T>(i, from);
  const T half = filter == Filter::Linear ? T(1) : filter == Filter::Cubic ? T(2) : T(kLobes);
  const T support = scale >= 1 ? half * scale : half;
  const T shrink = scale >= 1 ? 1 / scale : T(1);
  // No filter reaches further than the input.
  const double reach = std::ceil(static_cast<double>(support)) * 2 + 1;
  taps.per = reach < static_cast<double>(from) ? static_cast<std::int64_t>(reach) : from;
  if (count > kMostTaps / std::max<std::int64_t>(taps.per, 1)) {
    return call.fail(ErrorCode::Limit, "a size of " + std::to_string(count));
  }
  for (std::int64_t at = 0; at < count; ++at) {
    const T center = scale * (static_cast<T>(at) + T(0.5));
    const std::int64_t first =
        std::clamp<std::int64_t>(to_int64(static_cast<double>(center - support + T(0.5))), 0, from - 1);
    const std::int64_t last =
        std::clamp<std::int64_t>(to_int64(static_cast<double>(center + support + T(0.5))), first, from);
    const std::int64_t taken = std::min(last - first, taps.per);
    T total(0);
    for (std::int64_t k = 0; k < taps.per; ++k) {
      const T w =
          k < taken ? weight(filter, (static_cast<T>(k + first) - center + T(0.5)) * shrink, kSmoothSharpness) : T(0);
      taps.positions.push_back(std::min(first + k, from - 1));
      taps.weights.push_back(w);
      total += w;
    }
    if (total == 0) continue;
    for (auto w = taps.weights.end() - taps.per; w != taps.weights.end(); ++w) *w /= total;
  }
  return taps;
}

ByteTaps byte_taps(const Taps<double>& taps) {
  ByteTaps bytes;
  bytes.taps.per = taps.per;
  bytes.taps.positions = taps.positions;
  double most = 0;
  for (const double w : taps.weights) most = std::max(most, w);
  while (bytes.shift < 22 && 0.5 + most * static_cast<double>(2 << bytes.shift) < 32768) ++bytes.shift;
  for (const double w : taps.weights) {
    const double scaled = w * static_cast<double>(1 << bytes.shift);
    bytes.taps.weights.push_back(
        std::clamp<std::int64_t>(to_int64(scaled < 0 ? scaled - 0.5 : scaled + 0.5), -32768, 32767));
  }
  return bytes;
}

template Result<Taps<float>> plain_taps(const Call&, const ResizeArguments&, std::size_t, std::int64_t, Filter, bool);
template Result<Taps<double>> plain_taps(const Call&, const ResizeArguments&, std::size_t, std::int64_t, Filter, bool);
template Result<Taps<float>> smooth_taps(const Call&, const ResizeArguments&, std::size_t, std::int64_t, Filter);
template Result<Taps<double>> smooth_taps(const Call&, const ResizeArguments&, std::size_t, std::int64_t, Filter);

}  // namespace ptetool::ops
