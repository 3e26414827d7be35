// Other sizes of the same elements, copies and constants of other types, as XNNPACK nodes or as nothing at all.
#include <algorithm>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

// Elements that are moved, in microseconds of each side.
void spend_elements(Step& s, double backend_ns) {
  const auto count = static_cast<double>(s.described(s.result()).numel()) * 1e-3;
  s.lowering().spend(count * 0.8, count * backend_ns);
}

std::uint32_t count_of(std::size_t rank) { return static_cast<std::uint32_t>(rank); }

// A list of positions as an image of height 1, or the other way round: the same in memory.
bool same_image(const Sizes& a, const Sizes& b) {
  return a.size() == 3 && b.size() == 4 && b[2] == 1 && a[0] == b[0] && a[1] == b[1] && a[2] == b[3];
}

// Other sizes, the same elements.
bool reshape(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Sizes& sizes = s.described(s.result()).sizes;
  if (s.bounded(input) || s.bounded(s.result()) || sizes.empty()) return false;
  if (s.described(input).numel() != s.described(s.result()).numel()) return false;
  if (s.described(input).sizes == sizes) {
    l.same(s.result(), input);
    return true;
  }
  const Sizes& from = s.described(input).sizes;
  if (l.has(input, Layout::ChannelsLast) && (same_image(from, sizes) || same_image(sizes, from))) {
    l.define(s.result(), Layout::ChannelsLast, l.value(input, Layout::ChannelsLast));
    return true;
  }
  // Of an image of single pixels both layouts are the same list.
  const bool pixels = from.size() == 4 && from[2] == 1 && from[3] == 1;
  const Layout layout = pixels ? l.found(input) : Layout::Plain;
  l.define(s.result(), Layout::Plain, l.reshape(l.value(input, layout), sizes));
  spend_elements(s, 0.1);
  return true;
}

// Sizes that are bounds do not say what they will be: then the program's list must.
bool view(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  if (!s.bounded(input) && !s.bounded(s.result())) return reshape(s);
  Sizes shape;
  std::size_t open = 0;
  for (const std::int64_t size : s.call().integers(1)) {
    if (shape.full() || size == 0 || size < -1 || size > INT32_MAX) return false;
    open += size == -1 ? 1 : 0;
    shape.push_back(std::max(size, std::int64_t{0}));  // XNNPACK's 0 is to be found from the others
  }
  const Sizes& bounds = s.described(s.result()).sizes;
  if (open > 1 || shape.empty() || shape.size() != bounds.size()) return false;
  l.define(s.result(), Layout::Plain,
           l.node(NodeKind::StaticReshape, {l.value(input, Layout::Plain)}, bounds,
                  {{{"num_dims", count_of(shape.size())}, {"new_shape", l.list(shape.span())}}, 0, {}}));
  spend_elements(s, 0.1);
  return true;
}

// The elements as they are, where neither sizes nor dtype change: the layout is the business of whoever reads them.
bool copy(Step& s) {
  const std::size_t input = *s.tensor(0);
  if (!(s.described(input).sizes == s.described(s.result()).sizes)) return false;
  if (s.bounded(input) != s.bounded(s.result())) return false;
  s.lowering().same(s.result(), input);
  spend_elements(s, 0);
  return true;
}

// The elements along a dim of size 1 as often as there is to be: products with ones, which give every number as it is.
bool expand(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Sizes& from = s.described(input).sizes;
  const Sizes& sizes = s.described(s.result()).sizes;
  if (from == sizes) return copy(s);
  if (s.bounded(input) || s.bounded(s.result()) || from.empty() || from.size() > sizes.size()) return false;
  if (const ConstantRecipe* constant = l.constant(input); constant && constant->source && from.size() == sizes.size()) {
    // The same memory again and again.
    const Tensor& source = *constant->source;
    Sizes grown = source.sizes;
    Strides strides = source.strides;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      if (from[d] != 1 && from[d] != sizes[d]) return false;
      if (from[d] == 1 && sizes[d] != 1) strides[constant->order[d]] = 0;
      grown[constant->order[d]] = sizes[d];
    }
    ConstantRecipe repeated = *constant;
    repeated.source = l.view_of(source, grown, strides);
    l.define(s.result(), std::move(repeated));
    return true;
  }
  Sizes ones = sizes;
  for (std::size_t d = 0; d < from.size(); ++d) {
    const std::size_t place = sizes.size() - from.size() + d;
    if (from[d] == sizes[place]) ones[place] = 1;
    if (from[d] != 1 && from[d] != sizes[place]) return false;
  }
  ConstantRecipe recipe;
  recipe.numbers.assign(static_cast<std::size_t>(numel(ones.span())), 1.0f);
  const std::uint32_t factor = l.add_constant(ones, std::move(recipe));
  l.define(s.result(), Layout::Plain, l.node(NodeKind::Multiply, {l.value(input, Layout::Plain), factor}, sizes));
  spend_elements(s, 0.4);
  return true;
}

// Strides that are the tensor's own, where they matter.
bool same_strides(Step& s) {
  const Tensor& input = s.described(*s.tensor(0));
  const auto strides = s.call().integers(2);
  if (strides.size() != input.rank() || (!s.call().is_none(3) && s.call().integer(3) != 0)) return false;
  for (std::size_t d = 0; d < strides.size(); ++d) {
    if (input.sizes[d] != 1 && strides[d] != input.strides[d]) return false;
  }
  return !s.bounded(*s.tensor(0)) && copy(s);
}

// The only element of a constant; nullopt for what is no real number.
std::optional<float> single_number(const Tensor& tensor) {
  switch (tensor.dtype) {
    case ScalarType::Float: return *tensor.as<float>();
    case ScalarType::Double: return static_cast<float>(*tensor.as<double>());
    case ScalarType::Long: return static_cast<float>(*tensor.as<std::int64_t>());
    case ScalarType::Int: return static_cast<float>(*tensor.as<std::int32_t>());
    case ScalarType::Bool: return *tensor.as<std::uint8_t>() != 0 ? 1.0f : 0.0f;
    default: return std::nullopt;
  }
}

// Another dtype only of a constant that is a single number.
bool convert(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  if (!l.is_plain_enough(s.result())) return false;
  if (l.is_plain_enough(input)) return copy(s);
  const Tensor& from = s.described(input);
  if (s.of(input).kind != RunTensor::Kind::Constant || from.rank() != 0 || s.described(s.result()).rank() != 0) {
    return false;
  }
  const auto number = single_number(from);
  if (!number) return false;
  ConstantRecipe recipe;
  recipe.numbers = {*number};
  l.define(s.result(), std::move(recipe));
  return true;
}

constexpr LoweringRow kRows[] = {
    {"aten::view_copy.out", view},
    {"aten::unsqueeze_copy.out", reshape},
    {"aten::squeeze_copy.dim_out", reshape},
    {"aten::squeeze_copy.dims_out", reshape},
    {"aten::expand_copy.out", expand},
    {"aten::as_strided_copy.out", same_strides},
    {"aten::clone.out", copy},
    {"aten::alias_copy.out", copy},
    {"aten::detach_copy.out", copy},
    {"aten::_to_copy.out", convert, true},
    {"dim_order_ops::_clone_dim_order.out", copy},
    {"dim_order_ops::_to_dim_order_copy.out", convert, true},
};

}  // namespace

std::span<const LoweringRow> size_lowerings() { return kRows; }

}  // namespace ptetool::xnn
