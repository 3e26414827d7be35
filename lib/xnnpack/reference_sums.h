// What all sums of products with a filter share: where the numbers of an output come from, and what becomes of a sum.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "xnnpack/node_shapes.h"
#include "xnnpack/reference_matrix.h"

namespace ptetool::xnn {

// Sums become real numbers: times the scales, plus the bias.
class Finish {
 public:
  Finish(const MatrixCall& call, bool integer);

  // `row_scale` is that of a dynamically quantised row, else 1.
  void operator()(std::int64_t position, std::int64_t channel, double sum, double row_scale) const {
    const auto c = static_cast<std::size_t>(channel);
    if (!start_.empty()) sum += start_[c];
    double value = sum * (factors_[c] * row_scale);
    if (!bias_.empty()) value += bias_[c];
    output_(position * static_cast<std::int64_t>(factors_.size()) + channel, value);
  }

 private:
  const Encoder& output_;
  std::vector<double> factors_;
  std::vector<double> start_;  // added before scaling
  std::vector<double> bias_;   // added after it
};

// Where the patches of a node come from: `length` numbers per group and output position.
struct Geometry {
  std::int64_t groups = 1;
  std::int64_t in = 1;   // channels of one group
  std::int64_t out = 1;  // of one group
  std::int64_t length = 1;
  std::int64_t positions = 1;
  bool image = false;
  bool transposed = false;
  Window window{};
};
Geometry geometry_of(const MatrixCall& call);

// The place of the input that output place `at` sees through tap `tap` of the window; -1 where there is none.
inline std::int64_t source(const WindowAxis& axis, std::int64_t at, std::int64_t tap, std::int64_t size,
                           bool transposed) {
  std::int64_t from = 0;
  if (transposed) {
    const std::int64_t scaled = at + axis.before - tap * axis.dilation;
    if (scaled < 0 || scaled % axis.stride != 0) return -1;
    from = scaled / axis.stride;
  } else {
    from = at * axis.stride - axis.before + tap * axis.dilation;
  }
  return from >= 0 && from < size ? from : -1;
}

// The scale of the row that a position of the output comes from.
double row_scale(const MatrixCall& call, const Geometry& g, std::int64_t position);

inline constexpr std::int64_t kPatches = 4;  // that share one reading of the filter

// Runs f(begin, end) over parts of [0, count) on the threads that there are.
template <class F>
void each_range(const MatrixCall& call, std::int64_t count, std::int64_t cost, F&& f) {
  constexpr std::int64_t kGrainCost = 1 << 18;
  if (!call.threads) {
    f(std::int64_t{0}, count);
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(kGrainCost / std::max<std::int64_t>(cost, 1), 1);
  call.threads->each_range(count, (grain + kPatches - 1) / kPatches * kPatches, f);
}

// DepthwiseConv2d, whose filter is [height, width, channels]: the channels of a place lie side by side.
template <class T>
void multiply_depthwise(const MatrixCall& call, const Geometry& g, const T* input, const T* filter);
extern template void multiply_depthwise(const MatrixCall&, const Geometry&, const float*, const float*);
extern template void multiply_depthwise(const MatrixCall&, const Geometry&, const std::int16_t*, const std::int16_t*);

}  // namespace ptetool::xnn
