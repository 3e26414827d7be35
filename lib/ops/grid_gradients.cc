// Gradients of sampling an image at the points of a grid: of the image, which gets back what its pixels gave, and of
// the points. Sums are kept in double.
#include <vector>

#include "ops/grid_sample.h"
#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// How fast reflect() moves with x.
template <class C>
C reflect_slope(C x, std::int64_t twice_low, std::int64_t twice_high) {
  if (twice_low == twice_high) return 0;
  const C low = static_cast<C>(twice_low) / 2;
  const C span = static_cast<C>(twice_high - twice_low) / 2;
  const bool even = std::fmod(std::floor(std::abs(x - low) / span), C(2)) == 0;
  return (x < low) == even ? C(-1) : C(1);
}

// How fast padded() moves with x; at the borders it does not.
template <class C>
C padded_slope(C x, std::int64_t size, const Sampling& sampling) {
  if (sampling.padding == Padding::Zeros) return 1;
  C slope = 1;
  if (sampling.padding == Padding::Reflection) {
    const std::int64_t low = sampling.align_corners ? 0 : -1;
    const std::int64_t high = sampling.align_corners ? 2 * (size - 1) : 2 * size - 1;
    slope = reflect_slope(x, low, high);
    x = reflect(x, low, high);
  }
  return x > 0 && x < static_cast<C>(size - 1) ? slope : C(0);
}

// A line with how fast its weights change with the coordinate.
template <class C>
struct Slopes {
  Line<C> line;
  std::array<C, 4> slope{};
};

template <class C>
Slopes<C> slopes_at(C x, std::int64_t size, const Sampling& sampling) {
  Slopes<C> result{line(x, size, sampling), {}};
  const C raw = unnormalize(x, size, sampling.align_corners);
  const C scale = static_cast<C>(sampling.align_corners ? size - 1 : size) / 2;
  if (sampling.mode == Mode::Linear) {
    const C along = scale * padded_slope(raw, size, sampling);
    result.slope = {-along, along};
  } else if (sampling.mode == Mode::Cubic) {
    constexpr C a = C(-0.75);
    const auto near = [](C t) { return (3 * (a + 2) * t - 2 * (a + 3)) * t; };
    const auto far = [](C t) { return (3 * a * t - 10 * a) * t + 8 * a; };
    const C t = raw - std::floor(raw);
    result.slope = {scale * far(t + 1), scale * near(t), -scale * near(1 - t), -scale * far(2 - t)};
  }
  return result;
}

// One pixel of a plane, its weight, and how fast that changes with each coordinate.
struct PixelSlope {
  std::int64_t at = 0;
  double weight = 0;
  std::array<double, 3> slope{};
};

template <class C>
std::vector<PixelSlope> pixels_at(const C* point, const Image& image, const Sampling& sampling) {
  const Slopes<C> w = slopes_at(point[0], image.size[2], sampling);
  const Slopes<C> h = slopes_at(point[1], image.size[1], sampling);
  Slopes<C> d;
  if (image.spatial == 3) {
    d = slopes_at(point[2], image.size[0], sampling);
  } else {
    d.line.add(0, 1, 1);
  }
  std::vector<PixelSlope> pixels;
  for (std::size_t i = 0; i < d.line.count; ++i) {
    for (std::size_t j = 0; j < h.line.count; ++j) {
      for (std::size_t k = 0; k < w.line.count; ++k) {
        if (d.line.at[i] < 0 || h.line.at[j] < 0 || w.line.at[k] < 0) continue;
        const double x = w.line.weight[k], y = h.line.weight[j], z = d.line.weight[i];
        pixels.push_back({(d.line.at[i] * image.size[1] + h.line.at[j]) * image.size[2] + w.line.at[k],
                          x * y * z,
                          {w.slope[k] * y * z, h.slope[j] * x * z, d.slope[i] * x * y}});
      }
    }
  }
  return pixels;
}

template <std::size_t kSpatial>
Result<> grid_sampler_backward(Call& call) {
  const Tensor grad = call.tensor(0), self = call.tensor(1), grid = call.tensor(2);
  Tensor& image_out = call.out(0);
  Tensor& grid_out = call.out(1);
  const auto given = grid_call(call, 1, kSpatial);
  if (!given) return Failure(given.error());
  const Image& image = given->image;
  const Image result = image.with(given->size);
  const auto wanted = call.booleans(6);
  PTETOOL_CHECK(same_dtype(call, grad, "grad_output", self, "input"));
  if (!(grad.sizes == result.sizes()) || wanted.size() != 2) {
    return call.fail(ErrorCode::Mismatch, "grad_output of shape " + shape_text(grad.sizes.span()) + ", expected is " +
                                              shape_text(result.sizes().span()));
  }
  // What is not wanted may look like anything.
  if (wanted[0] && !contains(kFloats, image_out.dtype)) return unsupported_dtype(call, image_out.dtype);
  if (wanted[1] && !contains(kFloats, grid_out.dtype)) return unsupported_dtype(call, grid_out.dtype);
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    const auto gradients = numbers_of<C>(grad, grad.dtype);
    const auto in = numbers_of<C>(self, self.dtype);
    const auto points = numbers_of<C>(grid, grid.dtype);
    if (wanted[0]) PTETOOL_CHECK(prepare(call, image_out, self.sizes));
    if (wanted[1]) PTETOOL_CHECK(prepare(call, grid_out, grid.sizes));
    std::vector<double> of_image(wanted[0] ? in.size() : 0), of_grid(points.size());
    const std::int64_t plane = result.plane();
    call.parallel(image.batch, plane * image.channels * 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin * plane; p < end * plane; ++p) {
        const std::int64_t first = p / plane * image.channels;
        std::array<double, 3> sums{};
        const C* point = points.data() + p * static_cast<std::int64_t>(kSpatial);
        for (const PixelSlope& pixel : pixels_at(point, image, given->sampling)) {
          for (std::int64_t c = first; c < first + image.channels; ++c) {
            const double g = gradients[static_cast<std::size_t>(c * plane + p % plane)];
            const auto at = static_cast<std::size_t>(c * image.plane() + pixel.at);
            if (wanted[0]) of_image[at] += g * pixel.weight;
            for (std::size_t k = 0; k < kSpatial; ++k) sums[k] += g * in[at] * pixel.slope[k];
          }
        }
        std::copy_n(sums.begin(), kSpatial, of_grid.begin() + p * static_cast<std::int64_t>(kSpatial));
      }
    });
    const auto same = [](double x) { return x; };
    if (wanted[0]) write_results<double>(of_image.data(), ScalarType::Double, image_out, same);
    if (wanted[1]) write_results<double>(of_grid.data(), ScalarType::Double, grid_out, same);
    return {};
  });
}

constexpr Operator kRows[] = {
    {"aten::grid_sampler_2d_backward.out(Tensor grad_output, Tensor input, Tensor grid, int interpolation_mode, int "
     "padding_mode, bool align_corners, bool[2] output_mask, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), "
     "Tensor(b!))",
     grid_sampler_backward<2>},
    {"aten::grid_sampler_3d_backward.out(Tensor grad_output, Tensor input, Tensor grid, int interpolation_mode, int "
     "padding_mode, bool align_corners, bool[2] output_mask, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), "
     "Tensor(b!))",
     grid_sampler_backward<3>},
};

}  // namespace

std::span<const Operator> grid_gradient_operators() { return kRows; }

}  // namespace ptetool::ops
