// Operators that only move elements as XNNPACK nodes.
#include <algorithm>
#include <array>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

constexpr std::array<std::int64_t, 4> kChannelsLast = {0, 2, 3, 1};
constexpr std::array<std::int64_t, 4> kChannelsFirst = {0, 3, 1, 2};

void spend_elements(Step& s, double backend_ns = 0.6) {
  const auto count = static_cast<double>(s.described(s.result()).numel()) * 1e-3;
  s.lowering().spend(count * 0.8, count * backend_ns);
}

std::uint32_t count_of(std::size_t rank) { return static_cast<std::uint32_t>(rank); }

// Where dim i of the result is dim order[i] of the input.
bool permute_by(Step& s, std::span<const std::int64_t> order) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const std::size_t rank = s.described(input).rank();
  if (order.size() != rank || s.described(s.result()).rank() != rank || rank == 0) return false;
  if (const ConstantRecipe* constant = l.constant(input)) {
    ConstantRecipe turned = *constant;
    for (std::size_t i = 0; i < rank; ++i) turned.order[i] = constant->order[static_cast<std::size_t>(order[i])];
    l.define(s.result(), std::move(turned));
    return true;
  }
  spend_elements(s);
  // A layout is a permutation, too: the elements may be where they belong already.
  if (rank == 3 && order[0] == 0 && order[1] == 2 && !s.bounded(input)) {
    const Sizes& sizes = s.described(s.result()).sizes;
    if (l.has(input, Layout::ChannelsLast)) {
      l.define(s.result(), Layout::Plain, l.reshape(l.value(input, Layout::ChannelsLast), sizes));
    } else {
      l.define(s.result(), Layout::ChannelsLast,
               l.reshape(l.value(input, Layout::Plain), physical(sizes, Layout::ChannelsLast)));
    }
    return true;
  }
  if (std::ranges::equal(order, kChannelsLast) && l.has(input, Layout::ChannelsLast)) {
    l.define(s.result(), Layout::Plain, l.value(input, Layout::ChannelsLast));
    return true;
  }
  if (std::ranges::equal(order, kChannelsFirst)) {
    l.define(s.result(), Layout::ChannelsLast, l.value(input, Layout::Plain));
    return true;
  }
  l.define(s.result(), Layout::Plain,
           l.node(NodeKind::StaticTranspose, {l.value(input, Layout::Plain)}, s.described(s.result()).sizes,
                  {{{"num_dims", count_of(rank)}, {"perm", l.list(order)}}, 0, {}}));
  return true;
}

std::optional<std::size_t> dim_of(Step& s, std::int64_t dim, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  const std::int64_t positive = dim < 0 ? dim + count : dim;
  (void)s;
  if (positive < 0 || positive >= count) return std::nullopt;
  return static_cast<std::size_t>(positive);
}

bool permute(Step& s) {
  const std::size_t rank = s.described(*s.tensor(0)).rank();
  std::vector<std::int64_t> order;
  std::vector<bool> seen(rank, false);
  for (const std::int64_t dim : s.call().integers(1)) {
    const auto positive = dim_of(s, dim, rank);
    if (!positive || seen[*positive]) return false;
    seen[*positive] = true;
    order.push_back(static_cast<std::int64_t>(*positive));
  }
  return permute_by(s, order);
}

bool swap_dims(Step& s, std::int64_t a, std::int64_t b) {
  const std::size_t rank = s.described(*s.tensor(0)).rank();
  const auto first = dim_of(s, a, rank);
  const auto second = dim_of(s, b, rank);
  if (!first || !second) return false;
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  std::swap(order[*first], order[*second]);
  return permute_by(s, order);
}
bool transpose(Step& s) { return swap_dims(s, s.call().integer(1), s.call().integer(2)); }
bool turn(Step& s) { return s.described(*s.tensor(0)).rank() == 2 && swap_dims(s, 0, 1); }

Layout layout_of(Step& s, std::span<const std::size_t> tensors) {
  for (const std::size_t tensor : tensors) {
    if (is_image(s.described(tensor).rank()) && s.lowering().found(tensor) == Layout::ChannelsLast) {
      return Layout::ChannelsLast;
    }
  }
  return Layout::Plain;
}

bool concatenate(Step& s) {
  Lowering& l = s.lowering();
  const auto& tensors = s.tensors(0);
  const std::size_t rank = s.described(s.result()).rank();
  const auto dim = dim_of(s, s.call().integer(1), rank);
  if (!dim || tensors.size() < 2) return false;
  for (const std::size_t tensor : tensors) {
    if (s.described(tensor).rank() != rank) return false;
  }
  const Layout layout = layout_of(s, tensors);
  const auto axis = static_cast<std::uint32_t>(place_of(*dim, rank, layout));
  constexpr NodeKind kKinds[] = {NodeKind::Concatenate2, NodeKind::Concatenate3, NodeKind::Concatenate4,
                                 NodeKind::Concatenate5};
  std::vector<std::uint32_t> values;
  Sizes sizes = physical(s.described(s.result()).sizes, layout);
  sizes[axis] = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    values.push_back(l.value(tensors[i], layout));
    sizes[axis] += s.described(tensors[i]).sizes[*dim];
    const bool last = i + 1 == tensors.size();
    if (values.size() < (last ? std::size_t{2} : std::size_t{5})) continue;
    values = {l.node(kKinds[values.size() - 2], values, sizes, {{{"axis", axis}}, 0, {}})};
  }
  l.define(s.result(), layout, values.front());
  spend_elements(s);
  return true;
}

// Elements [begin, begin + count) of a dim.
std::uint32_t cut(Step& s, std::size_t dim, std::int64_t begin, std::int64_t count, Layout layout) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  Sizes sizes = physical(s.described(input).sizes, layout);
  Sizes offsets = Sizes::filled(sizes.size(), 0);
  const std::size_t place = place_of(dim, s.described(input).rank(), layout);
  offsets[place] = begin;
  sizes[place] = count;
  // 0: all there are. Not of the dim that is cut: XNNPACK forgets the offset then.
  Sizes counts = s.bounded(input) ? Sizes::filled(sizes.size(), 0) : sizes;
  counts[place] = count;
  return l.node(
      NodeKind::StaticSlice, {l.value(input, layout)}, sizes,
      {{{"num_dims", count_of(sizes.size())}, {"offsets", l.list(offsets.span())}, {"sizes", l.list(counts.span())}},
       0,
       {}});
}

bool slice(Step& s) {
  const std::size_t input = *s.tensor(0);
  const Sizes& sizes = s.described(input).sizes;
  const auto dim = dim_of(s, s.call().integer(1), sizes.size());
  if (!dim || s.call().integer(4) != 1) return false;
  // Nobody knows where the end of a size is that is a bound. Where it is another than it may be at most, XNNPACK is not
  // given the stretch.
  bool known = true;
  const auto limit = [&](std::size_t arg, std::int64_t otherwise) {
    const std::int64_t at = s.call().is_none(arg) ? otherwise : s.call().integer(arg);
    known = known && (at >= 0 || !s.bounded(input));
    return std::clamp(at < 0 ? at + sizes[*dim] : at, std::int64_t{0}, sizes[*dim]);
  };
  const std::int64_t begin = limit(2, 0);
  const std::int64_t end = limit(3, sizes[*dim]);
  if (end <= begin || !known || s.bounded(input) != s.bounded(s.result())) return false;
  const Layout layout = is_image(sizes.size()) ? s.lowering().found(input) : Layout::Plain;
  s.lowering().define(s.result(), layout, cut(s, *dim, begin, end - begin, layout));
  spend_elements(s);
  return true;
}

bool select(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Sizes& sizes = s.described(input).sizes;
  const auto dim = dim_of(s, s.call().integer(1), sizes.size());
  if (!dim || s.bounded(input) || sizes.size() < 2) return false;
  const std::int64_t index = s.call().integer(2) < 0 ? s.call().integer(2) + sizes[*dim] : s.call().integer(2);
  if (index < 0 || index >= sizes[*dim]) return false;
  const Sizes& to = s.described(s.result()).sizes;
  const std::uint32_t cut_out = cut(s, *dim, index, 1, Layout::Plain);
  l.define(s.result(), Layout::Plain, l.reshape(cut_out, to));
  spend_elements(s);
  return true;
}

bool pad(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Sizes& sizes = s.described(input).sizes;
  const auto widths = s.call().integers(1);
  if (widths.size() % 2 != 0 || widths.size() > 2 * sizes.size() || sizes.empty()) return false;
  if (std::ranges::any_of(widths, [](std::int64_t width) { return width < 0 || width > INT32_MAX; })) return false;
  const Layout layout = is_image(sizes.size()) ? l.found(input) : Layout::Plain;
  Sizes before = Sizes::filled(physical(sizes, layout).size(), 0);
  Sizes after = before;
  for (std::size_t i = 0; 2 * i < widths.size(); ++i) {  // from the last dim on
    const std::size_t place = place_of(sizes.size() - 1 - i, sizes.size(), layout);
    before[place] = widths[2 * i];
    after[place] = widths[2 * i + 1];
  }
  const auto value = static_cast<float>(*s.number(2));
  l.define(
      s.result(), layout,
      l.node(
          NodeKind::StaticConstantPad, {l.value(input, layout)}, physical(s.described(s.result()).sizes, layout),
          {{{"pre_paddings", l.list(before.span())}, {"post_paddings", l.list(after.span())}, {"padding_value", value}},
           0,
           {}}));
  spend_elements(s);
  return true;
}

constexpr LoweringRow kRows[] = {
    {"aten::permute_copy.out", permute},
    {"aten::transpose_copy.int_out", transpose},
    {"aten::t_copy.out", turn},
    {"aten::cat.out", concatenate},
    {"aten::slice_copy.Tensor_out", slice},
    {"aten::select_copy.int_out", select},
    {"aten::constant_pad_nd.out", pad},
};

}  // namespace

std::span<const LoweringRow> move_lowerings() { return kRows; }

}  // namespace ptetool::xnn
