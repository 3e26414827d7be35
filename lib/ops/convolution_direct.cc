// Convolution without a matrix product: rows of positions that add up products one tap after the other, for any type of
// numbers.
#include "ops/convolution.h"

namespace ptetool::ops {

namespace {

// One row of the result of a phase, of one channel, into `sums`.
template <class C>
void sum_row(const Convolution& c, const Phase& phase, std::int64_t depth, std::int64_t height, const C* planes,
             const C* weights, std::int64_t from_step, C* sums) {
  const Spatial step = input_step(c);
  const std::int64_t count = phase.count[2];
  for (std::int64_t channel = 0; channel < c.from_channels(); ++channel) {
    for (const Tap& tap : phase.taps) {
      const std::int64_t d = depth * step[0] + tap.origin[0];
      const std::int64_t h = height * step[1] + tap.origin[1];
      if (d < 0 || d >= c.from.size[0] || h < 0 || h >= c.from.size[1]) continue;
      const C* row = planes + ((channel * c.from.size[0] + d) * c.from.size[1] + h) * c.from.size[2];
      const C factor = weights[channel * from_step + tap.number];
      const Range range = inside(tap.origin[2], step[2], c.from.size[2], count);
      if (step[2] == 1) {
        for (std::int64_t i = range.first; i < range.last; ++i) {
          sums[i] = plus(sums[i], times(factor, row[tap.origin[2] + i]));
        }
      } else {
        for (std::int64_t i = range.first; i < range.last; ++i) {
          sums[i] = plus(sums[i], times(factor, row[tap.origin[2] + i * step[2]]));
        }
      }
    }
  }
}

std::int64_t row_cost(const Convolution& c) {
  return std::min<std::int64_t>(c.to.size[2] * c.taps(), std::int64_t{1} << 40) *
         std::min<std::int64_t>(c.from_channels(), std::int64_t{1} << 20);
}

}  // namespace

template <class C>
void convolve_rows(const Call& call, const Convolution& c, const std::vector<Phase>& phases, const C* in,
                   const Weights<C>& weights, const C* bias, C* out) {
  const Spatial step = result_step(c);
  call.parallel(c.to.planes() * c.to.size[0] * c.to.size[1], row_cost(c), [&](std::int64_t begin, std::int64_t end) {
    std::vector<C> sums(static_cast<std::size_t>(c.to.size[2]));
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t plane = r / c.to.size[1] / c.to.size[0];
      const std::int64_t d = r / c.to.size[1] % c.to.size[0];
      const std::int64_t h = r % c.to.size[1];
      const std::int64_t channel = plane % c.to.channels;
      const std::int64_t group = channel / c.to_channels();
      const C* planes = in + (plane / c.to.channels * c.from.channels + group * c.from_channels()) * c.from.plane();
      const C* factors = weights.data + group * weights.group_step + channel % c.to_channels() * weights.to_step;
      C* to = out + r * c.to.size[2];
      for (const Phase& phase : phases) {
        if (d % step[0] != phase.first[0] || h % step[1] != phase.first[1]) continue;
        std::fill_n(sums.data(), phase.count[2], bias ? bias[channel] : C{});
        sum_row(c, phase, d / step[0], h / step[1], planes, factors, weights.from_step, sums.data());
        for (std::int64_t i = 0; i < phase.count[2]; ++i) {
          to[phase.first[2] + i * step[2]] = sums[static_cast<std::size_t>(i)];
        }
      }
    }
  });
}

template void convolve_rows(const Call&, const Convolution&, const std::vector<Phase>&, const float*,
                            const Weights<float>&, const float*, float*);
template void convolve_rows(const Call&, const Convolution&, const std::vector<Phase>&, const double*,
                            const Weights<double>&, const double*, double*);
template void convolve_rows(const Call&, const Convolution&, const std::vector<Phase>&, const std::int64_t*,
                            const Weights<std::int64_t>&, const std::int64_t*, std::int64_t*);

}  // namespace ptetool::ops
