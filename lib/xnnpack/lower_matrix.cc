// Products of matrices and softmax as XNNPACK nodes.
#include <array>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

// Products per microsecond on one thread, about: AVX2 without and with packed weights.
constexpr double kPortableProducts = 2.0e4;
constexpr double kBackendProducts = 4.0e4;

void spend_products(Step& s, std::int64_t depth) {
  const double products = static_cast<double>(s.described(s.result()).numel()) * static_cast<double>(depth);
  s.lowering().spend(products / kPortableProducts, products / kBackendProducts);
}

struct Filter {
  std::uint32_t id = 0;
  std::uint32_t flags = 0;
};

// The constant filter of a product; `inner_first`: the tensor is [in, out], not [out, in]. It is used as it is stored,
// whichever way round that is.
Filter filter_of(Step& s, const ConstantRecipe& constant, bool inner_first) {
  ConstantRecipe stored = constant;
  stored.order = stored.source->dim_order;
  const bool turned = constant.order[0] != stored.order[0];
  const Sizes& sizes = stored.source->sizes;
  const std::uint32_t id =
      s.lowering().add_constant({sizes[stored.order[0]], sizes[stored.order[1]]}, std::move(stored));
  return {id, inner_first != turned ? kTransposeWeights : 0u};
}

// input [.., in] times the filter, plus a bias that is one number per output.
bool connect(Step& s, std::size_t input, std::size_t weight, bool inner_first, std::optional<std::size_t> bias,
             std::optional<std::size_t> addend) {
  Lowering& l = s.lowering();
  const Tensor& matrix = s.described(weight);
  const ConstantRecipe* constant = l.constant(weight);
  if (!constant || !constant->source || matrix.rank() != 2 || s.described(input).rank() == 0 ||
      s.described(s.result()).rank() == 0)
    return false;
  const Sizes& sizes = s.described(s.result()).sizes;
  const std::int64_t outputs = matrix.sizes[inner_first ? 1 : 0];
  if (bias && (s.described(*bias).rank() != 1 || s.described(*bias).sizes[0] != outputs)) return false;
  const std::uint32_t from = l.value(input, Layout::Plain);
  const Filter filter = filter_of(s, *constant, inner_first);
  const std::uint32_t added = bias ? l.value(*bias, Layout::Plain) : kInvalidId;
  std::uint32_t result = l.node(NodeKind::FullyConnected, {from, filter.id, added}, sizes, {{}, filter.flags, {}});
  if (addend) result = l.node(NodeKind::Add, {result, l.value(*addend, Layout::Plain)}, sizes);
  l.define(s.result(), Layout::Plain, result);
  spend_products(s, matrix.sizes[inner_first ? 0 : 1]);
  return true;
}

bool linear(Step& s) { return connect(s, *s.tensor(0), *s.tensor(1), false, s.tensor(2), std::nullopt); }

bool mm(Step& s) { return connect(s, *s.tensor(0), *s.tensor(1), true, std::nullopt, std::nullopt); }

bool addmm(Step& s) {
  if (s.number(3) != 1.0 || s.number(4) != 1.0) return false;
  const std::size_t self = *s.tensor(0);
  const bool bias = s.described(self).rank() == 1 && s.lowering().constant(self) &&
                    s.described(self).sizes[0] == s.described(s.result()).sizes[1];
  return connect(s, *s.tensor(1), *s.tensor(2), true, bias ? std::optional(self) : std::nullopt,
                 bias ? std::nullopt : std::optional(self));
}

// The matrix that a constant repeats along its first dim; nullopt for others.
std::optional<ConstantRecipe> repeated(Lowering& l, std::size_t tensor) {
  const ConstantRecipe* constant = l.constant(tensor);
  if (!constant || !constant->source || !constant->factors.empty()) return std::nullopt;
  const Tensor& source = *constant->source;
  const auto [batch, rows, columns] = std::array{constant->order[0], constant->order[1], constant->order[2]};
  if (source.sizes[batch] != 1 && source.strides[batch] != 0) return std::nullopt;
  const bool turned = source.strides[rows] < source.strides[columns];
  const std::size_t first = turned ? columns : rows, second = turned ? rows : columns;
  ConstantRecipe result;
  result.source =
      l.view_of(source, {source.sizes[first], source.sizes[second]}, {source.strides[first], source.strides[second]});
  result.order = turned ? DimOrder{1, 0} : DimOrder{0, 1};
  return result;
}

bool bmm(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t a = *s.tensor(0);
  const std::size_t b = *s.tensor(1);
  if (s.described(a).rank() != 3 || s.described(b).rank() != 3) return false;
  if (const auto matrix = repeated(l, b)) {
    const Filter filter = filter_of(s, *matrix, true);
    l.define(s.result(), Layout::Plain,
             l.node(NodeKind::FullyConnected, {l.value(a, Layout::Plain), filter.id, kInvalidId},
                    s.described(s.result()).sizes, {{}, filter.flags, {}}));
    spend_products(s, s.described(a).sizes[2]);
    return true;
  }
  l.define(s.result(), Layout::Plain,
           l.node(NodeKind::BatchMatrixMultiply, {l.value(a, Layout::Plain), l.value(b, Layout::Plain)},
                  s.described(s.result()).sizes));
  spend_products(s, s.described(a).sizes[2]);
  return true;
}

// Over the dimension that is innermost.
bool softmax(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const auto rank = static_cast<std::int64_t>(s.described(input).rank());
  const std::int64_t dim = s.call().integer(1) < 0 ? s.call().integer(1) + rank : s.call().integer(1);
  const bool channels = rank == 4 && dim == 1 && l.found(input) == Layout::ChannelsLast;
  if (s.call().boolean(2) || (dim != rank - 1 && !channels)) return false;
  const Layout layout = channels ? Layout::ChannelsLast : Layout::Plain;
  const Sizes& sizes = s.described(s.result()).sizes;
  const Sizes physical = channels ? Sizes{sizes[0], sizes[2], sizes[3], sizes[1]} : sizes;
  l.define(s.result(), layout, l.node(NodeKind::Softmax, {l.value(input, layout)}, physical));
  if (!channels) l.is_softmax_of(s.result(), input);
  const auto count = static_cast<double>(s.described(input).numel());
  l.spend(count * 1e-3, count * 0.8e-3);
  return true;
}

constexpr LoweringRow kRows[] = {
    {"aten::linear.out", linear},    {"aten::mm.out", mm}, {"aten::addmm.out", addmm}, {"aten::bmm.out", bmm},
    {"aten::_softmax.out", softmax},
};

}  // namespace

std::span<const LoweringRow> matrix_lowerings() { return kRows; }

}  // namespace ptetool::xnn
