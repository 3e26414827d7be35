// Which windows a pooling operator looks through.
#include "ops/pool_windows.h"

namespace ptetool::ops {

namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Positions of one dimension; empty if there are none.
std::vector<Window> windows_along(std::int64_t size, std::size_t i, const PoolArguments& pool) {
  const std::int64_t kernel = pool.kernel[i], stride = pool.stride[i], padding = pool.padding[i];
  const std::int64_t dilation = pool.dilation[i];
  const std::int64_t reach = dilation * (kernel - 1) + 1;
  const std::int64_t room = size + 2 * padding - reach;
  if (room < 0 && !(pool.ceil_mode && room + stride - 1 >= 0)) return {};
  std::int64_t count = (room + (pool.ceil_mode ? stride - 1 : 0)) / stride + 1;
  // The last window must begin inside the image or the padding before it.
  if (pool.ceil_mode && (count - 1) * stride >= size + padding) --count;
  std::vector<Window> windows(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  for (std::int64_t o = 0; o < count; ++o) {
    const std::int64_t start = o * stride - padding;
    const std::int64_t skipped = start < 0 ? divide_up(-start, dilation) : 0;
    const std::int64_t begin = start + skipped * dilation;
    const std::int64_t inside = begin < size ? divide_up(size - begin, dilation) : 0;
    const std::int64_t taken = std::max<std::int64_t>(std::min(kernel - skipped, inside), 0);
    const std::int64_t padded = std::min(start + kernel, size + padding) - start;
    windows[static_cast<std::size_t>(o)] = {begin, taken,
                                            pool.count_include_pad ? padded : std::max<std::int64_t>(taken, 1)};
  }
  return windows;
}

}  // namespace

Spatial Windows::extents() const {
  return {static_cast<std::int64_t>(of[0].size()), static_cast<std::int64_t>(of[1].size()),
          static_cast<std::int64_t>(of[2].size())};
}

std::int64_t Windows::row_cost(const Image& image) const {
  const auto most = [](const std::vector<Window>& windows) {
    std::int64_t count = 1;
    for (const Window& window : windows) count = std::max(count, window.count);
    return count;
  };
  // Bounded, so that the product is.
  const auto some = [](std::int64_t number) { return std::min(number, std::int64_t{1} << 20); };
  const std::int64_t columns = most(of[2]) * static_cast<std::int64_t>(of[2].size());
  const std::int64_t lanes = image.interleaved ? std::min(image.channels, std::int64_t{1} << 16) : 1;
  return (some(most(of[0]) * most(of[1])) * some(image.size[2]) + some(columns)) * lanes;
}

Result<PoolArguments> pool_arguments(const Call& call, std::size_t at, std::size_t spatial) {
  PoolArguments pool;
  const auto kernel = spatial_argument(call, at, spatial, 1, 1);
  if (!kernel) return Failure(kernel.error());
  const auto stride = call.integers(at + 1).empty() ? kernel : spatial_argument(call, at + 1, spatial, 1, 1);
  if (!stride) return Failure(stride.error());
  const auto padding = spatial_argument(call, at + 2, spatial, 0, 0);
  if (!padding) return Failure(padding.error());
  pool.kernel = *kernel;
  pool.stride = *stride;
  pool.padding = *padding;
  return pool;
}

Result<Windows> plain_windows(const Call& call, const Image& image, const PoolArguments& pool) {
  Windows windows;
  windows.step = pool.dilation;
  for (std::size_t i = 0; i < 3; ++i) {
    if (pool.padding[i] > (pool.dilation[i] * (pool.kernel[i] - 1) + 1) / 2) {
      return call.fail(ErrorCode::Mismatch, "padding " + std::to_string(pool.padding[i]) +
                                                " is more than half of the kernel of " +
                                                std::to_string(pool.kernel[i]));
    }
    // A table of positions stands for as many elements of the result: it is no larger than what the out can hold.
    const std::int64_t most = (image.size[i] + 2 * pool.padding[i]) / pool.stride[i] + 2;
    if (most > (std::int64_t{1} << 26)) return call.fail(ErrorCode::Limit, "a result of too many rows");
    windows.of[i] = windows_along(image.size[i], i, pool);
    if (windows.of[i].empty()) {
      return call.fail(ErrorCode::Mismatch, "a kernel of " + std::to_string(pool.kernel[i]) +
                                                " does not fit into a size of " + std::to_string(image.size[i]));
    }
  }
  return windows;
}

Result<Windows> adaptive_windows(const Call& call, const Image& image, const Spatial& size) {
  Windows windows;
  for (std::size_t i = 0; i < 3; ++i) {
    if (size[i] > (std::int64_t{1} << 26)) return call.fail(ErrorCode::Limit, "a result of too many rows");
    for (std::int64_t o = 0; o < size[i]; ++o) {
      const std::int64_t begin = o * image.size[i] / size[i];
      const std::int64_t end = divide_up((o + 1) * image.size[i], size[i]);
      windows.of[i].push_back({begin, end - begin, end - begin});
    }
  }
  return windows;
}

Result<> write_maxima(const Call& call, const Tensor& self, const Image& image, const Windows& windows, Tensor& out,
                      Tensor& indices) {
  if (indices.dtype != ScalarType::Long) return unsupported_dtype(call, indices.dtype);
  return with_compute_type<kReals>(call, self.dtype, [&]<class C>() -> Result<> {
    const Image result = image.with(windows.extents());
    PTETOOL_CHECK(prepare_image(call, out, result));
    PTETOOL_CHECK(prepare_image(call, indices, result));
    const auto in = Numbers::read(call, self, image.order());
    if (!in) return Failure(in.error());
    const auto values = Target::open(call, out, self.dtype, image.order());
    if (!values) return Failure(values.error());
    const auto places = Target::open(call, indices, ScalarType::Long, image.order());
    if (!places) return Failure(places.error());
    maxima<C>(call, image, windows, in->template as<C>(), values->template as<C>(),
              places->template as<std::int64_t>());
    PTETOOL_CHECK(values->finish(call));
    return places->finish(call);
  });
}

}  // namespace ptetool::ops
