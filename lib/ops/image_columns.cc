// im2col and col2im: the patches of an image as columns, and columns added up where their patches lie.
#include "ops/images.h"
#include "ops/pointwise.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Two spatial dimensions; patches begin at each of `count` positions.
struct Patches {
  Spatial kernel, stride, padding, dilation, count;
};

// kernel_size, dilation, padding and stride from argument `at` on.
Result<Patches> patches_of(const Call& call, std::size_t at, const Image& image) {
  const auto kernel = spatial_argument(call, at, 2, 1, 1);
  if (!kernel) return Failure(kernel.error());
  const auto dilation = spatial_argument(call, at + 1, 2, 1, 1);
  if (!dilation) return Failure(dilation.error());
  const auto padding = spatial_argument(call, at + 2, 2, 0, 0);
  if (!padding) return Failure(padding.error());
  const auto stride = spatial_argument(call, at + 3, 2, 1, 1);
  if (!stride) return Failure(stride.error());
  Patches patches{*kernel, *stride, *padding, *dilation, {1, 1, 1}};
  for (std::size_t i = 1; i < 3; ++i) {
    const std::int64_t room = image.size[i] + 2 * (*padding)[i] - ((*dilation)[i] * ((*kernel)[i] - 1) + 1);
    if (room < 0) {
      return call.fail(ErrorCode::Mismatch, "a kernel of " + std::to_string((*kernel)[i]) +
                                                " does not fit into a size of " + std::to_string(image.size[i]));
    }
    patches.count[i] = room / (*stride)[i] + 1;
  }
  return patches;
}

// Calls f(column, pixel) for what of a channel lies inside: places in [taps, positions] and in the plane.
template <class F>
void each_inside(const Patches& p, const Image& image, const F& f) {
  for (std::int64_t i = 0; i < p.kernel[1]; ++i) {
    for (std::int64_t j = 0; j < p.kernel[2]; ++j) {
      for (std::int64_t h = 0; h < p.count[1]; ++h) {
        const std::int64_t y = h * p.stride[1] - p.padding[1] + i * p.dilation[1];
        if (y < 0 || y >= image.size[1]) continue;
        for (std::int64_t w = 0; w < p.count[2]; ++w) {
          const std::int64_t x = w * p.stride[2] - p.padding[2] + j * p.dilation[2];
          if (x < 0 || x >= image.size[2]) continue;
          f(((i * p.kernel[2] + j) * p.count[1] + h) * p.count[2] + w, y * image.size[2] + x);
        }
      }
    }
  }
}

// The sizes of the columns of an image: [batch, channels taps, positions].
std::optional<Sizes> column_sizes(const Image& image, const Patches& p) {
  const Sizes taps = {image.channels, p.kernel[1], p.kernel[2]};
  const auto rows = checked_numel(taps.span());
  if (!rows) return std::nullopt;
  Sizes sizes;
  if (image.batched) sizes.push_back(image.batch);
  sizes.push_back(*rows);
  sizes.push_back(p.count[1] * p.count[2]);
  if (!checked_numel(sizes.span())) return std::nullopt;
  return sizes;
}

Result<> im2col(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  auto image = filled_image_of(call, self, 2);
  if (!image) return forward_error(std::move(image));
  image->interleaved = false;
  const auto patches = patches_of(call, 1, *image);
  if (!patches) return Failure(patches.error());
  const auto sizes = column_sizes(*image, *patches);
  if (!sizes) return call.fail(ErrorCode::Limit, "the result is too large");
  return with_compute_type<kNumbers>(call, self.dtype, [&]<class C>() -> Result<> {
    PTETOOL_CHECK(prepare(call, out, *sizes));
    const auto in = Numbers::read(call, self, image->order());
    if (!in) return Failure(in.error());
    const auto target = Target::open(call, out, self.dtype, contiguous_order(sizes->size()));
    if (!target) return Failure(target.error());
    const std::int64_t each = out.numel() / std::max<std::int64_t>(image->planes(), 1);
    call.parallel(image->planes(), each * 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t plane = begin; plane < end; ++plane) {
        const C* from = in->template as<C>() + plane * image->plane();
        C* to = target->template as<C>() + plane * each;
        std::fill_n(to, each, C{});
        each_inside(*patches, *image, [&](std::int64_t column, std::int64_t pixel) { to[column] = from[pixel]; });
      }
    });
    return target->finish(call);
  });
}

Result<> col2im(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto size = spatial_argument(call, 1, 2, 1, 1);
  if (!size) return Failure(size.error());
  Image image;
  image.size = *size;
  image.batched = self.rank() == 3;
  const auto patches = patches_of(call, 2, image);
  if (!patches) return Failure(patches.error());
  const std::int64_t taps = patches->kernel[1] * patches->kernel[2];
  if (self.rank() == 2 || self.rank() == 3) {
    image.channels = self.sizes[self.rank() - 2] / taps;
    if (image.batched) image.batch = self.sizes[0];
  }
  const auto sizes = column_sizes(image, *patches);
  if (!sizes || !(*sizes == self.sizes) || image.channels == 0) {
    return call.fail(ErrorCode::Mismatch, "columns of shape " + shape_text(self.sizes.span()) + " for " +
                                              counted(static_cast<std::uint64_t>(taps), "tap") + " at " +
                                              std::to_string(patches->count[1] * patches->count[2]) + " positions");
  }
  return with_compute_type<kNumbers>(call, self.dtype, [&]<class C>() -> Result<> {
    PTETOOL_CHECK(prepare_image(call, out, image));
    const auto in = Numbers::read(call, self, contiguous_order(self.rank()));
    if (!in) return Failure(in.error());
    const auto target = Target::open(call, out, self.dtype, image.order());
    if (!target) return Failure(target.error());
    const std::int64_t each = self.numel() / std::max<std::int64_t>(image.planes(), 1);
    call.parallel(image.planes(), each * 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t plane = begin; plane < end; ++plane) {
        const C* from = in->template as<C>() + plane * each;
        C* to = target->template as<C>() + plane * image.plane();
        std::fill_n(to, image.plane(), C{});
        each_inside(*patches, image,
                    [&](std::int64_t column, std::int64_t pixel) { to[pixel] = plus(to[pixel], from[column]); });
      }
    });
    return target->finish(call);
  });
}

constexpr Operator kRows[] = {
    {"aten::im2col.out(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     im2col},
    {"aten::col2im.out(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, "
     "int[2] stride, *, Tensor(a!) out) -> Tensor(a!)",
     col2im},
};

}  // namespace

std::span<const Operator> image_column_operators() { return kRows; }

}  // namespace ptetool::ops
