// Convolution as a matrix product: weights times patches of the image, which are packed for the tiles straight from the
// image. With channels outermost the columns of the product are positions; with channels innermost they are channels.
#include "ops/convolution.h"
#include "ops/gemm_panels.h"

namespace ptetool::ops {

namespace {

// Consecutive positions of a phase that share a row.
struct Run {
  std::int64_t batch, depth, height, width, count;
};

// Calls f(first, run) for the runs of positions number `first` to `first` + `count`, all images counted on.
template <class F>
void each_run(const Phase& phase, std::int64_t first, std::int64_t count, const F& f) {
  std::int64_t done = 0;
  while (done < count) {
    const std::int64_t at = first + done;
    const std::int64_t row = at / phase.count[2];
    Run run{row / phase.count[1] / phase.count[0], row / phase.count[1] % phase.count[0], row % phase.count[1],
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
    each_run(phase_, lane0, lanes, [&](std::int64_t lane, const Run& run) {
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
    each_run(phase_, lane0, lanes, [&](std::int64_t lane, const Run& run) {
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

// Lanes are channels of the result.
template <class C>
class WeightLanes : public LaneSource<C> {
 public:
  WeightLanes(const Convolution& c, const Phase& phase, std::int64_t group, const Weights<C>& weights)
      : interleaved_(c.from.interleaved),
        channels_(c.from_channels()),
        from_step_(weights.from_step),
        to_step_(weights.to_step),
        data_(weights.data + group * weights.group_step) {
    for (const Tap& tap : phase.taps) taps_.push_back(tap.number);
    // All taps of every channel, one after the other?
    straight_ = !interleaved_ && static_cast<std::int64_t>(taps_.size()) == c.taps() && from_step_ == c.taps() &&
                std::is_sorted(taps_.begin(), taps_.end());
  }

  void pack(std::int64_t lane0, std::int64_t lanes, std::int64_t width, std::int64_t depth0, std::int64_t depth,
            C* packed) const override {
    if (lanes < width) std::fill_n(packed, width * depth, C{});
    constexpr std::int64_t kPiece = 32;  // two cache lines of every lane at a time
    std::array<std::int64_t, kPiece> offsets;
    for (std::int64_t done = 0; done < depth; done += kPiece) {
      const std::int64_t piece = std::min(kPiece, depth - done);
      if (!straight_) {
        for (std::int64_t q = 0; q < piece; ++q) offsets[static_cast<std::size_t>(q)] = offset(depth0 + done + q);
      }
      for (std::int64_t w = 0; w < lanes; ++w) {
        const C* from = data_ + (lane0 + w) * to_step_;
        C* to = packed + done * width + w;
        if (straight_) {
          from += depth0 + done;
          for (std::int64_t q = 0; q < piece; ++q) to[q * width] = from[q];
        } else {
          for (std::int64_t q = 0; q < piece; ++q) to[q * width] = from[offsets[static_cast<std::size_t>(q)]];
        }
      }
    }
  }

 private:
  std::int64_t offset(std::int64_t depth) const {
    const auto taps = static_cast<std::int64_t>(taps_.size());
    const std::int64_t channel = interleaved_ ? depth % channels_ : depth / taps;
    const std::int64_t tap = interleaved_ ? depth / channels_ : depth % taps;
    return channel * from_step_ + taps_[static_cast<std::size_t>(tap)];
  }

  bool interleaved_, straight_;
  std::int64_t channels_, from_step_, to_step_;
  const C* data_;
  std::vector<std::int64_t> taps_;
};

// Adds the bias and brings tiles to their places.
template <class C>
class ImageSink : public TileSink<C> {
 public:
  ImageSink(const Convolution& c, const Phase& phase, std::int64_t group, const C* bias, C* out)
      : to_(c.to), phase_(phase), step_(result_step(c)), channel0_(group * c.to_channels()), bias_(bias), out_(out) {}

  void store(std::int64_t row0, std::int64_t rows, std::int64_t column0, std::int64_t columns, C* numbers,
             std::int64_t step) const override {
    if (to_.interleaved) {
      each_run(phase_, row0, rows, [&](std::int64_t row, const Run& run) {
        for (std::int64_t i = 0; i < run.count; ++i) {
          const C* from = numbers + (row + i) * step;
          C* to = out_ + pixel(run, i) * to_.channels + channel0_ + column0;
          const C* bias = bias_ ? bias_ + channel0_ + column0 : nullptr;
          for (std::int64_t j = 0; j < columns; ++j) to[j] = bias ? from[j] + bias[j] : from[j];
        }
      });
      return;
    }
    each_run(phase_, column0, columns, [&](std::int64_t column, const Run& run) {
      const std::int64_t plane = to_.plane();
      const std::int64_t first = pixel(run, 0) % plane;
      for (std::int64_t i = 0; i < rows; ++i) {
        const std::int64_t channel = channel0_ + row0 + i;
        const C add = bias_ ? bias_[channel] : C(0);
        const C* from = numbers + i * step + column;
        C* to = out_ + (run.batch * to_.channels + channel) * plane + first;
        const std::int64_t apart = step_[2];
        if (apart == 1) {
          for (std::int64_t j = 0; j < run.count; ++j) to[j] = from[j] + add;
        } else {
          for (std::int64_t j = 0; j < run.count; ++j) to[j * apart] = from[j] + add;
        }
      }
    });
  }

 private:
  // The pixel of position `i` of a run, all images counted on.
  std::int64_t pixel(const Run& run, std::int64_t i) const {
    const std::int64_t d = phase_.first[0] + run.depth * step_[0];
    const std::int64_t h = phase_.first[1] + run.height * step_[1];
    const std::int64_t w = phase_.first[2] + (run.width + i) * step_[2];
    return ((run.batch * to_.size[0] + d) * to_.size[1] + h) * to_.size[2] + w;
  }

  const Image& to_;
  const Phase& phase_;
  Spatial step_;
  std::int64_t channel0_;
  const C* bias_;
  C* out_;
};

}  // namespace

template <class C>
void convolve_tiles(const Call& call, const Convolution& c, const Phase& phase, std::int64_t group, const C* in,
                    const Weights<C>& weights, const C* bias, C* out) {
  const Patches<C> patches(c, phase, group, in);
  const WeightLanes<C> lanes(c, phase, group, weights);
  const ImageSink<C> sink(c, phase, group, bias, out);
  const std::int64_t positions = c.to.batch * phase.count[0] * phase.count[1] * phase.count[2];
  const std::int64_t depth = c.from_channels() * static_cast<std::int64_t>(phase.taps.size());
  if (c.from.interleaved)
    multiply_lanes<C>(call, patches, positions, lanes, c.to_channels(), depth, sink);
  else
    multiply_lanes<C>(call, lanes, c.to_channels(), patches, positions, depth, sink);
}

template void convolve_tiles(const Call&, const Convolution&, const Phase&, std::int64_t, const float*,
                             const Weights<float>&, const float*, float*);
template void convolve_tiles(const Call&, const Convolution&, const Phase&, std::int64_t, const double*,
                             const Weights<double>&, const double*, double*);

}  // namespace ptetool::ops
