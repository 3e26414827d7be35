// DepthwiseConv2d: one pass over the window sums all channels.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "xnnpack/reference_sums.h"

namespace ptetool::xnn {

template <class T>
void multiply_depthwise(const MatrixCall& call, const Geometry& g, const T* input, const T* filter) {
  using Sum = std::conditional_t<std::is_same_v<T, float>, double, std::int64_t>;
  const Finish finish(call, !std::is_same_v<T, float>);
  const std::int64_t channels = g.groups * g.out;
  const Sizes& from = call.input.sizes;
  each_range(call, g.positions, g.length * channels, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Sum> sums(static_cast<std::size_t>(channels));
    for (std::int64_t position = begin; position < end; ++position) {
      std::ranges::fill(sums, Sum{0});
      const std::int64_t x = position % call.sizes[2];
      const std::int64_t y = position / call.sizes[2] % call.sizes[1];
      const std::int64_t n = position / call.sizes[2] / call.sizes[1];
      for (std::int64_t ky = 0; ky < g.window.height.kernel; ++ky) {
        const std::int64_t iy = source(g.window.height, y, ky, from[1], false);
        for (std::int64_t kx = 0; iy >= 0 && kx < g.window.width.kernel; ++kx) {
          const std::int64_t ix = source(g.window.width, x, kx, from[2], false);
          if (ix < 0) continue;
          const T* pixel = input + ((n * from[1] + iy) * from[2] + ix) * from[3];
          const T* weights = filter + (ky * g.window.width.kernel + kx) * channels;
          if (g.out == 1) {
            for (std::int64_t c = 0; c < channels; ++c) {
              sums[static_cast<std::size_t>(c)] += static_cast<Sum>(pixel[c]) * static_cast<Sum>(weights[c]);
            }
          } else {
            for (std::int64_t c = 0; c < channels; ++c) {
              sums[static_cast<std::size_t>(c)] += static_cast<Sum>(pixel[c / g.out]) * static_cast<Sum>(weights[c]);
            }
          }
        }
      }
      const double scale = row_scale(call, g, position);
      for (std::int64_t c = 0; c < channels; ++c) {
        finish(position, c, static_cast<double>(sums[static_cast<std::size_t>(c)]), scale);
      }
    }
  });
}

template void multiply_depthwise(const MatrixCall&, const Geometry&, const float*, const float*);
template void multiply_depthwise(const MatrixCall&, const Geometry&, const std::int16_t*, const std::int16_t*);

}  // namespace ptetool::xnn
