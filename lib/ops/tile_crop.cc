// preprocess::tile_crop: an image [C, H, W] cut into square tiles [n, C, size, size], row by row.
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> tile_crop(Call& call) {
  const Tensor image = call.tensor(0);
  const std::int64_t size = call.integer(1);
  Tensor& out = call.out();
  if (image.rank() != 3) return call.fail(ErrorCode::Mismatch, "the input is no image of rank 3");
  if (size <= 0 || image.sizes[1] % size != 0 || image.sizes[2] % size != 0) {
    return call.fail(ErrorCode::Mismatch, "an image of shape " + shape_text(image.sizes.span()) +
                                              " cannot be cut into tiles of " + std::to_string(size));
  }
  const std::int64_t down = image.sizes[1] / size;
  const std::int64_t across = image.sizes[2] / size;
  PTETOOL_CHECK(prepare(call, out, Sizes{down * across, image.sizes[0], size, size}));
  // Both sides as [down, across, C, size, size].
  View from(image);
  from.sizes = {down, across, image.sizes[0], size, size};
  from.strides = {image.strides[1] * size, image.strides[2] * size, image.strides[0], image.strides[1],
                  image.strides[2]};
  View to(out);
  to.sizes = from.sizes;
  to.strides = {out.strides[0] * across, out.strides[0], out.strides[1], out.strides[2], out.strides[3]};
  return copy_view(call, from, to);
}

constexpr Operator kRows[] = {
    {"preprocess::tile_crop.out(Tensor input, int tile_size, *, Tensor(a!) out) -> Tensor(a!)", tile_crop},
};

}  // namespace

std::span<const Operator> tile_crop_operators() { return kRows; }

}  // namespace ptetool::ops
