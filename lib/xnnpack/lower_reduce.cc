// Sums and means over dims, and square roots, as XNNPACK nodes.
#include <algorithm>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

// The dims of a list, ascending; all of them where there is none. nullopt for what is no set of dims.
std::optional<std::vector<std::size_t>> dims_of(std::span<const std::int64_t> list, std::size_t rank) {
  std::vector<std::size_t> dims;
  for (const std::int64_t dim : list) {
    const std::int64_t positive = dim < 0 ? dim + static_cast<std::int64_t>(rank) : dim;
    if (positive < 0 || positive >= static_cast<std::int64_t>(rank)) return std::nullopt;
    dims.push_back(static_cast<std::size_t>(positive));
  }
  std::ranges::sort(dims);
  if (std::ranges::adjacent_find(dims) != dims.end()) return std::nullopt;
  for (std::size_t d = 0; list.empty() && d < rank; ++d) dims.push_back(d);
  return dims;
}

// Without the reduced dims the others lie in their order: those of an image of channels last only where the channels
// are reduced, too, or nothing but them is left behind the batch.
bool keeps_order(std::span<const std::size_t> dims, std::size_t rank) {
  const bool channels = std::ranges::find(dims, 1u) != dims.end();
  return channels ||
         std::ranges::count_if(dims, [](std::size_t dim) { return dim > 1; }) == static_cast<std::ptrdiff_t>(rank - 2);
}

bool reduce(Step& s, std::span<const std::int64_t> list, bool keep, Reduction reduction) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const std::size_t rank = s.described(input).rank();
  const auto dims = dims_of(list, rank);
  if (!dims || rank == 0 || (s.bounded(input) && dims->size() == rank && !keep)) return false;
  Layout layout = is_image(rank) ? l.found(input) : Layout::Plain;
  if (layout == Layout::ChannelsLast && !keep && !(rank == 4 && keeps_order(*dims, rank))) layout = Layout::Plain;
  const std::uint32_t from = l.value(input, layout);
  std::vector<std::int64_t> axes;
  for (const std::size_t dim : *dims) axes.push_back(static_cast<std::int64_t>(place_of(dim, rank, layout)));
  std::ranges::sort(axes);
  Sizes kept = physical(s.described(input).sizes, layout);
  Sizes left;
  for (std::size_t d = 0; d < kept.size(); ++d) {
    const bool reduced = std::ranges::find(axes, static_cast<std::int64_t>(d)) != axes.end();
    if (reduced) kept[d] = 1;
    if (!reduced) left.push_back(kept[d]);
  }
  // XNNPACK has no numbers without dims.
  const bool number = !keep && left.empty();
  const std::uint32_t result = l.node(NodeKind::GlobalAvgPooling2d, {from}, keep || number ? kept : left,
                                      {{{"axes", l.list(axes)}, {"reduction", static_cast<std::uint32_t>(reduction)}},
                                       keep || number ? kKeepDims : 0u,
                                       {}});
  l.define(s.result(), keep ? layout : Layout::Plain, number ? l.reshape(result, {1}) : result);
  const auto count = static_cast<double>(s.described(input).numel());
  l.spend(count * 0.3e-3, count * 0.15e-3);
  return true;
}

template <Reduction kReduction>
bool over_dims(Step& s) {
  if (!s.call().is_none(3)) return false;  // a dtype
  const auto list = s.call().is_none(1) ? std::vector<std::int64_t>() : s.call().integers(1);
  return reduce(s, list, s.call().boolean(2), kReduction);
}

bool adaptive_mean(Step& s) {
  const auto size = s.call().integers(1);
  constexpr std::int64_t kHeightAndWidth[] = {2, 3};
  return size.size() == 2 && size[0] == 1 && size[1] == 1 && s.described(*s.tensor(0)).rank() == 4 &&
         reduce(s, kHeightAndWidth, true, Reduction::Mean);
}

// XNNPACK finds a NaN where 0 or an infinity is the root, or its inverse.
template <NodeKind kKind>
bool root(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Layout layout = l.found(input);
  const std::uint32_t result = l.node(kKind, {l.value(input, layout)}, physical(s.described(s.result()).sizes, layout));
  l.define(s.result(), layout, result);
  l.guard(result);
  const auto count = static_cast<double>(s.described(input).numel());
  l.spend(count * 0.6e-3, count * 0.5e-3);
  return true;
}

constexpr LoweringRow kRows[] = {
    {"aten::mean.out", over_dims<Reduction::Mean>},   {"aten::sum.IntList_out", over_dims<Reduction::Sum>},
    {"aten::adaptive_avg_pool2d.out", adaptive_mean}, {"aten::_adaptive_avg_pool2d.out", adaptive_mean},
    {"aten::sqrt.out", root<NodeKind::SquareRoot>},   {"aten::rsqrt.out", root<NodeKind::ReciprocalSquareRoot>},
};

}  // namespace

std::span<const LoweringRow> reduction_lowerings() { return kRows; }

}  // namespace ptetool::xnn
