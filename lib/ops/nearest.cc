// Resizing to the nearest neighbour. Positions are computed in float, as PyTorch does it for every dtype.
#include <cmath>

#include "ops/gather_image.h"
#include "ops/resize.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Where position `at` of the result comes from.
std::int64_t nearest(std::int64_t at, std::int64_t size, float scale, bool exact) {
  const float source = (static_cast<float>(at) + (exact ? 0.5f : 0.0f)) * scale;
  return std::clamp<std::int64_t>(to_int64(static_cast<double>(std::floor(source))), 0, size - 1);
}

Result<> resize_nearest(Call& call, const Image& image, const ResizeArguments& to, bool exact) {
  Positions positions;
  for (std::size_t i = 0; i < 3; ++i) {
    auto along = nearest_positions(call, to, i, image.size[i], exact);
    if (!along) return forward_error(std::move(along));
    positions[i] = std::move(*along);
  }
  return gather_image(call, call.tensor(0), image, positions, call.out());
}

template <std::size_t kSpatial, bool kExact>
Result<> upsample_nearest(Call& call) {
  const auto image = filled_image_of(call, call.tensor(0), kSpatial);
  if (!image) return Failure(image.error());
  const auto to = resize_arguments(call, kSpatial, 1, 2);
  if (!to) return Failure(to.error());
  return resize_nearest(call, *image, *to, kExact);
}

Result<> upsample_nearest2d_vec(Call& call) {
  const auto image = filled_image_of(call, call.tensor(0), 2);
  if (!image) return Failure(image.error());
  const auto to = resize_arguments_vec(call, *image, 1, 2);
  if (!to) return Failure(to.error());
  return resize_nearest(call, *image, *to, false);
}

constexpr Operator kRows[] = {
    {"aten::upsample_nearest1d.out(Tensor self, SymInt[1] output_size, float? scales=None, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     upsample_nearest<1, false>},
    {"aten::upsample_nearest2d.out(Tensor self, SymInt[2] output_size, float? scales_h=None, float? scales_w=None, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     upsample_nearest<2, false>},
    {"aten::upsample_nearest3d.out(Tensor self, SymInt[3] output_size, float? scales_d=None, float? scales_h=None, "
     "float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample_nearest<3, false>},
    {"aten::_upsample_nearest_exact1d.out(Tensor self, SymInt[1] output_size, float? scales=None, *, Tensor(a!) out) "
     "-> Tensor(a!)",
     upsample_nearest<1, true>},
    {"aten::_upsample_nearest_exact2d.out(Tensor self, SymInt[2] output_size, float? scales_h=None, float? "
     "scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample_nearest<2, true>},
    {"aten::_upsample_nearest_exact3d.out(Tensor self, SymInt[3] output_size, float? scales_d=None, float? "
     "scales_h=None, float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample_nearest<3, true>},
    {"aten::upsample_nearest2d.vec_out(Tensor input, SymInt[]? output_size, float[]? scale_factors, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     upsample_nearest2d_vec},
};

}  // namespace

Result<std::vector<std::int64_t>> nearest_positions(const Call& call, const ResizeArguments& to, std::size_t i,
                                                    std::int64_t from, bool exact) {
  PTETOOL_CHECK(check_extent(call, to.size[i]));
  const float scale = to.scale<float>(i, from);
  std::vector<std::int64_t> positions;
  for (std::int64_t at = 0; at < to.size[i]; ++at) {
    // Without rounding where there is nothing to round.
    positions.push_back(to.size[i] == from                 ? at
                        : to.size[i] == 2 * from && !exact ? at / 2
                                                           : nearest(at, from, scale, exact));
  }
  return positions;
}

std::span<const Operator> nearest_operators() { return kRows; }

}  // namespace ptetool::ops
