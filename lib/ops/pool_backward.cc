// Gradients of pooling, and its inverse: what flows into a window is spread over it, or goes back to where its maximum
// was. Planes are independent; within one, sums are made in the order of the windows.
#include <vector>

#include "ops/pool_windows.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// One plane after the other: f(gradient of the result, gradient of the input), the second one all 0 at first.
template <class C, class F>
Result<> each_plane(const Call& call, const Tensor& gradient, const Image& from, const Image& image, ScalarType dtype,
                    Tensor& out, const F& f) {
  Image planar = image, planar_from = from;
  planar.interleaved = planar_from.interleaved = false;
  PTETOOL_CHECK(prepare_image(call, out, image));
  const auto in = Numbers::read(call, gradient, planar_from.order());
  if (!in) return Failure(in.error());
  const auto target = Target::open(call, out, dtype, planar.order());
  if (!target) return Failure(target.error());
  call.parallel(image.planes(), image.plane() + from.plane(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      C* to = target->template as<C>() + p * image.plane();
      std::fill_n(to, image.plane(), C{});
      f(p, in->template as<C>() + p * from.plane(), to);
    }
  });
  return target->finish(call);
}

// The gradient of the result must have the shape of the result.
Result<Image> gradient_image(const Call& call, const Tensor& gradient, const Image& result) {
  if (gradient.sizes == result.sizes()) return image_of(call, gradient, result.spatial);
  return call.fail(ErrorCode::Mismatch, "grad_output has the shape " + shape_text(gradient.sizes.span()) +
                                            ", expected is " + shape_text(result.sizes().span()));
}

Result<> spread(Call& call, const Image& image, const Windows& windows, std::int64_t divisor) {
  const Tensor gradient = call.tensor(0);
  const Tensor self = call.tensor(1);
  PTETOOL_CHECK(same_dtype(call, gradient, "grad_output", self, "self"));
  const Image result = image.with(windows.extents());
  const auto from = gradient_image(call, gradient, result);
  if (!from) return Failure(from.error());
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    return each_plane<C>(call, gradient, *from, image, self.dtype, call.out(), [&](std::int64_t, const C* in, C* out) {
      for (const Window& d : windows.of[0]) {
        for (const Window& h : windows.of[1]) {
          for (const Window& w : windows.of[2]) {
            const std::int64_t by = divisor != 0 ? divisor : d.divisor * h.divisor * w.divisor;
            const C part = *in++ / static_cast<C>(by);
            for (std::int64_t i = d.begin; i < d.begin + d.count; ++i) {
              for (std::int64_t j = h.begin; j < h.begin + h.count; ++j) {
                C* row = out + (i * image.size[1] + j) * image.size[2];
                for (std::int64_t k = w.begin; k < w.begin + w.count; ++k) row[k] += part;
              }
            }
          }
        }
      }
    });
  });
}

template <std::size_t kSpatial>
Result<> avg_pool_backward(Call& call) {
  const auto image = filled_image_of(call, call.tensor(1), kSpatial);
  if (!image) return Failure(image.error());
  auto pool = pool_arguments(call, 2, kSpatial);
  if (!pool) return forward_error(std::move(pool));
  pool->ceil_mode = call.boolean(5);
  pool->count_include_pad = call.boolean(6);
  const std::int64_t divisor = call.is_none(7) ? 0 : call.integer(7);
  if (!call.is_none(7) && divisor == 0) return call.fail(ErrorCode::Mismatch, "divisor_override is 0");
  const auto windows = plain_windows(call, *image, *pool);
  if (!windows) return Failure(windows.error());
  return spread(call, *image, *windows, divisor);
}

template <std::size_t kSpatial>
Result<> adaptive_avg_pool_backward(Call& call) {
  const auto image = filled_image_of(call, call.tensor(1), kSpatial);
  if (!image) return Failure(image.error());
  const auto result = image_of(call, call.tensor(0), kSpatial);
  if (!result) return Failure(result.error());
  const auto windows = adaptive_windows(call, *image, result->size);
  if (!windows) return Failure(windows.error());
  return spread(call, *image, *windows, 0);
}

// Every number of `from` goes to the index of its plane that `indices` names; numbers that meet are added up, or the
// last one stays.
Result<> scatter(Call& call, const Tensor& values, const Image& from, const Tensor& indices, const Image& image,
                 bool adds) {
  if (indices.dtype != ScalarType::Long) return unsupported_dtype(call, indices.dtype);
  if (!(indices.sizes == values.sizes)) {
    return call.fail(ErrorCode::Mismatch, "indices have the shape " + shape_text(indices.sizes.span()) +
                                              ", the values " + shape_text(values.sizes.span()));
  }
  Image planar = from;
  planar.interleaved = false;
  const auto places = Numbers::read(call, indices, planar.order());
  if (!places) return Failure(places.error());
  const auto* place = places->as<std::int64_t>();
  for (std::int64_t i = 0; i < from.numel(); ++i) {
    if (place[i] >= 0 && place[i] < image.plane()) continue;
    return call.fail(ErrorCode::Mismatch, "index " + std::to_string(place[i]) + " into a plane of " +
                                              counted(static_cast<std::uint64_t>(image.plane()), "element"));
  }
  return with_compute_type<kFloats>(call, values.dtype, [&]<class C>() -> Result<> {
    return each_plane<C>(call, values, from, image, values.dtype, call.out(),
                         [&](std::int64_t plane, const C* in, C* out) {
                           const std::int64_t* to = place + plane * from.plane();
                           for (std::int64_t i = 0; i < from.plane(); ++i) {
                             out[to[i]] = adds ? out[to[i]] + in[i] : in[i];
                           }
                         });
  });
}

template <std::size_t kSpatial>
Result<> max_pool_backward(Call& call) {
  const auto image = filled_image_of(call, call.tensor(1), kSpatial);
  if (!image) return Failure(image.error());
  auto pool = pool_arguments(call, 2, kSpatial);
  if (!pool) return forward_error(std::move(pool));
  const auto dilation = spatial_argument(call, 5, kSpatial, 1, 1);
  if (!dilation) return Failure(dilation.error());
  pool->dilation = *dilation;
  pool->ceil_mode = call.boolean(6);
  const auto windows = plain_windows(call, *image, *pool);
  if (!windows) return Failure(windows.error());
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "grad_output", call.tensor(1), "self"));
  const auto from = gradient_image(call, call.tensor(0), image->with(windows->extents()));
  if (!from) return Failure(from.error());
  return scatter(call, Tensor(call.tensor(0)), *from, Tensor(call.tensor(7)), *image, true);
}

// Adaptive and fractional pooling: the windows do not matter.
template <std::size_t kSpatial, std::size_t kIndices>
Result<> any_max_pool_backward(Call& call) {
  const auto image = filled_image_of(call, call.tensor(1), kSpatial);
  if (!image) return Failure(image.error());
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "grad_output", call.tensor(1), "self"));
  const auto from = image_of(call, call.tensor(0), kSpatial);
  if (!from) return Failure(from.error());
  const auto expected = gradient_image(call, call.tensor(0), image->with(from->size));
  if (!expected) return Failure(expected.error());
  return scatter(call, Tensor(call.tensor(0)), *from, Tensor(call.tensor(kIndices)), *image, true);
}

template <std::size_t kSpatial>
Result<> max_unpool(Call& call) {
  const auto from = image_of(call, call.tensor(0), kSpatial);
  if (!from) return Failure(from.error());
  const auto size = spatial_argument(call, 2, kSpatial, 1, 1);
  if (!size) return Failure(size.error());
  const Image image = from->with(*size);
  if (!checked_numel(image.sizes().span())) return call.fail(ErrorCode::Limit, "the result is too large");
  return scatter(call, Tensor(call.tensor(0)), *from, Tensor(call.tensor(1)), image, false);
}

constexpr Operator kRows[] = {
    {"aten::avg_pool2d_backward.grad_input(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] "
     "padding, bool ceil_mode, bool count_include_pad, int? divisor_override, *, Tensor(a!) grad_input) -> Tensor(a!)",
     avg_pool_backward<2>},
    {"aten::avg_pool3d_backward.grad_input(Tensor grad_output, Tensor self, int[3] kernel_size, int[3] stride, int[3] "
     "padding, bool ceil_mode, bool count_include_pad, int? divisor_override, *, Tensor(a!) grad_input) -> Tensor(a!)",
     avg_pool_backward<3>},
    {"aten::_adaptive_avg_pool2d_backward.out(Tensor grad_output, Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool_backward<2>},
    {"aten::_adaptive_avg_pool3d_backward.out(Tensor grad_output, Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     adaptive_avg_pool_backward<3>},
    {"aten::max_pool2d_with_indices_backward.grad_input(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] "
     "stride, int[2] padding, int[2] dilation, bool ceil_mode, Tensor indices, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     max_pool_backward<2>},
    {"aten::max_pool3d_with_indices_backward.grad_input(Tensor grad_output, Tensor self, int[3] kernel_size, int[3] "
     "stride, int[3] padding, int[3] dilation, bool ceil_mode, Tensor indices, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     max_pool_backward<3>},
    {"aten::adaptive_max_pool2d_backward.grad_input(Tensor grad_output, Tensor self, Tensor indices, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     any_max_pool_backward<2, 2>},
    {"aten::adaptive_max_pool3d_backward.grad_input(Tensor grad_output, Tensor self, Tensor indices, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     any_max_pool_backward<3, 2>},
    {"aten::fractional_max_pool2d_backward.grad_input(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] "
     "output_size, Tensor indices, *, Tensor(a!) grad_input) -> Tensor(a!)",
     any_max_pool_backward<2, 4>},
    {"aten::fractional_max_pool3d_backward.grad_input(Tensor grad_output, Tensor self, int[3] kernel_size, int[3] "
     "output_size, Tensor indices, *, Tensor(a!) grad_input) -> Tensor(a!)",
     any_max_pool_backward<3, 4>},
    {"aten::max_unpool2d.out(Tensor self, Tensor indices, SymInt[2] output_size, *, Tensor(a!) out) -> Tensor(a!)",
     max_unpool<2>},
    {"aten::max_unpool3d.out(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     max_unpool<3>},
};

}  // namespace

std::span<const Operator> pool_backward_operators() { return kRows; }

}  // namespace ptetool::ops
