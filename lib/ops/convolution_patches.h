// The patches of an image as lanes of a matrix product: read where they lie, without a matrix of columns (im2col) in
// between.
#pragma once

#include "ops/convolution.h"
#include "ops/gemm_panels.h"

namespace ptetool::ops {

// Consecutive positions of a phase that share a row.
struct PositionRun {
  std::int64_t batch, depth, height, width, count;
};

// Calls f(first, run) for the runs of positions number `first` to `first` + `count`, all images counted on.
template <class F>
void each_run(const Phase& phase, std::int64_t first, std::int64_t count, const F& f) {
  std::int64_t done = 0;
  while (done < count) {
    const std::int64_t at = first + done;
    const std::int64_t row = at / phase.count[2];
    PositionRun run{row / phase.count[1] / phase.count[0], row / phase.count[1] % phase.count[0], row % phase.count[1],
                    at % phase.count[2], 0};
    run.count = std::min(count - done, phase.count[2] - run.width);
    f(done, run);
    done += run.count;
  }
}

// Lanes are positions, the depth is channels x taps, the faster one of which depends on the layout.
template <class C>
class Patches : public LaneSource<C> {
 public:
  Patches(const Convolution& c, const Phase& phase, std::int64_t group, const C* in)
      : from_(c.from),
        phase_(phase),
        step_(input_step(c)),
        channel0_(group * c.from_channels()),
        channels_(c.from_channels()),
        in_(in) {}

  void pack(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0, std::int64_t depth,
            C* packed) const override {
    if (from_.interleaved)
      pack_interleaved(lane0, lanes, width, depth0, depth, packed);
    else
      pack_planar(lane0, lanes, width, depth0, depth, packed);
  }

 private:
  void pack_planar(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0, std::int64_t depth,
                   C* packed) const {
    const auto taps = static_cast<std::int64_t>(phase_.taps.size());
    each_run(phase_, lane0, lanes, [&](std::int64_t lane, const PositionRun& run) {
      std::int64_t channel = channel0_ + depth0 / taps;
      std::int64_t number = depth0 % taps;
      for (std::int64_t q = 0; q < depth; ++q, ++number) {
        if (number == taps) {
          number = 0;
          ++channel;
        }
        const Tap& tap = phase_.taps[static_cast<std::size_t>(number)];
        C* to = packed + q * width + lane;
        const std::int64_t d = run.depth * step_[0] + tap.origin[0];
        const std::int64_t h = run.height * step_[1] + tap.origin[1];
        if (d < 0 || d >= from_.size[0] || h < 0 || h >= from_.size[1]) {
          std::fill_n(to, run.count, C{});
          continue;
        }
        const C* row =
            in_ + (((run.batch * from_.channels + channel) * from_.size[0] + d) * from_.size[1] + h) * from_.size[2];
        const std::int64_t w = run.width * step_[2] + tap.origin[2];
        const Range range = inside(w, step_[2], from_.size[2], run.count);
        std::fill_n(to, range.first, C{});
        const std::int64_t step = step_[2];
        if (step == 1) {
          std::copy_n(row + (w + range.first), range.last - range.first, to + range.first);
        } else {
          for (std::int64_t i = range.first; i < range.last; ++i) to[i] = row[w + i * step];
        }
        std::fill_n(to + range.last, run.count - range.last, C{});
      }
    });
    clear_rest(lanes, width, depth, packed);
  }

  void pack_interleaved(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0,
                        std::int64_t depth, C* packed) const {
    each_run(phase_, lane0, lanes, [&](std::int64_t lane, const PositionRun& run) {
      for (std::int64_t i = 0; i < run.count; ++i) {
        C* to = packed + lane + i;
        for (std::int64_t q = 0; q < depth;) {
          const Tap& tap = phase_.taps[static_cast<std::size_t>((depth0 + q) / channels_)];
          const std::int64_t channel = (depth0 + q) % channels_;
          const std::int64_t count = std::min(depth - q, channels_ - channel);
          const std::int64_t d = run.depth * step_[0] + tap.origin[0];
          const std::int64_t h = run.height * step_[1] + tap.origin[1];
          const std::int64_t w = (run.width + i) * step_[2] + tap.origin[2];
          const bool outside =
              d < 0 || d >= from_.size[0] || h < 0 || h >= from_.size[1] || w < 0 || w >= from_.size[2];
          if (outside) {
            for (std::int64_t k = 0; k < count; ++k) to[(q + k) * width] = C{};
          } else {
            const std::int64_t pixel = ((run.batch * from_.size[0] + d) * from_.size[1] + h) * from_.size[2] + w;
            const C* numbers = in_ + pixel * from_.channels + channel0_ + channel;
            for (std::int64_t k = 0; k < count; ++k) to[(q + k) * width] = numbers[k];
          }
          q += count;
        }
      }
    });
    clear_rest(lanes, width, depth, packed);
  }

  static void clear_rest(std::int64_t lanes, std::int64_t width, std::int64_t depth, C* packed) {
    if (lanes == width) return;
    for (std::int64_t q = 0; q < depth; ++q) std::fill_n(packed + q * width + lanes, width - lanes, C{});
  }

  const Image& from_;
  const Phase& phase_;
  Spatial step_;
  std::int64_t channel0_, channels_;
  const C* in_;
};

}  // namespace ptetool::ops
