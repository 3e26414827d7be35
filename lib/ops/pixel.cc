// Shuffles between channels and space: windows with more dimensions into the same elements.
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Splits dimension `dim` into an outer one and an inner one of `inner` elements.
void split(View& view, std::size_t dim, std::int64_t inner) {
  const std::int64_t stride = view.strides[dim];
  Sizes sizes;
  Strides strides;
  for (std::size_t i = 0; i < view.sizes.size(); ++i) {
    if (i != dim) {
      sizes.push_back(view.sizes[i]);
      strides.push_back(view.strides[i]);
      continue;
    }
    sizes.push_back(view.sizes[i] / inner);
    strides.push_back(stride * inner);
    sizes.push_back(inner);
    strides.push_back(stride);
  }
  view.sizes = sizes;
  view.strides = strides;
}

// Brings dimension `from` to place `to`.
void move(View& view, std::size_t from, std::size_t to) {
  const auto shift = [&](auto& list) {
    if (from < to)
      std::rotate(list.begin() + from, list.begin() + from + 1, list.begin() + to + 1);
    else
      std::rotate(list.begin() + to, list.begin() + from, list.begin() + from + 1);
  };
  shift(view.sizes);
  shift(view.strides);
}

// [*, C r r, H, W] to [*, C, H r, W r] (`up`), or back.
Result<> shuffle(Call& call, bool up) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const std::int64_t r = call.integer(1);
  const std::size_t rank = self.rank();
  const auto refuse = [&] {
    return call.fail(ErrorCode::Mismatch, std::string(up ? "upscale" : "downscale") + "_factor " + std::to_string(r) +
                                              " for a shape of " + shape_text(self.sizes.span()));
  };
  if (rank < 3 || rank + 2 > kMaxRank || r < 1 || r > std::int64_t{1} << 30) return refuse();
  Sizes sizes = self.sizes;
  std::int64_t* image = sizes.begin() + rank - 3;
  if (up) {
    if (image[0] % (r * r) != 0) return refuse();
    image[0] /= r * r;
    for (std::size_t i = 1; i < 3; ++i) {
      const auto size = checked_mul(image[i], r);
      if (!size) return refuse();
      image[i] = *size;
    }
  } else {
    if (image[1] % r != 0 || image[2] % r != 0) return refuse();
    const auto channels = checked_mul(image[0], r * r);
    if (!channels) return refuse();
    image[0] = *channels;
    image[1] /= r;
    image[2] /= r;
  }
  if (!checked_numel(sizes.span())) return refuse();
  PTETOOL_CHECK(prepare(call, out, sizes));
  // Both as [*, C, r, r, H, W].
  View many(up ? self : out), few(up ? out : self);
  split(many, rank - 3, r);
  split(many, rank - 3, r);
  split(few, rank - 1, r);
  split(few, rank - 2, r);
  move(few, rank - 1, rank - 2);
  move(few, rank + 1, rank - 1);
  return copy_view(call, up ? many : few, up ? few : many);
}

Result<> pixel_shuffle(Call& call) { return shuffle(call, true); }
Result<> pixel_unshuffle(Call& call) { return shuffle(call, false); }

// Channels [groups, C / groups], transposed.
Result<> channel_shuffle(Call& call) {
  const Tensor self = call.tensor(0);
  const std::int64_t groups = call.integer(1);
  if (self.rank() < 3 || self.rank() >= kMaxRank || groups < 1 || self.sizes[1] % groups != 0) {
    return call.fail(ErrorCode::Mismatch,
                     "groups " + std::to_string(groups) + " for a shape of " + shape_text(self.sizes.span()));
  }
  PTETOOL_CHECK(prepare(call, call.out(), self.sizes));
  View from(self), to(call.out());
  if (self.numel() == 0) return {};
  split(from, 1, self.sizes[1] / groups);
  split(to, 1, groups);
  move(from, 1, 2);
  return copy_view(call, from, to);
}

constexpr Operator kRows[] = {
    {"aten::pixel_shuffle.out(Tensor self, int upscale_factor, *, Tensor(a!) out) -> Tensor(a!)", pixel_shuffle},
    {"aten::pixel_unshuffle.out(Tensor self, int downscale_factor, *, Tensor(a!) out) -> Tensor(a!)", pixel_unshuffle},
    {"aten::channel_shuffle.out(Tensor self, SymInt groups, *, Tensor(a!) out) -> Tensor(a!)", channel_shuffle},
};

}  // namespace

std::span<const Operator> pixel_operators() { return kRows; }

}  // namespace ptetool::ops
