// cortex_m: pooling of int8 images, channels last.
#include <cmath>

#include "ops/cortex_m.h"
#include "ops/pool_average.h"
#include "ops/quantize.h"
#include "ops/view.h"

namespace ptetool::ops {

namespace {

struct Pool {
  Image image;
  Windows windows;
};
// kernel_size, stride and padding at arguments 1 to 3.
Result<Pool> pool_of(Call& call, bool ceil_mode) {
  PTETOOL_CHECK(check_bytes(call, 0, 4));
  auto image = filled_image_of(call, call.tensor(0), 2);
  if (!image) return forward_error(std::move(image));
  image->interleaved = true;
  auto arguments = pool_arguments(call, 1, 2);
  if (!arguments) return forward_error(std::move(arguments));
  arguments->count_include_pad = false;
  arguments->ceil_mode = ceil_mode;
  auto windows = plain_windows(call, *image, *arguments);
  if (!windows) return forward_error(std::move(windows));
  PTETOOL_CHECK(prepare_image(call, call.out(), image->with(windows->extents())));
  return Pool{*image, std::move(*windows)};
}

}  // namespace

// Averages of real numbers, as in the reference, that are quantised again. Releases after 1.4 write ceil_mode before
// the zero point; before, what follows is one argument earlier.
Result<> cortex_m_average_pool(Call& call) {
  const bool later = !call.is_none(8);
  const std::size_t at = later ? 5 : 4;
  for (std::size_t i = at; i < at + 3; ++i) {
    if (std::holds_alternative<std::int64_t>(call.value(i))) continue;
    return call.fail(ErrorCode::Mismatch, "the zero point, the multiplier and the shift are integers");
  }
  const auto pool = pool_of(call, later && call.scalar(4).as_double() != 0);
  if (!pool) return Failure(pool.error());
  const std::int64_t zero_point = call.integer(at), shift = call.integer(at + 2);
  const auto scale = static_cast<float>(std::ldexp(static_cast<double>(call.integer(at + 1)),
                                                   static_cast<int>(std::clamp<std::int64_t>(shift, -999, 999)) - 31));
  const auto bytes = dense(call, call.tensor(0), *channels_last_order(4));
  if (!bytes) return Failure(bytes.error());
  std::vector<float> numbers(static_cast<std::size_t>(pool->image.numel()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = (static_cast<float>(bytes->tensor.as<std::int8_t>()[i]) - static_cast<float>(zero_point)) * scale;
  }
  auto result = allocate_tensor(ScalarType::Char, call.out().sizes);
  if (!result) return call.fail(result.error().code, result.error().message);
  result->tensor.strides = strides_of(call.out().sizes, *channels_last_order(4));
  std::vector<float> averages(static_cast<std::size_t>(call.out().numel()));
  average<float>(call, pool->image, pool->windows, 0, numbers.data(), averages.data());
  for (std::size_t i = 0; i < averages.size(); ++i) {
    const float moved = round_even(averages[i] / scale) + static_cast<float>(zero_point);
    result->tensor.as<std::int8_t>()[i] = static_cast<std::int8_t>(moved > -128 ? std::min(moved, 127.0f) : -128.0f);
  }
  return copy_view(call, View(result->tensor), View(call.out()));
}

Result<> cortex_m_max_pool(Call& call) {
  const auto pool = pool_of(call, false);
  if (!pool) return Failure(pool.error());
  const auto dilation = spatial_argument(call, 4, 2, 1, 1);
  if (!dilation) return Failure(dilation.error());
  if (call.boolean(5) || *dilation != Spatial{1, 1, 1} || call.integer(6) != call.integer(7)) {
    return call.fail(ErrorCode::Unsupported, "computes without ceil_mode, dilation or a change of the zero point only");
  }
  const std::int64_t low = call.integer(8), high = call.integer(9);
  const Tensor& input = call.tensor(0);
  const auto* bytes = input.as<std::int8_t>();
  Tensor& out = call.out();
  const auto place = [](const Tensor& t, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    return n * t.strides[0] + c * t.strides[1] + y * t.strides[2] + x * t.strides[3];
  };
  call.parallel(pool->image.planes(), pool->image.plane(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const std::int64_t n = plane / pool->image.channels, c = plane % pool->image.channels;
      for (std::int64_t y = 0; y < out.sizes[2]; ++y) {
        const Window& v = pool->windows.of[1][static_cast<std::size_t>(y)];
        for (std::int64_t x = 0; x < out.sizes[3]; ++x) {
          const Window& h = pool->windows.of[2][static_cast<std::size_t>(x)];
          std::int64_t largest = -128;
          for (std::int64_t i = 0; i < v.count; ++i) {
            for (std::int64_t j = 0; j < h.count; ++j) {
              largest = std::max<std::int64_t>(largest, bytes[place(input, n, c, v.begin + i, h.begin + j)]);
            }
          }
          out.as<std::int8_t>()[place(out, n, c, y, x)] =
              static_cast<std::int8_t>(std::min(std::max(largest, low), high));
        }
      }
    }
  });
  return {};
}

}  // namespace ptetool::ops
