// Pooling to a given size: adaptive windows divide the image evenly, fractional ones as random numbers say.
#include <cmath>

#include "ops/pool_average.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

template <std::size_t kSpatial>
Result<> adaptive_avg_pool(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto image = filled_image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  const auto size = spatial_argument(call, 1, kSpatial, 0, 1);
  if (!size) return Failure(size.error());
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    PTETOOL_CHECK(prepare_image(call, out, image->with(*size)));
    auto windows = adaptive_windows(call, *image, *size);
    if (!windows) return forward_error(std::move(windows));
    windows->divided_in_turn = kSpatial == 3 || !image->interleaved;  // as eager does
    const auto in = Numbers::read(call, self, image->order());
    if (!in) return Failure(in.error());
    const auto target = Target::open(call, out, self.dtype, image->order());
    if (!target) return Failure(target.error());
    average<C>(call, *image, *windows, 0, in->template as<C>(), target->template as<C>());
    return target->finish(call);
  });
}

template <std::size_t kSpatial>
Result<> adaptive_max_pool(Call& call) {
  const Tensor self = call.tensor(0);
  if (!contains(kFloats, self.dtype)) return unsupported_dtype(call, self.dtype);
  const auto image = filled_image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  if (image->plane() > kMostPixels) return call.fail(ErrorCode::Limit, "an image of more than 2^31 - 1 pixels");
  const auto size = spatial_argument(call, 1, kSpatial, 0, 1);
  if (!size) return Failure(size.error());
  const auto windows = adaptive_windows(call, *image, *size);
  if (!windows) return Failure(windows.error());
  return write_maxima(call, self, *image, *windows, call.out(0), call.out(1));
}

// Where windows of `kernel` begin so that the last one ends with the image; the sample says how the steps fall. As
// PyTorch computes it, in the compute type.
template <class C>
std::vector<Window> fractional_windows(std::int64_t size, std::int64_t count, std::int64_t kernel, C sample) {
  std::vector<Window> windows;
  const C step = count > 1 ? static_cast<C>(size - kernel) / static_cast<C>(count - 1) : C(0);
  const std::int64_t origin = to_int64(static_cast<double>(sample * step));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = to_int64(static_cast<double>((static_cast<C>(i) + sample) * step));
    // Samples outside [0, 1) must not lead outside the image.
    const std::int64_t begin = std::clamp<std::int64_t>(minus(at, origin), 0, size - kernel);
    windows.push_back({i + 1 == count ? size - kernel : begin, kernel, 1});
  }
  return windows;
}

template <std::size_t kSpatial>
Result<> fractional_max_pool(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor samples = call.tensor(3);
  Tensor& out = call.out(0);
  Tensor& indices = call.out(1);
  auto image = filled_image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  if (image->plane() > kMostPixels) return call.fail(ErrorCode::Limit, "an image of more than 2^31 - 1 pixels");
  const auto kernel = spatial_argument(call, 1, kSpatial, 1, 1);
  if (!kernel) return Failure(kernel.error());
  const auto size = spatial_argument(call, 2, kSpatial, 1, 1);
  if (!size) return Failure(size.error());
  for (std::size_t i = 0; i < 3; ++i) {
    if ((*size)[i] + (*kernel)[i] - 1 <= image->size[i]) continue;
    return call.fail(ErrorCode::Mismatch, "an output of " + std::to_string((*size)[i]) + " and a kernel of " +
                                              std::to_string((*kernel)[i]) + " for a size of " +
                                              std::to_string(image->size[i]));
  }
  // There may be samples for more images than there are.
  const Sizes& given = samples.sizes;
  if (given.size() != 3 || given[0] < image->batch || given[1] != image->channels ||
      given[2] != static_cast<std::int64_t>(kSpatial) || samples.dtype != self.dtype) {
    return call.fail(ErrorCode::Mismatch, "random_samples are " + dtype_name(samples.dtype) + " " +
                                              shape_text(samples.sizes.span()) + " for an input of shape " +
                                              shape_text(self.sizes.span()));
  }
  if (indices.dtype != ScalarType::Long) return unsupported_dtype(call, indices.dtype);
  image->interleaved = false;  // every plane has windows of its own
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    const Image result = image->with(*size);
    PTETOOL_CHECK(prepare_image(call, out, result));
    PTETOOL_CHECK(prepare_image(call, indices, result));
    const auto in = Numbers::read(call, self, image->order());
    if (!in) return Failure(in.error());
    const auto random = Numbers::read(call, samples, contiguous_order(3));
    if (!random) return Failure(random.error());
    const auto values = Target::open(call, out, self.dtype, image->order());
    if (!values) return Failure(values.error());
    const auto places = Target::open(call, indices, ScalarType::Long, image->order());
    if (!places) return Failure(places.error());
    Image plane = *image;
    plane.batch = plane.channels = 1;
    call.parallel(image->planes(), image->plane(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) {
        Windows windows;
        for (std::size_t i = 0; i < 3; ++i) {
          // Samples are those of depth, width, height, or of width, height; a dimension that is absent has one window.
          constexpr std::size_t kOrder[2][3] = {{0, 1, 0}, {0, 1, 2}};
          const bool absent = i + kSpatial < 3;
          const std::size_t which = kSpatial == 2 ? kOrder[0][i] : kOrder[1][i];
          const C sample =
              absent
                  ? C(0)
                  : random
                        ->template as<C>()[p * static_cast<std::int64_t>(kSpatial) + static_cast<std::int64_t>(which)];
          windows.of[i] = fractional_windows(image->size[i], (*size)[i], (*kernel)[i], sample);
        }
        Maxima<C> row(plane, windows);
        for (std::int64_t r = 0; r < (*size)[0] * (*size)[1]; ++r) {
          row.row(r, in->template as<C>() + p * image->plane(), values->template as<C>() + p * result.plane(),
                  places->template as<std::int64_t>() + p * result.plane());
        }
      }
    });
    PTETOOL_CHECK(values->finish(call));
    return places->finish(call);
  });
}

constexpr Operator kRows[] = {
    {"aten::adaptive_avg_pool1d.out(Tensor self, int[1] output_size, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool<1>},
    {"aten::adaptive_avg_pool2d.out(Tensor self, SymInt[2] output_size, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool<2>},
    {"aten::adaptive_avg_pool3d.out(Tensor self, SymInt[3] output_size, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool<3>},
    {"aten::_adaptive_avg_pool2d.out(Tensor self, SymInt[2] output_size, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool<2>},
    {"aten::_adaptive_avg_pool3d.out(Tensor self, SymInt[3] output_size, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool<3>},
    {"aten::adaptive_max_pool2d.out(Tensor self, int[2] output_size, *, Tensor(a!) out, Tensor(b!) indices) -> "
     "(Tensor(a!), Tensor(b!))",
     adaptive_max_pool<2>},
    {"aten::adaptive_max_pool3d.out(Tensor self, int[3] output_size, *, Tensor(a!) out, Tensor(b!) indices) -> "
     "(Tensor(a!), Tensor(b!))",
     adaptive_max_pool<3>},
    {"aten::fractional_max_pool2d.output(Tensor self, int[2] kernel_size, int[2] output_size, Tensor random_samples, "
     "*, Tensor(a!) output, Tensor(b!) indices) -> (Tensor(a!), Tensor(b!))",
     fractional_max_pool<2>},
    {"aten::fractional_max_pool3d.output(Tensor self, int[3] kernel_size, int[3] output_size, Tensor random_samples, "
     "*, Tensor(a!) output, Tensor(b!) indices) -> (Tensor(a!), Tensor(b!))",
     fractional_max_pool<3>},
};

}  // namespace

std::span<const Operator> adaptive_pool_operators() { return kRows; }

}  // namespace ptetool::ops
