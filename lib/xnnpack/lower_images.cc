// Pooling and resizing of images as XNNPACK nodes.
#include <cmath>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

// A list of one or two numbers of 0 or more, for height and width; nullopt for others.
struct Pair {
  std::uint32_t height = 0, width = 0;
};
std::optional<Pair> pair_of(Step& s, std::size_t arg) {
  const auto list = s.call().integers(arg);
  if (list.empty() || list.size() > 2) return std::nullopt;
  for (const std::int64_t number : list) {
    if (number < 0 || number > (1 << 20)) return std::nullopt;
  }
  return Pair{static_cast<std::uint32_t>(list.front()), static_cast<std::uint32_t>(list.back())};
}

struct Pool {
  Pair kernel, stride, padding;
};

std::optional<Pool> pool_of(Step& s) {
  const auto kernel = pair_of(s, 1);
  const auto stride = s.call().integers(2).empty() ? kernel : pair_of(s, 2);
  const auto padding = pair_of(s, 3);
  if (!kernel || !stride || !padding) return std::nullopt;
  // XNNPACK has no pooling of single pixels.
  if (kernel->height * kernel->width < 2 || stride->height == 0 || stride->width == 0) return std::nullopt;
  return Pool{*kernel, *stride, *padding};
}

bool pool(Step& s, NodeKind kind, const Pool& p, Pair dilation, bool ceil_mode) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  if (s.described(input).rank() != 4) return false;
  const Sizes& from = s.described(input).sizes;
  const Sizes& to = s.described(s.result()).sizes;
  if (ceil_mode) {  // unless it makes no difference
    const auto down = [](std::int64_t size, std::uint32_t padding, std::uint32_t window, std::uint32_t step) {
      return (size + 2 * std::int64_t{padding} - window) / step + 1;
    };
    const std::uint32_t height = (p.kernel.height - 1) * dilation.height + 1;
    const std::uint32_t width = (p.kernel.width - 1) * dilation.width + 1;
    if (s.bounded(input) || down(from[2], p.padding.height, height, p.stride.height) != to[2] ||
        down(from[3], p.padding.width, width, p.stride.width) != to[3]) {
      return false;
    }
  }
  const std::uint32_t image = l.value(input, Layout::ChannelsLast);
  l.define(s.result(), Layout::ChannelsLast,
           l.node(kind, {image}, physical(to, Layout::ChannelsLast),
                  {{{"padding_top", p.padding.height},
                    {"padding_right", p.padding.width},
                    {"padding_bottom", p.padding.height},
                    {"padding_left", p.padding.width},
                    {"pooling_height", p.kernel.height},
                    {"pooling_width", p.kernel.width},
                    {"stride_height", p.stride.height},
                    {"stride_width", p.stride.width},
                    {"dilation_height", dilation.height},
                    {"dilation_width", dilation.width}},
                   0,
                   {}}));
  l.guard(image);
  const double steps = static_cast<double>(numel(to.span())) * p.kernel.height * p.kernel.width;
  l.spend(steps * 0.3e-3, steps * 0.15e-3);
  return true;
}

bool max_pool(Step& s) {
  const auto p = pool_of(s);
  const auto dilation = pair_of(s, 4);
  return p && dilation && pool(s, NodeKind::MaxPooling2d, *p, *dilation, s.call().boolean(5));
}

// XNNPACK does not count padding.
bool avg_pool(Step& s) {
  const auto p = pool_of(s);
  const bool padded = p && (p->padding.height != 0 || p->padding.width != 0);
  if (!p || (padded && s.call().boolean(5)) || !s.call().is_none(6)) return false;
  return pool(s, NodeKind::AvgPooling2d, *p, {1, 1}, s.call().boolean(4));
}

// Does the program's factor of a dim, if it gives one, come to the quotient of the sizes? It would be taken instead.
bool same_scale(double factor, std::int64_t from, std::int64_t to) {
  return factor == static_cast<double>(to) / static_cast<double>(from);
}

// Are the places that the pixels come from numbers without a rounding error? XNNPACK rounds them otherwise than
// PyTorch.
bool exact_places(std::int64_t from, std::int64_t to, bool corners) {
  constexpr std::int64_t kMostSize = 4096, kFraction = 1024;
  if (from > kMostSize || to > kMostSize) return false;
  if (!corners) return from * kFraction % to == 0;
  return to == 1 || (from - 1) * kFraction % (to - 1) == 0;
}

bool resize(Step& s, bool corners, const std::optional<double>& height, const std::optional<double>& width) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  if (s.described(input).rank() != 4 || s.bounded(input) || s.bounded(s.result())) return false;
  const Sizes& from = s.described(input).sizes;
  const Sizes& to = s.described(s.result()).sizes;
  if (!corners &&
      ((height && !same_scale(*height, from[2], to[2])) || (width && !same_scale(*width, from[3], to[3])))) {
    return false;
  }
  if (!exact_places(from[2], to[2], corners) || !exact_places(from[3], to[3], corners)) return false;
  const auto number = [](std::int64_t size) { return static_cast<std::uint32_t>(size); };
  const std::uint32_t result = l.node(
      NodeKind::StaticResizeBilinear2D, {l.value(input, Layout::ChannelsLast)}, physical(to, Layout::ChannelsLast),
      {{{"new_height", number(to[2])}, {"new_width", number(to[3])}}, corners ? kAlignCorners : 0u, {}});
  l.define(s.result(), Layout::ChannelsLast, result);
  // Between an infinity and a number XNNPACK finds a NaN.
  l.guard(result);
  const auto count = static_cast<double>(s.described(s.result()).numel());
  l.spend(count * 2e-3, count * 0.6e-3);
  return true;
}

std::optional<double> factor_of(Step& s, std::size_t arg) {
  if (s.call().is_none(arg)) return std::nullopt;
  return s.call().real(arg);
}

bool resize_to(Step& s) { return resize(s, s.call().boolean(2), factor_of(s, 3), factor_of(s, 4)); }

bool resize_by(Step& s) {
  if (s.call().is_none(3)) return resize(s, s.call().boolean(2), std::nullopt, std::nullopt);
  const auto factors = s.call().reals(3);
  return factors.size() == 2 && resize(s, s.call().boolean(2), factors[0], factors[1]);
}

constexpr LoweringRow kRows[] = {
    {"aten::max_pool2d_with_indices.out", max_pool},
    {"aten::avg_pool2d.out", avg_pool},
    {"aten::upsample_bilinear2d.out", resize_to},
    {"aten::upsample_bilinear2d.vec_out", resize_by},
};

}  // namespace

std::span<const LoweringRow> image_lowerings() { return kRows; }

}  // namespace ptetool::xnn
