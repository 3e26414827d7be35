// Reference kernels over images [batch, height, width, channels], written from the definitions.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "xnnpack/node_shapes.h"
#include "xnnpack/reference_node.h"

namespace ptetool::xnn {

namespace {

// Element (n, y, x, 0) of an image.
std::int64_t pixel(const Sizes& sizes, std::int64_t n, std::int64_t y, std::int64_t x) {
  return ((n * sizes[1] + y) * sizes[2] + x) * sizes[3];
}

// Calls visit(n, y, x) for each pixel.
template <class Visit>
void for_each_pixel(const Sizes& sizes, Visit&& visit) {
  for (std::int64_t n = 0; n < sizes[0]; ++n) {
    for (std::int64_t y = 0; y < sizes[1]; ++y) {
      for (std::int64_t x = 0; x < sizes[2]; ++x) visit(n, y, x);
    }
  }
}

// Calls visit(ky, kx, iy, ix) for each place of the window at (y, x) that lies in the image.
template <class Visit>
void for_each_place(const Window& window, const Sizes& image, std::int64_t y, std::int64_t x, Visit&& visit) {
  for (std::int64_t ky = 0; ky < window.height.kernel; ++ky) {
    const std::int64_t iy = y * window.height.stride - window.height.before + ky * window.height.dilation;
    if (iy < 0 || iy >= image[1]) continue;
    for (std::int64_t kx = 0; kx < window.width.kernel; ++kx) {
      const std::int64_t ix = x * window.width.stride - window.width.before + kx * window.width.dilation;
      if (ix >= 0 && ix < image[2]) visit(ky, kx, iy, ix);
    }
  }
}

}  // namespace

void max_pooling(const NodeCall& call) {
  const Window window = *window_of(call.node);
  const Sizes& image = call.inputs[0].sizes;
  for_each_pixel(call.sizes, [&](std::int64_t n, std::int64_t y, std::int64_t x) {
    float* to = call.output + pixel(call.sizes, n, y, x);
    std::fill_n(to, call.sizes[3], -std::numeric_limits<float>::infinity());
    for_each_place(window, image, y, x, [&](std::int64_t, std::int64_t, std::int64_t iy, std::int64_t ix) {
      const float* from = call.inputs[0].data + pixel(image, n, iy, ix);
      for (std::int64_t c = 0; c < call.sizes[3]; ++c) to[c] = std::max(to[c], from[c]);
    });
  });
}

// Indices count down the columns of the window, as XNNPACK's do; the first of equal elements counts, and NaN is the
// most.
void arg_max_pooling(const NodeCall& call, std::int32_t* indices) {
  const Window window = *window_of(call.node);
  const Sizes& image = call.inputs[0].sizes;
  for_each_pixel(call.sizes, [&](std::int64_t n, std::int64_t y, std::int64_t x) {
    float* to = call.output + pixel(call.sizes, n, y, x);
    std::int32_t* index = indices + pixel(call.sizes, n, y, x);
    std::fill_n(to, call.sizes[3], -std::numeric_limits<float>::infinity());
    std::fill_n(index, call.sizes[3], 0);
    for_each_place(window, image, y, x, [&](std::int64_t ky, std::int64_t kx, std::int64_t iy, std::int64_t ix) {
      const float* from = call.inputs[0].data + pixel(image, n, iy, ix);
      const auto here = static_cast<std::int32_t>(kx * window.height.kernel + ky);
      for (std::int64_t c = 0; c < call.sizes[3]; ++c) {
        const bool equal = from[c] == to[c] || (std::isnan(from[c]) && std::isnan(to[c]));
        const bool more = equal ? here < index[c] : std::isnan(from[c]) || from[c] > to[c];
        if (!more) continue;
        to[c] = from[c];
        index[c] = here;
      }
    });
  });
}

// Padding does not count.
void average_pooling(const NodeCall& call) {
  const Window window = *window_of(call.node);
  const Sizes& image = call.inputs[0].sizes;
  std::vector<double> sums(static_cast<std::size_t>(call.sizes[3]));
  for_each_pixel(call.sizes, [&](std::int64_t n, std::int64_t y, std::int64_t x) {
    std::ranges::fill(sums, 0.0);
    double count = 0;
    for_each_place(window, image, y, x, [&](std::int64_t, std::int64_t, std::int64_t iy, std::int64_t ix) {
      const float* from = call.inputs[0].data + pixel(image, n, iy, ix);
      for (double& sum : sums) sum += double{*from++};
      ++count;
    });
    float* to = call.output + pixel(call.sizes, n, y, x);
    for (const double sum : sums) *to++ = static_cast<float>(sum / count);
  });
}

void global_average_pooling(const NodeCall& call) {
  const Sizes& image = call.inputs[0].sizes;
  const std::int64_t pixels = image[1] * image[2];
  for (std::int64_t n = 0; n < image[0]; ++n) {
    for (std::int64_t c = 0; c < image[3]; ++c) {
      double sum = 0;
      for (std::int64_t p = 0; p < pixels; ++p) sum += double{call.inputs[0].data[(n * pixels + p) * image[3] + c]};
      call.output[n * image[3] + c] = static_cast<float>(sum / static_cast<double>(pixels));
    }
  }
}

void resize_bilinear(const NodeCall& call) {
  const Sizes& image = call.inputs[0].sizes;
  const bool corners = (call.node.flags & kAlignCorners) != 0;
  struct Source {
    std::int64_t low, high;
    float share;  // of `high`
  };
  const auto source = [&](std::int64_t at, std::int64_t size, std::int64_t new_size) {
    float where = 0;
    if (corners) {
      where = new_size == 1
                  ? 0.0f
                  : static_cast<float>(at) * (static_cast<float>(size - 1) / static_cast<float>(new_size - 1));
    } else {
      where = (static_cast<float>(at) + 0.5f) * (static_cast<float>(size) / static_cast<float>(new_size)) - 0.5f;
    }
    where = std::clamp(where, 0.0f, static_cast<float>(size - 1));
    const auto low = std::min(static_cast<std::int64_t>(where), size - 1);
    return Source{low, std::min(low + 1, size - 1), where - static_cast<float>(low)};
  };
  for_each_pixel(call.sizes, [&](std::int64_t n, std::int64_t y, std::int64_t x) {
    const Source from_y = source(y, image[1], call.sizes[1]);
    const Source from_x = source(x, image[2], call.sizes[2]);
    const float* data = call.inputs[0].data;
    for (std::int64_t c = 0; c < call.sizes[3]; ++c) {
      const float top = std::lerp(data[pixel(image, n, from_y.low, from_x.low) + c],
                                  data[pixel(image, n, from_y.low, from_x.high) + c], from_x.share);
      const float bottom = std::lerp(data[pixel(image, n, from_y.high, from_x.low) + c],
                                     data[pixel(image, n, from_y.high, from_x.high) + c], from_x.share);
      call.output[pixel(call.sizes, n, y, x) + c] = std::lerp(top, bottom, from_y.share);
    }
  });
}

}  // namespace ptetool::xnn
