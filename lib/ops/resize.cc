// The arguments of resizing operators.
#include "ops/resize.h"

#include "ptetool/base/text.h"

namespace ptetool::ops {

Result<ResizeArguments> resize_arguments(const Call& call, std::size_t spatial, std::size_t size, std::size_t factors) {
  ResizeArguments to;
  const auto sizes = spatial_argument(call, size, spatial, 1, 1);
  if (!sizes) return Failure(sizes.error());
  to.size = *sizes;
  for (std::size_t i = 0; i < spatial; ++i) {
    if (!call.is_none(factors + i)) to.factors[3 - spatial + i] = call.real(factors + i);
  }
  return to;
}

Result<ResizeArguments> resize_arguments_vec(const Call& call, const Image& image, std::size_t size,
                                             std::size_t factors) {
  if (call.is_none(size) == call.is_none(factors)) {
    return call.fail(ErrorCode::Mismatch, "either output_size or scale_factors must be given, and not both");
  }
  ResizeArguments to;
  if (!call.is_none(size)) {
    const auto sizes = spatial_argument(call, size, 2, 1, 1);
    if (!sizes) return Failure(sizes.error());
    to.size = *sizes;
    return to;
  }
  const auto given = call.reals(factors);
  if (given.size() != 2) return call.fail(ErrorCode::Mismatch, counted(given.size(), "scale factor") + " for 2");
  for (std::size_t i = 0; i < 2; ++i) {
    const double extent = static_cast<double>(image.size[1 + i]) * given[i];
    if (!(extent >= 1) || extent > static_cast<double>(kMostExtent)) {
      return call.fail(ErrorCode::Mismatch, "scale factor " + std::to_string(given[i]) + " for a size of " +
                                                std::to_string(image.size[1 + i]));
    }
    to.size[1 + i] = static_cast<std::int64_t>(extent);
    to.factors[1 + i] = given[i];
  }
  return to;
}

}  // namespace ptetool::ops
