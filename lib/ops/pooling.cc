// Average and maximum pooling with a fixed kernel.
#include "ops/pool_average.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kAveraged = kFloats | dtype_set(ScalarType::Long);

template <std::size_t kSpatial>
Result<> avg_pool(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto image = filled_image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  auto pool = pool_arguments(call, 1, kSpatial);
  if (!pool) return forward_error(std::move(pool));
  pool->ceil_mode = call.boolean(4);
  pool->count_include_pad = call.boolean(5);
  const bool overridden = kSpatial != 1 && !call.is_none(6);
  const std::int64_t divisor = overridden ? call.integer(6) : 0;
  if (overridden && divisor == 0) return call.fail(ErrorCode::Mismatch, "divisor_override is 0");
  const auto windows = plain_windows(call, *image, *pool);
  if (!windows) return Failure(windows.error());
  return with_compute_type<kAveraged>(call, self.dtype, [&]<class C>() -> Result<> {
    PTETOOL_CHECK(prepare_image(call, out, image->with(windows->extents())));
    const auto in = Numbers::read(call, self, image->order());
    if (!in) return Failure(in.error());
    const auto target = Target::open(call, out, self.dtype, image->order());
    if (!target) return Failure(target.error());
    average<C>(call, *image, *windows, divisor, in->template as<C>(), target->template as<C>());
    return target->finish(call);
  });
}

template <std::size_t kSpatial>
Result<> max_pool(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out(0);
  Tensor& indices = call.out(1);
  const auto image = filled_image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  if (image->plane() > kMostPixels) return call.fail(ErrorCode::Limit, "an image of more than 2^31 - 1 pixels");
  auto pool = pool_arguments(call, 1, kSpatial);
  if (!pool) return forward_error(std::move(pool));
  const auto dilation = spatial_argument(call, 4, kSpatial, 1, 1);
  if (!dilation) return Failure(dilation.error());
  pool->dilation = *dilation;
  pool->ceil_mode = call.boolean(5);
  const auto windows = plain_windows(call, *image, *pool);
  if (!windows) return Failure(windows.error());
  return write_maxima(call, self, *image, *windows, out, indices);
}

constexpr Operator kRows[] = {
    {"aten::avg_pool1d.out(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, "
     "bool count_include_pad=True, *, Tensor(a!) out) -> Tensor(a!)",
     avg_pool<1>},
    {"aten::avg_pool2d.out(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool "
     "ceil_mode=False, bool count_include_pad=True, int? divisor_override=None, *, Tensor(a!) out) -> Tensor(a!)",
     avg_pool<2>},
    {"aten::avg_pool3d.out(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool "
     "ceil_mode=False, bool count_include_pad=True, int? divisor_override=None, *, Tensor(a!) out) -> Tensor(a!)",
     avg_pool<3>},
    {"aten::max_pool2d_with_indices.out(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] "
     "dilation=1, bool ceil_mode=False, *, Tensor(a!) out, Tensor(b!) indices) -> (Tensor(a!), Tensor(b!))",
     max_pool<2>},
    {"aten::max_pool3d_with_indices.out(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] "
     "dilation=1, bool ceil_mode=False, *, Tensor(a!) out, Tensor(b!) indices) -> (Tensor(a!), Tensor(b!))",
     max_pool<3>},
};

}  // namespace

std::span<const Operator> pooling_operators() { return kRows; }

}  // namespace ptetool::ops
