// Convolution as a matrix product: weights times patches of the image, which are packed for the tiles straight from the
// image. With channels outermost the columns of the product are positions; with channels innermost they are channels.
#include "ops/convolution_patches.h"

namespace ptetool::ops {

namespace {

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
      each_run(phase_, row0, rows, [&](std::int64_t row, const PositionRun& run) {
        for (std::int64_t i = 0; i < run.count; ++i) {
          const C* from = numbers + (row + i) * step;
          C* to = out_ + pixel(run, i) * to_.channels + channel0_ + column0;
          const C* bias = bias_ ? bias_ + channel0_ + column0 : nullptr;
          for (std::int64_t j = 0; j < columns; ++j) to[j] = bias ? from[j] + bias[j] : from[j];
        }
      });
      return;
    }
    each_run(phase_, column0, columns, [&](std::int64_t column, const PositionRun& run) {
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
  std::int64_t pixel(const PositionRun& run, std::int64_t i) const {
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
