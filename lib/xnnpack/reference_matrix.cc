// Every output is a dot product of a patch of the input and a run of the filter. A patch is a row of a matrix, or what
// lies under the window of a convolution; padding holds zeros.
#include "xnnpack/reference_matrix.h"

#include <algorithm>
#include <type_traits>

#include "ptetool/tensor/half.h"
#include "xnnpack/reference_sums.h"

namespace ptetool::xnn {

namespace {

// Products of integers of 9 and 8 bits are summed in 32 bits, so many at a time; real numbers go to double in blocks.
template <class T>
constexpr std::int64_t kRun = std::is_same_v<T, float> ? 256 : 32768;
constexpr std::int64_t kLanes = 16;

template <class T>
using LaneSum = std::conditional_t<std::is_same_v<T, float>, float, std::int32_t>;

// sums[p] = patches[p] . filter for kPatches patches that lie `stride` apart.
template <class T>
void dot(const T* patches, std::int64_t stride, const T* filter, std::int64_t length, double* sums) {
  std::fill_n(sums, kPatches, 0.0);
  for (std::int64_t start = 0; start < length; start += kRun<T>) {
    const std::int64_t end = std::min(length, start + kRun<T>);
    LaneSum<T> lanes[kPatches][kLanes] = {};
    std::int64_t i = start;
    for (; i + kLanes <= end; i += kLanes) {
      for (std::int64_t p = 0; p < kPatches; ++p) {
        const T* patch = patches + p * stride + i;
        for (std::int64_t l = 0; l < kLanes; ++l) {
          lanes[p][l] += static_cast<LaneSum<T>>(patch[l]) * static_cast<LaneSum<T>>(filter[i + l]);
        }
      }
    }
    for (; i < end; ++i) {
      for (std::int64_t p = 0; p < kPatches; ++p) {
        lanes[p][i - start - (i - start) / kLanes * kLanes] +=
            static_cast<LaneSum<T>>(patches[p * stride + i]) * static_cast<LaneSum<T>>(filter[i]);
      }
    }
    for (std::int64_t p = 0; p < kPatches; ++p) {
      double sum = 0;
      for (std::int64_t l = 0; l < kLanes; ++l) sum += double{static_cast<double>(lanes[p][l])};
      sums[p] += sum;
    }
  }
}

// Copies the patch of a position into `patch`.
template <class T>
void gather(const Geometry& g, const Sizes& input_sizes, const Sizes& output_sizes, const T* input,
            std::int64_t position, std::int64_t group, T* patch) {
  if (!g.image) {
    std::copy_n(input + position * g.in, g.in, patch);
    return;
  }
  const std::int64_t x = position % output_sizes[2];
  const std::int64_t y = position / output_sizes[2] % output_sizes[1];
  const std::int64_t n = position / output_sizes[2] / output_sizes[1];
  const std::int64_t channels = input_sizes[3];
  for (std::int64_t ky = 0; ky < g.window.height.kernel; ++ky) {
    const std::int64_t iy = source(g.window.height, y, ky, input_sizes[1], g.transposed);
    for (std::int64_t kx = 0; kx < g.window.width.kernel; ++kx, patch += g.in) {
      const std::int64_t ix = iy < 0 ? -1 : source(g.window.width, x, kx, input_sizes[2], g.transposed);
      if (ix < 0) {
        std::fill_n(patch, g.in, T{0});
      } else {
        std::copy_n(input + ((n * input_sizes[1] + iy) * input_sizes[2] + ix) * channels + group * g.in, g.in, patch);
      }
    }
  }
}

// Filters with a scale for each block of a row: the sums of blocks are scaled one by one.
template <class T>
void block_dot(const MatrixCall& call, const T* patches, std::int64_t stride, const T* filter, std::int64_t length,
               std::int64_t channel, double* sums) {
  const Quantisation& quantisation = *call.filter.quantisation;
  const std::int64_t blocks = length / quantisation.block_size;
  std::fill_n(sums, kPatches, 0.0);
  for (std::int64_t b = 0; b < blocks; ++b) {
    double part[kPatches];
    dot(patches + b * quantisation.block_size, stride, filter + b * quantisation.block_size, quantisation.block_size,
        part);
    const float scale = to_float(BFloat16{quantisation.block_scales[static_cast<std::size_t>(channel * blocks + b)]});
    for (std::int64_t p = 0; p < kPatches; ++p) sums[p] += double{scale} * part[p];
  }
}

template <class T>
void multiply_patches(const MatrixCall& call, const Geometry& g, const T* input, const T* filter) {
  const Finish finish(call, !std::is_same_v<T, float>);
  const bool blocks = !std::is_same_v<T, float> && call.filter.quantisation->block_size > 0;
  const std::int64_t cost = g.length * g.out * g.groups;
  each_range(call, g.positions, cost, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> patches(static_cast<std::size_t>(kPatches * g.length), T{0});
    for (std::int64_t first = begin; first < end; first += kPatches) {
      const std::int64_t count = std::min(kPatches, end - first);
      double scales[kPatches];
      for (std::int64_t p = 0; p < count; ++p) scales[p] = row_scale(call, g, first + p);
      for (std::int64_t group = 0; group < g.groups; ++group) {
        for (std::int64_t p = 0; p < count; ++p) {
          gather(g, call.input.sizes, call.sizes, input, first + p, group, patches.data() + p * g.length);
        }
        for (std::int64_t o = 0; o < g.out; ++o) {
          const std::int64_t channel = group * g.out + o;
          double sums[kPatches];
          if (blocks) {
            block_dot(call, patches.data(), g.length, filter + channel * g.length, g.length, channel, sums);
          } else {
            dot(patches.data(), g.length, filter + channel * g.length, g.length, sums);
          }
          for (std::int64_t p = 0; p < count; ++p) finish(first + p, channel, sums[p], scales[p]);
        }
      }
    }
  });
}

template <class T>
void multiply(const MatrixCall& call, const T* input, const T* filter) {
  const Geometry g = geometry_of(call);
  if (call.node.kind == NodeKind::DepthwiseConv2d) {
    multiply_depthwise(call, g, input, filter);
  } else {
    multiply_patches(call, g, input, filter);
  }
}

template <class T>
void transpose(std::vector<T>& filter, const Sizes& sizes) {
  std::vector<T> turned(filter.size());
  const auto rows = static_cast<std::size_t>(sizes[0]);
  const auto columns = static_cast<std::size_t>(sizes[1]);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) turned[c * rows + r] = filter[r * columns + c];
  }
  filter = std::move(turned);
}

}  // namespace

bool sums_integers(const Node& node, Datatype input, const Quantisation& quantisation, Datatype filter) {
  const bool whole_rows =
      input != Datatype::QDInt8 || node.kind == NodeKind::FullyConnected || quantisation.nonbatch_dims >= 3;
  return whole_rows && is_quantised_activation(input) && is_quantised_filter(filter);
}

PreparedFilter::PreparedFilter(const Node& node, const ValueView& filter, bool integer) : integer_(integer) {
  if (integer_) {
    integers_ = decode_integers(filter);
  } else {
    reals_ = decode(filter);
  }
  if (node.kind == NodeKind::FullyConnected && (node.flags & kTransposeWeights) != 0) {
    transpose(integers_, integer_ ? filter.sizes : Sizes{0, 0});
    transpose(reals_, integer_ ? Sizes{0, 0} : filter.sizes);
  }
}

void multiply_filter(const MatrixCall& call) {
  if (call.prepared.integer()) {
    multiply<std::int16_t>(call, decode_integers(call.input).data(), call.prepared.integers());
  } else {
    multiply<float>(call, decode(call.input).data(), call.prepared.reals());
  }
}

}  // namespace ptetool::xnn
