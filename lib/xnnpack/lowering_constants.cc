// Constants of lowered graphs: recipes while operators are added, so that a scale may still be folded into weights, and
// bytes at the end. What lies in its file as the graph wants it stays there.
#include <algorithm>
#include <bit>
#include <cstring>

#include "ptetool/base/pages.h"
#include "ptetool/tensor/tensor.h"
#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

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

std::optional<float> Lowering::number(std::uint32_t id) const {
  if (constant_index(id) == 0 || adopted_.contains(id)) return std::nullopt;
  const ConstantRecipe& recipe = recipes_[constant_index(id)];
  if (!recipe.factors.empty()) return std::nullopt;
  if (recipe.numbers.size() == 1) return recipe.numbers[0];
  if (!recipe.source || recipe.source->numel() != 1 || recipe.source->dtype != ScalarType::Float) return std::nullopt;
  return *recipe.source->as<float>();
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
