// Tensors of the program as values of the graph, in the layout that an operator wants: a transpose is put in where it
// is not there yet.
#include <algorithm>
#include <array>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

constexpr std::array<std::int64_t, 4> kToChannelsLast = {0, 2, 3, 1};
constexpr std::array<std::int64_t, 4> kToPlain = {0, 3, 1, 2};

}  // namespace

Sizes physical(const Sizes& sizes, Layout layout) {
  if (layout == Layout::Plain) return sizes;
  return sizes.size() == 3 ? Sizes{sizes[0], 1, sizes[2], sizes[1]} : Sizes{sizes[0], sizes[2], sizes[3], sizes[1]};
}

std::size_t place_of(std::size_t dim, std::size_t rank, Layout layout) {
  if (layout == Layout::Plain || dim == 0) return dim;
  return dim == 1 ? 3 : rank == 3 ? 2 : dim - 1;
}

bool is_channels_last(const Tensor& tensor) {
  return tensor.rank() == 4 && std::ranges::equal(tensor.dim_order, kToChannelsLast);
}

// Inputs, constants and views become known when an operator first asks for them.
void Lowering::introduce(std::size_t tensor) {
  const RunTensor& described = of(tensor);
  Known& known = known_[tensor];
  if (known.plain || known.channels_last || known.constant) return;
  if (described.kind == RunTensor::Kind::Input) {
    const bool last = is_channels_last(*described.tensor);
    const Sizes& sizes = described.tensor->sizes;
    const std::uint32_t id = add_value(physical(sizes, last ? Layout::ChannelsLast : Layout::Plain));
    graph().values[id].flags = kExternalInput;
    graph().values[id].external_id =
        static_cast<std::uint32_t>(std::ranges::find(run_.inputs, tensor) - run_.inputs.begin());
    (last ? known.channels_last : known.plain) = id;
  } else if (described.kind == RunTensor::Kind::Constant) {
    ConstantRecipe recipe;
    recipe.source = described.tensor;
    recipe.order = contiguous_order(described.tensor->rank());
    known.constant = std::move(recipe);
  } else if (described.kind == RunTensor::Kind::View) {
    introduce(described.source);
    std::vector<std::int64_t> shape = described.shape;
    std::ranges::replace(shape, -1, 0);
    if (shape.empty()) shape.push_back(1);
    known.plain = node(NodeKind::StaticReshape, {value(described.source, Layout::Plain)}, described.tensor->sizes,
                       {{{"num_dims", static_cast<std::uint32_t>(shape.size())}, {"new_shape", list(shape)}}, 0, {}});
  }
}

const ConstantRecipe* Lowering::constant(std::size_t tensor) const {
  return known_[tensor].constant ? &*known_[tensor].constant : nullptr;
}

bool Lowering::has(std::size_t tensor, Layout layout) const {
  const Known& known = known_[tensor];
  return (layout == Layout::Plain ? known.plain : known.channels_last).has_value();
}

Layout Lowering::found(std::size_t tensor) const {
  return has(tensor, Layout::ChannelsLast) && !has(tensor, Layout::Plain) ? Layout::ChannelsLast : Layout::Plain;
}

std::optional<std::uint32_t>& Lowering::slot(std::size_t tensor, Layout layout) {
  return layout == Layout::Plain ? known_[tensor].plain : known_[tensor].channels_last;
}

std::uint32_t Lowering::transpose(std::uint32_t id, std::span<const std::int64_t> order) {
  Sizes sizes;
  for (const std::int64_t dim : order) sizes.push_back(graph().values[id].dims[static_cast<std::size_t>(dim)]);
  ++cost_.transposes;
  spend(0, 1e-3 * static_cast<double>(numel(sizes.span())));
  return node(NodeKind::StaticTranspose, {id}, sizes,
              {{{"num_dims", static_cast<std::uint32_t>(order.size())}, {"perm", list(order)}}, 0, {}});
}

std::uint32_t Lowering::value(std::size_t tensor, Layout layout) {
  introduce(tensor);
  auto& wanted = slot(tensor, layout);
  if (wanted) return *wanted;
  const Sizes& sizes = described(tensor).sizes;
  const Sizes wanted_sizes = physical(sizes, layout);
  if (const auto& constant = known_[tensor].constant) {
    ConstantRecipe recipe = *constant;
    if (layout == Layout::ChannelsLast) {
      const DimOrder& order = constant->order;
      recipe.order =
          sizes.size() == 3 ? DimOrder{order[0], order[2], order[1]} : DimOrder{order[0], order[2], order[3], order[1]};
    }
    wanted = add_constant(wanted_sizes, std::move(recipe));
    return *wanted;
  }
  const bool plain = layout == Layout::Plain;
  std::uint32_t id = *slot(tensor, plain ? Layout::ChannelsLast : Layout::Plain);
  const bool line = sizes.size() == 3;
  // Images of one pixel or one channel lie the same in both.
  const bool moves = !(sizes[1] == 1 || (sizes[2] == 1 && (line || sizes[3] == 1)));
  if (moves || of(tensor).bounded()) {
    if (line && !plain) id = reshape(id, {sizes[0], sizes[1], 1, sizes[2]});
    id = transpose(id, plain ? kToPlain : kToChannelsLast);
    if (line && plain) id = reshape(id, sizes);
  } else {
    id = reshape(id, wanted_sizes);
  }
  slot(tensor, layout) = id;
  return id;
}

std::uint32_t Lowering::reshape(std::uint32_t id, const Sizes& sizes) {
  return node(NodeKind::StaticReshape, {id}, sizes,
              {{{"num_dims", static_cast<std::uint32_t>(sizes.size())}, {"new_shape", list(sizes.span())}}, 0, {}});
}

const Tensor* Lowering::view_of(const Tensor& source, const Sizes& sizes, const Strides& strides) {
  Tensor& view = views_.emplace_back(source);
  view.sizes = sizes;
  view.strides = strides;
  view.dim_order = contiguous_order(sizes.size());
  return &view;
}

void Lowering::define(std::size_t tensor, Layout layout, std::uint32_t id) { slot(tensor, layout) = id; }

void Lowering::define(std::size_t tensor, ConstantRecipe recipe) { known_[tensor].constant = std::move(recipe); }

void Lowering::same(std::size_t to, std::size_t from) {
  introduce(from);
  known_[to] = known_[from];
}

}  // namespace ptetool::xnn
