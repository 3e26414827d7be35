// Padding: with a constant, with the image mirrored at its edges, or with its edges repeated. Negative padding crops.
#include "ops/pad.h"
#include "ops/gather_image.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> fill(const Call& call, const Scalar& value, const View& to) {
  Block number;
  fill_block(value, to.dtype, 1, true, number);
  // One element, seen as many.
  auto element = allocate_tensor(to.dtype, {});
  if (!element) return call.fail(element.error().code, element.error().message);
  Writer(to.dtype, to.dtype).write(number.data(), element->tensor.as<std::uint8_t>(), 1, 1);
  View from(element->tensor);
  from.sizes = to.sizes;
  from.strides = Strides::filled(to.sizes.size(), 0);
  return copy_view(call, from, to);
}

Result<> constant_pad(Call& call) { return pad_with(call, call.integers(1), call.scalar(2)); }

// Where position `at` of a padded dimension comes from.
std::int64_t source(std::int64_t at, std::int64_t size, bool reflected) {
  if (!reflected) return std::clamp<std::int64_t>(at, 0, size - 1);
  return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
}

template <bool kReflected, std::size_t kSpatial>
Result<> edge_pad(Call& call) {
  const Tensor& self = call.tensor(0);
  const auto image = image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  const auto positions = padded_positions(call, *image, call.integers(1), kReflected);
  if (!positions) return Failure(positions.error());
  return gather_image(call, self, *image, *positions, call.out());
}

constexpr Operator kRows[] = {
    {"aten::constant_pad_nd.out(Tensor self, SymInt[] pad, Scalar value=0, *, Tensor(a!) out) -> Tensor(a!)",
     constant_pad},
    {"aten::reflection_pad1d.out(Tensor self, SymInt[2] padding, *, Tensor(a!) out) -> Tensor(a!)", edge_pad<true, 1>},
    {"aten::reflection_pad2d.out(Tensor self, SymInt[4] padding, *, Tensor(a!) out) -> Tensor(a!)", edge_pad<true, 2>},
    {"aten::reflection_pad3d.out(Tensor self, SymInt[6] padding, *, Tensor(a!) out) -> Tensor(a!)", edge_pad<true, 3>},
    {"aten::replication_pad1d.out(Tensor self, SymInt[2] padding, *, Tensor(a!) out) -> Tensor(a!)",
     edge_pad<false, 1>},
    {"aten::replication_pad2d.out(Tensor self, SymInt[4] padding, *, Tensor(a!) out) -> Tensor(a!)",
     edge_pad<false, 2>},
    {"aten::replication_pad3d.out(Tensor self, SymInt[6] padding, *, Tensor(a!) out) -> Tensor(a!)",
     edge_pad<false, 3>},
};

}  // namespace

Result<> pad_with(Call& call, std::span<const std::int64_t> pad, const Scalar& value) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (!contains(kConvertible, out.dtype)) return unsupported_dtype(call, out.dtype);
  if (pad.size() % 2 != 0 || pad.size() / 2 > self.rank()) {
    return call.fail(ErrorCode::Mismatch,
                     "pad " + shape_text(pad) + " for a tensor of rank " + std::to_string(self.rank()));
  }
  // A number that is not written may be any.
  if (std::ranges::any_of(pad, [](std::int64_t each) { return each > 0; })) {
    PTETOOL_CHECK(check_converts(call, value, out.dtype));
  }
  Sizes sizes = self.sizes;
  View from(self);
  // Where what is kept of the input begins in the result, per dimension.
  Sizes at = Sizes::filled(self.rank(), 0);
  for (std::size_t i = 0; i < pad.size() / 2; ++i) {
    const std::size_t dim = self.rank() - 1 - i;
    const std::int64_t before = pad[2 * i], after = pad[2 * i + 1];
    const auto wider = checked_add(sizes[dim], before);
    const auto size = wider ? checked_add(*wider, after) : std::nullopt;
    if (!size) return call.fail(ErrorCode::Limit, "the result is too large");
    if (*size < 0) {
      return call.fail(ErrorCode::Mismatch,
                       "pad " + shape_text(pad) + " takes more than there is of " + shape_text(self.sizes.span()));
    }
    const std::int64_t first = before >= 0 ? 0 : -std::max(before, -sizes[dim]);
    const std::int64_t last = after < 0 ? std::max(sizes[dim] + after, first) : sizes[dim];
    from.narrow(dim, first, last - first);
    at[dim] = std::max<std::int64_t>(before, 0);
    sizes[dim] = *size;
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  View inner(out);
  for (std::size_t dim = 0; dim < sizes.size(); ++dim) {
    // The sides of this dimension, between those of the dimensions before.
    const std::int64_t begin = std::min(at[dim], inner.sizes[dim]);
    const std::int64_t end = std::min(begin + from.sizes[dim], inner.sizes[dim]);
    View before = inner, after = inner;
    PTETOOL_CHECK(fill(call, value, before.narrow(dim, 0, begin)));
    PTETOOL_CHECK(fill(call, value, after.narrow(dim, end, inner.sizes[dim] - end)));
    inner.narrow(dim, begin, end - begin);
    from.narrow(dim, 0, end - begin);
  }
  return copy_view(call, from, inner);
}

Result<Positions> padded_positions(const Call& call, const Image& image, std::span<const std::int64_t> pad,
                                   bool reflected) {
  if (pad.size() != 2 * image.spatial) {
    return call.fail(ErrorCode::Mismatch,
                     "padding " + shape_text(pad) + " for " + counted(image.spatial, "spatial dimension"));
  }
  Positions positions{{{0}, {0}, {0}}};
  for (std::size_t i = 0; i < image.spatial; ++i) {
    const std::int64_t size = image.size[2 - i];
    const std::int64_t before = pad[2 * i], after = pad[2 * i + 1];
    const bool fits = before >= -kMostExtent && before <= kMostExtent && after >= -kMostExtent && after <= kMostExtent;
    if (!fits || size == 0 || size + before + after < 1 || (reflected && (before >= size || after >= size))) {
      return call.fail(ErrorCode::Mismatch,
                       "padding " + shape_text(pad) + " for a shape of " + shape_text(image.sizes().span()));
    }
    PTETOOL_CHECK(check_extent(call, size + before + after));
    auto& along = positions[2 - i];
    along.clear();
    // A negative padding beyond the other edge leaves positions of the padding there.
    for (std::int64_t at = -before; at < size + after; ++at) {
      along.push_back(std::clamp<std::int64_t>(source(at, size, reflected), 0, size - 1));
    }
  }
  return positions;
}

std::span<const Operator> pad_operators() { return kRows; }

}  // namespace ptetool::ops
