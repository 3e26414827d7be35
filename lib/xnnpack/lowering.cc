// What all rows of the lowering table share: tensors in their layouts, constants, transposes in between.
#include "xnnpack/lowering.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#include "ptetool/base/pages.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool::xnn {

namespace {

constexpr std::array<std::int64_t, 4> kToChannelsLast = {0, 2, 3, 1};
constexpr std::array<std::int64_t, 4> kToPlain = {0, 3, 1, 2};

const LoweringRow* find_row(std::string_view name) {
  for (const auto rows : {pointwise_lowerings(), matrix_lowerings(), convolution_lowerings(), image_lowerings(),
                          reduction_lowerings(), move_lowerings(), size_lowerings(), mask_lowerings()}) {
    const auto found = std::ranges::find(rows, name, &LoweringRow::name);
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

// The elements of a recipe, in its order of dims.
void fill(const ConstantRecipe& recipe, float* out) {
  const Tensor& source = *recipe.source;
  Sizes sizes;
  Strides strides;
  std::size_t factor_dim = kMaxRank;
  for (std::size_t i = 0; i < recipe.order.size(); ++i) {
    sizes.push_back(source.sizes[recipe.order[i]]);
    strides.push_back(source.strides[recipe.order[i]]);
    if (recipe.order[i] == recipe.factor_dim) factor_dim = i;
  }
  const auto* from = source.as<float>();
  if (sizes.empty()) {
    out[0] = recipe.factors.empty() ? from[0] : from[0] * recipe.factors[0];
    return;
  }
  const std::size_t last = sizes.size() - 1;
  Sizes index = Sizes::filled(sizes.size(), 0);
  std::int64_t offset = 0;
  const std::int64_t lines = numel(sizes.span()) / std::max<std::int64_t>(sizes[last], 1);
  for (std::int64_t line = 0; line < lines; ++line) {
    for (std::int64_t i = 0; i < sizes[last]; ++i) out[i] = from[offset + i * strides[last]];
    if (!recipe.factors.empty() && factor_dim == last) {
      for (std::int64_t i = 0; i < sizes[last]; ++i) out[i] *= recipe.factors[static_cast<std::size_t>(i)];
    } else if (!recipe.factors.empty()) {
      const float factor = recipe.factors[static_cast<std::size_t>(index[factor_dim])];
      for (std::int64_t i = 0; i < sizes[last]; ++i) out[i] *= factor;
    }
    out += sizes[last];
    for (std::size_t d = last; d-- > 0;) {
      offset += strides[d];
      if (++index[d] < sizes[d]) break;
      offset -= strides[d] * sizes[d];
      index[d] = 0;
    }
  }
}

const File* file_with(const Model& model, ByteView bytes) {
  const auto inside = [&](const File& file) {
    return bytes.data() >= file.bytes().data() && bytes.data() + bytes.size() <= file.bytes().data() + file.size();
  };
  if (inside(*model.program->file)) return model.program->file.get();
  for (const auto& data : model.data) {
    if (inside(*data->file)) return data->file.get();
  }
  return nullptr;
}

Result<GivenConstant> make_constant(const Model& model, const ConstantRecipe& recipe) {
  const bool as_it_is = recipe.source && recipe.factors.empty() && recipe.order == recipe.source->dim_order &&
                        recipe.source->strides == strides_of(recipe.source->sizes.span(), recipe.order.span());
  if (as_it_is) {
    const ByteView bytes = recipe.source->bytes();
    const File* file = file_with(model, bytes);
    // A constant that was unaligned in its file has been copied when the method was loaded.
    if (file) return GivenConstant{bytes, file, nullptr};
  }
  const std::int64_t count = recipe.source ? recipe.source->numel() : static_cast<std::int64_t>(recipe.numbers.size());
  PTETOOL_ASSIGN(OwnedTensor made, allocate_tensor(ScalarType::Float, std::span(&count, 1)));
  if (recipe.source) {
    fill(recipe, made.tensor.as<float>());
    // It is read again only where operators are executed one by one.
    const ByteView bytes = recipe.source->bytes();
    if (const File* file = file_with(model, bytes)) release_pages(*file, bytes);
  } else {
    std::memcpy(made.tensor.data, recipe.numbers.data(), recipe.numbers.size() * sizeof(float));
  }
  return GivenConstant{made.tensor.bytes(), nullptr, made.memory};
}

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

Step::Step(Lowering& lowering, const OperatorRun& run, const RunOperator& op)
    : lowering_(lowering), run_(run), op_(op), call_(*op.op, run.values, op.args) {}

std::optional<std::size_t> Step::tensor(std::size_t arg) const {
  return op_.tensors[arg].empty() ? std::nullopt : std::optional(op_.tensors[arg].front());
}

std::optional<double> Step::number(std::size_t arg) const {
  if (call_.is_none(arg)) return std::nullopt;
  return call_.scalar(arg).as_double();
}

bool Lowering::is_plain_enough(std::size_t tensor) const {
  const Tensor& t = described(tensor);
  if (t.dtype != ScalarType::Float || t.rank() > kMostDims || known_[tensor].symbol) return false;
  if (std::ranges::any_of(t.sizes, [](std::int64_t size) { return size <= 0 || size > INT32_MAX; })) return false;
  return t.contiguous() || is_channels_last(t) || of(tensor).kind == RunTensor::Kind::Constant;
}

bool Lowering::add(const RunOperator& op) {
  known_.resize(run_.tensors.size());
  if (op.delegate) return add_delegate(op);
  const LoweringRow* row = find_row(op.op->schema.name);
  if (!row) return false;
  if (!row->any_operands) {
    for (const auto& tensors : op.tensors) {
      if (!std::ranges::all_of(tensors, [&](std::size_t tensor) { return is_plain_enough(tensor); })) return false;
    }
    if (!is_plain_enough(op.results[0])) return false;
  }
  for (const auto& tensors : op.tensors) {
    for (const std::size_t tensor : tensors) {
      if (is_plain_enough(tensor)) introduce(tensor);
    }
  }
  Step step(*this, run_, op);
  return row->lower(step);
}

bool Lowering::add() { return add(run_.operators.back()); }

bool Lowering::add_all() {
  return std::ranges::all_of(run_.operators, [&](const RunOperator& op) { return add(op); });
}

std::uint32_t Lowering::add_value(const Sizes& sizes) {
  Value value;
  value.datatype = Datatype::Fp32;
  const Sizes dims = sizes.empty() ? Sizes{1} : sizes;
  value.dims = list(dims.span());
  value.num_dims = static_cast<std::uint32_t>(dims.size());
  value.id = static_cast<std::uint32_t>(graph().values.size());
  graph().values.push_back(std::move(value));
  return graph().values.back().id;
}

std::span<const std::uint32_t> Lowering::list(std::span<const std::int64_t> items) {
  return graph_->lists.emplace_back(items.begin(), items.end());
}

std::uint32_t Lowering::node(NodeKind kind, std::vector<std::uint32_t> inputs, const Sizes& sizes,
                             NodeOptions options) {
  Node node;
  node.kind = kind;
  const NodeKindInfo& info = *find_node_kind(kind);
  std::size_t next = 0;
  for (const NodeField& field : info.fields) {
    if (field.kind == FieldKind::Input && next < inputs.size()) node.inputs.push_back({field.name, inputs[next++]});
    if (field.kind == FieldKind::Output) node.outputs.push_back({field.name, add_value(sizes)});
  }
  node.attributes = std::move(options.attributes);
  node.flags = options.flags;
  node.output_min_max = options.range;
  const std::uint32_t output = node.outputs[0].id;
  graph().nodes.push_back(std::move(node));
  return output;
}

std::uint32_t Lowering::add_constant(const Sizes& sizes, ConstantRecipe recipe) {
  const std::uint32_t id = add_value(sizes);
  graph().values[id].constant_buffer_idx = static_cast<std::uint32_t>(recipes_.size());
  recipes_.push_back(std::move(recipe));
  return id;
}

std::uint32_t Lowering::scalar(float number) {
  const auto [found, added] = scalars_.emplace(std::bit_cast<std::uint32_t>(number), 0);
  if (added) {
    ConstantRecipe recipe;
    recipe.numbers = {number};
    found->second = add_constant({1}, std::move(recipe));
  }
  return found->second;
}

const Node* Lowering::maker(std::uint32_t id) const {
  const auto& nodes = graph_->graph.nodes;
  const auto gives = [&](const Node& node) {
    return std::ranges::any_of(node.outputs, [&](const Operand& output) { return output.id == id; });
  };
  const auto found = std::find_if(nodes.rbegin(), nodes.rend(), gives);
  return found == nodes.rend() ? nullptr : &*found;
}

std::optional<float> Lowering::number(std::uint32_t id) const {
  if (constant_index(id) == 0 || adopted_.contains(id)) return std::nullopt;
  const ConstantRecipe& recipe = recipes_[constant_index(id)];
  if (!recipe.factors.empty()) return std::nullopt;
  if (recipe.numbers.size() == 1) return recipe.numbers[0];
  if (!recipe.source || recipe.source->numel() != 1 || recipe.source->dtype != ScalarType::Float) return std::nullopt;
  return *recipe.source->as<float>();
}

void Lowering::drop_unused_nodes() {
  std::vector<bool> used(graph().values.size(), false);
  for (const Value& value : graph().values) used[value.id] = value.external_output();
  auto& nodes = graph().nodes;
  for (std::size_t n = nodes.size(); n-- > 0;) {
    if (std::ranges::none_of(nodes[n].outputs, [&](const Operand& output) { return used[output.id]; })) {
      nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(n));
      continue;
    }
    for (const Operand& input : nodes[n].inputs) {
      if (input.id != kInvalidId) used[input.id] = true;
    }
  }
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
    graph().values[id].flags = 1;
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

void Lowering::guard(std::uint32_t id) {
  const Sizes dims(graph().values[id].dims);
  if (dims.size() == 4) {
    guards_.push_back(node(NodeKind::GlobalAvgPooling2d, {id}, {dims[0], dims[3]}));
    return;
  }
  std::vector<std::int64_t> axes(dims.size());
  std::iota(axes.begin(), axes.end(), 0);
  guards_.push_back(node(NodeKind::GlobalAvgPooling2d, {id}, Sizes::filled(dims.size(), 1),
                         {{{"axes", list(axes)}}, kKeepDimsFlag, {}}));
}

bool Lowering::fold(std::size_t tensor, std::span<const float> scale, std::span<const float> shift) {
  const auto found = foldings_.find(tensor);
  if (found == foldings_.end() || of(tensor).uses != 1) return false;
  const Folding folding = found->second;
  recipes_[folding.filter].factors.assign(scale.begin(), scale.end());
  recipes_[folding.filter].factor_dim = folding.channel_dim;
  ConstantRecipe bias;
  bias.numbers.assign(shift.begin(), shift.end());
  if (folding.bias != 0) {
    const ConstantRecipe& old = recipes_[folding.bias];
    const auto* numbers = old.source->as<float>();
    for (std::size_t i = 0; i < shift.size(); ++i) {
      bias.numbers[i] = static_cast<float>(static_cast<double>(numbers[i]) * scale[i] + shift[i]);
    }
    recipes_[folding.bias] = std::move(bias);
  } else {
    const std::uint32_t id = add_constant({static_cast<std::int64_t>(shift.size())}, std::move(bias));
    graph().nodes[folding.node].inputs[2].id = id;
  }
  foldings_.erase(found);
  return true;
}

void Lowering::mark_outputs() {
  std::uint32_t external = static_cast<std::uint32_t>(run_.inputs.size());
  const auto mark = [&](std::uint32_t id) {
    Value* marked = &graph().values[id];
    if (marked->flags != 0 || marked->constant_buffer_idx != 0) {
      const std::uint32_t copy = node(NodeKind::Copy, {id}, Sizes(marked->dims));
      marked = &graph().values[copy];
    }
    marked->flags = 2;
    marked->external_id = external++;
  };
  for (const std::size_t output : run_.outputs) {
    mark(value(output, is_channels_last(described(output)) ? Layout::ChannelsLast : Layout::Plain));
  }
  for (const std::uint32_t guard : guards_) mark(guard);
  graph().num_externs = external;
}

Result<LoweredGraph> Lowering::finish(const Model& model) {
  LoweredGraph result;
  result.guards = guards_.size();
  drop_unused_nodes();
  graph().has_nodes = graph().has_values = true;
  for (std::uint32_t i = 0; i < graph().values.size(); ++i) graph().values_by_id.push_back(i);
  graph().constants.resize(recipes_.size());
  result.constants.resize(recipes_.size());
  for (std::size_t i = 1; i < recipes_.size(); ++i) {
    PTETOOL_ASSIGN(result.constants[i], make_constant(model, recipes_[i]));
  }
  // Models have hundreds of graphs.
  graph().values.shrink_to_fit();
  graph().nodes.shrink_to_fit();
  graph().values_by_id.shrink_to_fit();
  result.graph = graph_;
  result.adopted = adopted_;
  return result;
}

}  // namespace ptetool::xnn
