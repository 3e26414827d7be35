// Sampling an image at the points of a grid, whose coordinates run from -1 to 1 across it, and grids of affine maps.
#include "ops/grid_sample.h"

#include <vector>

#include "ops/pointwise.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Positions in a plane and their weights, those outside left out.
template <class C>
struct Point {
  std::array<std::int64_t, 16> at;
  std::array<C, 16> weight;
  std::size_t count = 0;
};

template <class C>
Point<C> point(const C* grid, std::size_t spatial, const Image& image, const Sampling& sampling) {
  // The grid names width first.
  const Line<C> w = line(grid[0], image.size[2], sampling);
  const Line<C> h = line(grid[1], image.size[1], sampling);
  Line<C> d;
  if (spatial == 3)
    d = line(grid[2], image.size[0], sampling);
  else
    d.add(0, 1, 1);
  Point<C> point;
  for (std::size_t i = 0; i < d.count; ++i) {
    for (std::size_t j = 0; j < h.count; ++j) {
      for (std::size_t k = 0; k < w.count; ++k) {
        if (d.at[i] < 0 || h.at[j] < 0 || w.at[k] < 0) continue;
        point.at[point.count] = (d.at[i] * image.size[1] + h.at[j]) * image.size[2] + w.at[k];
        point.weight[point.count++] = w.weight[k] * h.weight[j] * d.weight[i];
      }
    }
  }
  return point;
}

template <class C>
void sample(const Call& call, const Image& image, const Image& result, const Sampling& sampling, const C* in,
            const C* grid, C* out) {
  constexpr std::int64_t kGroup = 64;  // points whose positions are computed before channels are read
  const auto spatial = static_cast<std::int64_t>(image.spatial);
  const std::int64_t plane = result.plane();
  const std::int64_t channels = image.channels;
  const std::int64_t groups = (plane + kGroup - 1) / kGroup;  // of each image
  call.parallel(image.batch * groups, kGroup * (16 + 4 * channels), [&](std::int64_t begin, std::int64_t end) {
    std::vector<Point<C>> points(kGroup);
    for (std::int64_t g = begin; g < end; ++g) {
      const std::int64_t n = g / groups;
      const std::int64_t first = g % groups * kGroup;
      const std::int64_t count = std::min(kGroup, plane - first);
      for (std::int64_t i = 0; i < count; ++i) {
        points[static_cast<std::size_t>(i)] =
            point(grid + (n * plane + first + i) * spatial, image.spatial, image, sampling);
      }
      const C* from = in + n * channels * image.plane();
      if (image.interleaved) {
        for (std::int64_t i = 0; i < count; ++i) {
          const Point<C>& at = points[static_cast<std::size_t>(i)];
          C* to = out + (n * plane + first + i) * channels;
          std::fill_n(to, channels, C{});
          for (std::size_t k = 0; k < at.count; ++k) {
            const C* pixel = from + at.at[k] * channels;
            const C w = at.weight[k];
            for (std::int64_t c = 0; c < channels; ++c) to[c] += pixel[c] * w;
          }
        }
        continue;
      }
      for (std::int64_t c = 0; c < channels; ++c, from += image.plane()) {
        C* to = out + (n * channels + c) * plane + first;
        for (std::int64_t i = 0; i < count; ++i) {
          const Point<C>& at = points[static_cast<std::size_t>(i)];
          C sum{};
          for (std::size_t k = 0; k < at.count; ++k) sum += from[at.at[k]] * at.weight[k];
          to[i] = sum;
        }
      }
    }
  });
}

template <std::size_t kSpatial>
Result<> grid_sampler(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor grid = call.tensor(1);
  Tensor& out = call.out();
  const auto given = grid_call(call, 0, kSpatial);
  if (!given) return Failure(given.error());
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    const Image& image = given->image;
    const Image result = image.with(given->size);
    PTETOOL_CHECK(prepare_image(call, out, result));
    const auto in = Numbers::read(call, self, image.order());
    if (!in) return Failure(in.error());
    const auto points = Numbers::read(call, grid, contiguous_order(kSpatial + 2));
    if (!points) return Failure(points.error());
    const auto target = Target::open(call, out, self.dtype, image.order());
    if (!target) return Failure(target.error());
    sample<C>(call, image, result, given->sampling, in->template as<C>(), points->template as<C>(),
              target->template as<C>());
    return target->finish(call);
  });
}

// Positions of `count` pixels from -1 to 1, ends or middles of pixels.
template <class C>
C coordinate(std::int64_t at, std::int64_t count, bool align_corners) {
  if (count <= 1) return 0;
  const C n = static_cast<C>(count);
  const C step = align_corners ? 2 / (n - 1) : 2 / n;
  const C first = align_corners ? -1 : -1 + 1 / n;
  // From the nearer end, so that the grid is symmetric.
  return at < count / 2 ? first + step * static_cast<C>(at) : -first - step * static_cast<C>(count - 1 - at);
}

Result<> affine_grid_generator(Call& call) {
  const Tensor theta = call.tensor(0);
  const auto size = call.integers(1);
  const bool align_corners = call.boolean(2);
  Tensor& out = call.out();
  const std::size_t spatial = size.size() - 2;
  const auto n = static_cast<std::int64_t>(spatial);
  if ((size.size() != 4 && size.size() != 5) || !(theta.sizes == Sizes{size[0], n, n + 1})) {
    return call.fail(ErrorCode::Mismatch, "theta of shape " + shape_text(theta.sizes.span()) + " for a size of " +
                                              shape_text(std::span(size)));
  }
  Sizes sizes = {size[0]};
  for (std::size_t i = 0; i < spatial; ++i) sizes.push_back(size[2 + i]);
  sizes.push_back(n);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  return with_compute_type<kFloats>(call, theta.dtype, [&]<class C>() -> Result<> {
    PTETOOL_CHECK(prepare(call, out, sizes));
    const auto matrices = Numbers::read(call, theta, contiguous_order(3));
    if (!matrices) return Failure(matrices.error());
    const auto target = Target::open(call, out, theta.dtype, contiguous_order(sizes.size()));
    if (!target) return Failure(target.error());
    const std::int64_t depth = spatial == 3 ? size[2] : 1;
    const std::int64_t height = size[spatial], width = size[spatial + 1];
    call.parallel(out.numel() / std::max<std::int64_t>(n, 1), 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin; at < end; ++at) {
        const std::int64_t plane = depth * height * width;
        const C* matrix = matrices->template as<C>() + at / plane * n * (n + 1);
        const C base[] = {coordinate<C>(at % width, width, align_corners),
                          coordinate<C>(at / width % height, height, align_corners),
                          coordinate<C>(at / width / height % depth, depth, align_corners)};
        C* to = target->template as<C>() + at * n;
        for (std::int64_t i = 0; i < n; ++i) {
          C sum = matrix[i * (n + 1) + n];
          for (std::int64_t j = 0; j < n; ++j) sum += matrix[i * (n + 1) + j] * base[j];
          to[i] = sum;
        }
      }
    });
    return target->finish(call);
  });
}

constexpr Operator kRows[] = {
    {"aten::grid_sampler_2d.out(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool "
     "align_corners, *, Tensor(a!) out) -> Tensor(a!)",
     grid_sampler<2>},
    {"aten::grid_sampler_3d.out(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool "
     "align_corners, *, Tensor(a!) out) -> Tensor(a!)",
     grid_sampler<3>},
    {"aten::affine_grid_generator.out(Tensor theta, SymInt[] size, bool align_corners, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     affine_grid_generator},
};

}  // namespace

Result<GridCall> grid_call(Call& call, std::size_t first, std::size_t spatial) {
  const Tensor& self = call.tensor(first);
  const Tensor& grid = call.tensor(first + 1);
  const auto image = filled_image_of(call, self, spatial);
  if (!image) return Failure(image.error());
  PTETOOL_CHECK(same_dtype(call, self, "input", grid, "grid"));
  bool fits = image->batched && grid.rank() == spatial + 2 && grid.sizes[0] == image->batch &&
              grid.sizes[spatial + 1] == static_cast<std::int64_t>(spatial);
  const std::int64_t mode = call.integer(first + 2), padding = call.integer(first + 3);
  if (mode < 0 || mode > (spatial == 2 ? 2 : 1) || padding < 0 || padding > 2) {
    return call.fail(ErrorCode::Mismatch,
                     "interpolation_mode " + std::to_string(mode) + " and padding_mode " + std::to_string(padding));
  }
  GridCall given{*image, {static_cast<Mode>(mode), static_cast<Padding>(padding), call.boolean(first + 4)}};
  for (std::size_t i = 0; fits && i < spatial; ++i) {
    given.size[3 - spatial + i] = grid.sizes[1 + i];
    fits = grid.sizes[1 + i] <= kMostExtent;
  }
  if (fits) return given;
  return call.fail(ErrorCode::Mismatch, "a grid of shape " + shape_text(grid.sizes.span()) + " for an input of shape " +
                                            shape_text(self.sizes.span()));
}

std::span<const Operator> grid_sample_operators() { return kRows; }

}  // namespace ptetool::ops
