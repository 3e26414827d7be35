// Every quantisation (format-facts 3.4) is one of blocks along the dimensions: a tensor, a channel or a group has a
// scale and a zero point of its own.
#include "compare/number_reader.h"

#include <algorithm>

#include "ptetool/tensor/half.h"

namespace ptetool::compare {

namespace {

template <class T>
T element(ByteView bytes, std::int64_t index) {
  return load<T>(bytes, static_cast<std::uint64_t>(index) * sizeof(T)).value_or(T{});
}

std::int64_t blocks_in(std::int64_t size, std::int64_t block) { return (size + block - 1) / block; }

// All scales of a graph's quantisation, wherever the file keeps them.
std::vector<double> scale_list(const Meaning& meaning) {
  std::vector<double> scales;
  const auto bfloats = [&](std::uint64_t count, auto&& bits) {
    for (std::uint64_t i = 0; i < count; ++i) scales.push_back(static_cast<double>(to_float(BFloat16{bits(i)})));
  };
  if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&meaning.quant)) {
    if (channel->scale_buffer_idx == 0) return {channel->scale.begin(), channel->scale.end()};
    for (std::uint64_t i = 0; i < meaning.scales.size() / sizeof(float); ++i)
      scales.push_back(static_cast<double>(element<float>(meaning.scales, static_cast<std::int64_t>(i))));
  } else if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&meaning.quant)) {
    if (group->scale_buffer_idx != 0) {
      bfloats(meaning.scales.size() / sizeof(std::uint16_t),
              [&](std::uint64_t i) { return element<std::uint16_t>(meaning.scales, static_cast<std::int64_t>(i)); });
    } else if (!group->scale_bf16.empty()) {
      bfloats(group->scale_bf16.size(), [&](std::uint64_t i) { return group->scale_bf16[i]; });
    } else {
      return {group->scale.begin(), group->scale.end()};
    }
  }
  return scales;
}

}  // namespace

std::optional<NumberReader> NumberReader::make(const Weight& weight) {
  const Meaning& meaning = weight.meaning;
  auto stored = StoredElements::make(weight);
  if (!stored) return std::nullopt;
  NumberReader reader(std::move(*stored));
  std::int64_t step = 1;
  for (std::size_t d = meaning.sizes.size(); d-- > 0; step *= std::max<std::int64_t>(meaning.sizes[d], 1))
    reader.dims_.insert(reader.dims_.begin(), {meaning.sizes[d], step, meaning.sizes[d], 0});
  return reader.take_parameters(meaning) ? std::optional(std::move(reader)) : std::nullopt;
}

bool NumberReader::take_parameters(const Meaning& meaning) {
  std::vector<std::int64_t> blocks = meaning.sizes;
  if (meaning.affine) {
    if (!take_blocks(meaning.affine->blocks)) return false;
    std::uint64_t count = 1;
    for (const Dim& dim : dims_) count *= static_cast<std::uint64_t>(blocks_in(dim.size, dim.block));
    if (meaning.affine->scales.count() < count || meaning.affine->zero_points.count() < count) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
      scales_.push_back(meaning.affine->scales.at(i));
      zero_points_.push_back(meaning.affine->zero_points.at(i));
    }
    return true;
  }
  if (meaning.dtype || std::holds_alternative<xnn::NoQuant>(meaning.quant)) return true;
  if (const auto* whole = std::get_if<xnn::PerTensorQuant>(&meaning.quant)) {
    scales_ = {static_cast<double>(whole->scale)};
    zero_points_ = {static_cast<double>(whole->zero_point)};
    return true;
  }
  scales_ = scale_list(meaning);
  if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&meaning.quant)) {
    const auto dim = static_cast<std::size_t>(channel->channel_dim);
    if (channel->channel_dim < 0 || dim >= blocks.size()) return false;
    blocks[dim] = 1;
    return scales_.size() >= static_cast<std::size_t>(meaning.sizes[dim]) && take_blocks(blocks);
  }
  const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&meaning.quant);
  if (!group || blocks.empty() || group->group_size <= 0 || meaning.sizes.back() % group->group_size != 0) return false;
  std::ranges::fill(blocks, 1);
  blocks.back() = group->group_size;
  return scales_.size() >= static_cast<std::uint64_t>(stored_.count() / group->group_size) && take_blocks(blocks);
}

bool NumberReader::take_blocks(std::span<const std::int64_t> blocks) {
  if (blocks.size() != dims_.size() || std::ranges::any_of(blocks, [](std::int64_t block) { return block < 0; }))
    return false;
  std::int64_t parameters = 1;
  for (std::size_t d = dims_.size(); d-- > 0;) {
    dims_[d].block = std::max<std::int64_t>(blocks[d], 1);
    dims_[d].parameters_from_block_to_block = parameters;
    parameters *= blocks_in(dims_[d].size, dims_[d].block);
  }
  return true;
}

std::vector<std::int64_t> NumberReader::core() const {
  std::vector<std::int64_t> sizes;
  for (const Dim& dim : dims_) {
    if (dim.size != 1) sizes.push_back(dim.size);
  }
  return sizes;
}

void NumberReader::turn(std::span<const std::uint8_t> order) {
  std::vector<Dim> core;
  for (const Dim& dim : dims_) {
    if (dim.size != 1) core.push_back(dim);
  }
  turned_.clear();
  if (std::ranges::is_sorted(order)) return;
  for (const std::uint8_t dim : order) turned_.push_back(core[dim]);
}

std::size_t NumberReader::parameter_of(std::int64_t index) const {
  std::int64_t parameter = 0;
  for (const Dim& dim : dims_)
    parameter +=
        index / dim.step % std::max<std::int64_t>(dim.size, 1) / dim.block * dim.parameters_from_block_to_block;
  return static_cast<std::size_t>(parameter);
}

// How many elements from `index` on have the same parameters.
std::int64_t NumberReader::alike_from(std::int64_t index) const {
  for (std::size_t d = dims_.size(); d-- > 0;) {
    const Dim& dim = dims_[d];
    if (dim.block >= dim.size) continue;
    const std::int64_t at = index / dim.step % dim.size;
    return (std::min(dim.block - at % dim.block, dim.size - at)) * dim.step - index % dim.step;
  }
  return stored_.count() - index;
}

double NumberReader::number(std::int64_t index) const {
  const double raw = stored_.at(index);
  if (scales_.empty()) return raw;
  const std::size_t parameter = parameter_of(index);
  return (raw - (zero_points_.empty() ? 0 : zero_points_[parameter])) * scales_[parameter];
}

void NumberReader::read(std::int64_t begin, std::span<double> to) const {
  if (!turned_.empty()) return read_turned(begin, to);
  if (scales_.empty()) return stored_.read(begin, to);
  while (!to.empty()) {
    const auto run = to.first(static_cast<std::size_t>(std::min<std::int64_t>(alike_from(begin), std::ssize(to))));
    const std::size_t parameter = parameter_of(begin);
    const double zero = zero_points_.empty() ? 0 : zero_points_[parameter];
    for (double& each : run) each = (stored_.at(begin++) - zero) * scales_[parameter];
    to = to.subspan(run.size());
  }
}

void NumberReader::read_turned(std::int64_t begin, std::span<double> to) const {
  std::vector<std::int64_t> at(turned_.size());
  std::int64_t index = 0;
  std::int64_t rest = begin;
  for (std::size_t d = turned_.size(); d-- > 0; rest /= turned_[d].size) {
    at[d] = rest % turned_[d].size;
    index += at[d] * turned_[d].step;
  }
  for (double& each : to) {
    each = number(index);
    for (std::size_t d = turned_.size(); d-- > 0;) {
      index += turned_[d].step;
      if (++at[d] < turned_[d].size) break;
      index -= at[d] * turned_[d].step;
      at[d] = 0;
    }
  }
}

}  // namespace ptetool::compare
