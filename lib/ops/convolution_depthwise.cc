// Convolution of single channels, for float and double. With channels outermost a plane is copied into one with its
// padding, its columns sorted by their place in the stride, so that every tap of a row is a plain row; with channels
// innermost the lanes are rows already.
#include <memory>

#include "ops/convolution.h"
#include "ops/simd/sums.h"

namespace ptetool::ops {

namespace {

// A padded plane: [stride of the width][depth][height][width / stride].
struct Padded {
  Spatial size;          // with padding
  std::int64_t columns;  // of each place in the stride
  std::int64_t part() const { return size[0] * size[1] * columns; }
};

Padded padded_plane(const Convolution& c) {
  Padded padded{};
  for (std::size_t i = 0; i < 3; ++i) {
    padded.size[i] = (c.to.size[i] - 1) * c.stride[i] + (c.kernel[i] - 1) * c.dilation[i] + 1;
  }
  padded.columns = (padded.size[2] + c.stride[2] - 1) / c.stride[2];
  return padded;
}

// The plane into the middle; what is around it is 0 already.
template <class C>
void copy_plane(const Convolution& c, const Padded& padded, const C* plane, C* copy) {
  const std::int64_t step = c.stride[2];
  for (std::int64_t d = 0; d < padded.size[0]; ++d) {
    const std::int64_t z = d - c.padding[0];
    for (std::int64_t h = 0; h < padded.size[1]; ++h) {
      const std::int64_t y = h - c.padding[1];
      if (z < 0 || z >= c.from.size[0] || y < 0 || y >= c.from.size[1]) continue;
      const C* row = plane + (z * c.from.size[1] + y) * c.from.size[2];
      for (std::int64_t place = 0; place < std::min(step, padded.size[2]); ++place) {
        C* to = copy + place * padded.part() + (d * padded.size[1] + h) * padded.columns;
        const std::int64_t count = (padded.size[2] - place - 1) / step + 1;
        const std::int64_t origin = place - c.padding[2];
        const Range range = inside(origin, step, c.from.size[2], count);
        if (step == 1) {
          std::copy_n(row + (origin + range.first), range.last - range.first, to + range.first);
        } else {
          for (std::int64_t i = range.first; i < range.last; ++i) to[i] = row[origin + i * step];
        }
      }
    }
  }
}

}  // namespace

template <class C>
bool convolve_planes(const Call& call, const Convolution& c, const C* in, const Weights<C>& weights, const C* bias,
                     C* out) {
  constexpr std::int64_t kMostCopied = std::int64_t{1} << 20;  // numbers: what a cache may hold
  const Padded padded = padded_plane(c);
  const Sizes sizes = {padded.size[0], padded.size[1], padded.columns, c.stride[2]};
  const auto copied = checked_numel(sizes.span());
  if (c.transposed || !copied || *copied > std::max(kMostCopied, 4 * c.from.plane())) return false;
  const std::int64_t per_plane = c.to_channels();
  call.parallel(c.from.planes(), c.to.plane() * per_plane * c.taps() / 4, [&](std::int64_t begin, std::int64_t end) {
    const auto copy = std::make_unique<C[]>(static_cast<std::size_t>(*copied));
    std::vector<std::int64_t> origins;
    for (std::int64_t kd = 0; kd < c.kernel[0]; ++kd) {
      for (std::int64_t kh = 0; kh < c.kernel[1]; ++kh) {
        for (std::int64_t kw = 0; kw < c.kernel[2]; ++kw) {
          const std::int64_t w = kw * c.dilation[2];
          origins.push_back(w % c.stride[2] * padded.part() + w / c.stride[2] +
                            (kd * c.dilation[0] * padded.size[1] + kh * c.dilation[1]) * padded.columns);
        }
      }
    }
    std::vector<const C*> rows(origins.size());
    for (std::int64_t plane = begin; plane < end; ++plane) {
      copy_plane(c, padded, in + plane * c.from.plane(), copy.get());
      for (std::int64_t i = 0; i < per_plane; ++i) {
        const std::int64_t channel = plane % c.from.channels * per_plane + i;
        const C* factors = weights.data + plane % c.from.channels * weights.group_step + i * weights.to_step;
        C* to = out + (plane * per_plane + i) * c.to.plane();
        for (std::int64_t d = 0; d < c.to.size[0]; ++d) {
          for (std::int64_t h = 0; h < c.to.size[1]; ++h, to += c.to.size[2]) {
            const C* first = copy.get() + (d * c.stride[0] * padded.size[1] + h * c.stride[1]) * padded.columns;
            for (std::size_t t = 0; t < rows.size(); ++t) rows[t] = first + origins[t];
            simd::weighted_rows(rows.data(), factors, c.taps(), bias ? bias[channel] : C(0), to, c.to.size[2]);
          }
        }
      }
    }
  });
  return true;
}

template <class C>
void convolve_lanes(const Call& call, const Convolution& c, const std::vector<Phase>& phases, const C* in,
                    const Weights<C>& weights, const C* bias, C* out) {
  const Spatial step = result_step(c), from_step = input_step(c);
  const std::int64_t lanes = c.from.channels;
  // The weights of all channels, tap by tap.
  std::vector<C> factors(static_cast<std::size_t>(lanes * c.taps()));
  for (std::int64_t channel = 0; channel < lanes; ++channel) {
    for (std::int64_t tap = 0; tap < c.taps(); ++tap) {
      factors[static_cast<std::size_t>(tap * lanes + channel)] = weights.data[channel * weights.group_step + tap];
    }
  }
  const std::vector<C> zeros(bias ? 0 : static_cast<std::size_t>(lanes));
  const C* add = bias ? bias : zeros.data();
  const std::int64_t cost = c.to.size[2] * c.taps() * std::min<std::int64_t>(lanes, std::int64_t{1} << 16) / 4;
  call.parallel(c.to.batch * c.to.size[0] * c.to.size[1], cost, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const C*> rows(static_cast<std::size_t>(c.taps())), row_factors(rows.size());
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t n = r / c.to.size[1] / c.to.size[0];
      const std::int64_t d = r / c.to.size[1] % c.to.size[0];
      const std::int64_t h = r % c.to.size[1];
      for (const Phase& phase : phases) {
        if (d % step[0] != phase.first[0] || h % step[1] != phase.first[1]) continue;
        for (std::int64_t i = 0; i < phase.count[2]; ++i) {
          std::size_t taps = 0;
          for (const Tap& tap : phase.taps) {
            const std::int64_t z = d / step[0] * from_step[0] + tap.origin[0];
            const std::int64_t y = h / step[1] * from_step[1] + tap.origin[1];
            const std::int64_t x = i * from_step[2] + tap.origin[2];
            const bool outside =
                z < 0 || z >= c.from.size[0] || y < 0 || y >= c.from.size[1] || x < 0 || x >= c.from.size[2];
            if (outside) continue;
            rows[taps] = in + (((n * c.from.size[0] + z) * c.from.size[1] + y) * c.from.size[2] + x) * lanes;
            row_factors[taps++] = factors.data() + tap.number * lanes;
          }
          C* to = out + (r * c.to.size[2] + phase.first[2] + i * step[2]) * lanes;
          simd::weighted_lanes(rows.data(), row_factors.data(), static_cast<std::int64_t>(taps), add, to, lanes);
        }
      }
    }
  });
}

template bool convolve_planes(const Call&, const Convolution&, const float*, const Weights<float>&, const float*,
                              float*);
template bool convolve_planes(const Call&, const Convolution&, const double*, const Weights<double>&, const double*,
                              double*);
template void convolve_lanes(const Call&, const Convolution&, const std::vector<Phase>&, const float*,
                             const Weights<float>&, const float*, float*);
template void convolve_lanes(const Call&, const Convolution&, const std::vector<Phase>&, const double*,
                             const Weights<double>&, const double*, double*);

}  // namespace ptetool::ops
