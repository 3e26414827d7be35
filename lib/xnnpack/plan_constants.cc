// The constants of a graph in memory: found, aligned and readable a little beyond their end, with the scales that give
// them their meaning.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"
#include "ptetool/tensor/half.h"
#include "ptetool/tensor/scales.h"
#include "xnnpack/graph_plan.h"

namespace ptetool::xnn {

namespace {

// XNNPACK's vector kernels read up to XNN_EXTRA_BYTES (16) beyond a constant.
constexpr std::uint64_t kReadBeyond = 16;
constexpr std::uint64_t kPage = 4096;

// May `kReadBeyond` bytes behind `part` be read? Mapped files end with the rest of a page.
bool readable_beyond(const File& file, ByteView part) {
  const auto* start = file.bytes().data();
  if (part.data() < start || part.data() + part.size() > start + file.size()) return false;
  const auto end = static_cast<std::uint64_t>(part.data() + part.size() - start);
  const auto limit = file.mapped() && is_aligned(start, kPage) ? checked_align_up(file.size(), kPage) : file.size();
  return limit && end + kReadBeyond <= *limit;
}

bool normal_scale(float scale) { return std::isnormal(scale) && scale > 0; }

// Older exporters wrote block scales in float32; the reader rounds them to bfloat16 in its own way (format-facts 3.4).
std::uint16_t rounded_scale(float scale) {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(scale * 1.00389105f) >> 16);
}

}  // namespace

Result<ByteView> GraphPlan::place(const Model& model, std::uint32_t index, std::uint64_t size, std::size_t alignment,
                                  const std::string& where) {
  const File* file = model.program->file.get();
  ByteView bytes;
  if (index < given_.size()) {
    bytes = given_[index].bytes;
    file = given_[index].file;
  } else if (index < graph().constants.size() && graph().constants[index].named_key) {
    const std::string_view key = *graph().constants[index].named_key;
    const auto entries = model.find(key);
    if (entries.empty()) return fail(ErrorCode::Missing, "", where, "its constant " + quoted(key) + " is in no file");
    const NamedEntry& entry = model.entries[entries.front()];
    if (!entry.bytes) return Failure(entry.bytes.error());
    bytes = *entry.bytes;
    file = &model.file_of(entry);
  } else {
    PTETOOL_ASSIGN(bytes, graph().constant_bytes(index));
  }
  if (bytes.size() < size) {
    return fail(ErrorCode::Malformed, "", where,
                "needs " + counted(size, "byte") + ", its constant has " + std::to_string(bytes.size()));
  }
  bytes = bytes.first(static_cast<std::size_t>(size));
  const bool owned = index < given_.size() && given_[index].owner;  // with kReadSlack behind it
  if (bytes.empty() || !is_aligned(bytes.data(), alignment) || !(owned || readable_beyond(*file, bytes))) {
    const std::int64_t copied = static_cast<std::int64_t>(size + kReadBeyond);
    PTETOOL_ASSIGN(const OwnedTensor copy, allocate_tensor(ScalarType::Byte, std::span(&copied, 1)));
    if (!bytes.empty()) std::memcpy(copy.tensor.data, bytes.data(), bytes.size());
    copies_[copy.tensor.data] = copy.memory;
    bytes = copy.tensor.bytes().first(bytes.size());
    file = nullptr;
  }
  mapped_ = file && file->mapped() ? file : nullptr;
  return bytes;
}

Result<> GraphPlan::place_constant(const Model& model, std::size_t value_index) {
  const Value& value = graph().values[value_index];
  const std::string where = indexed("xvalues", value_index);
  const auto wanted = constant_nbytes(value);
  if (!wanted) return fail(ErrorCode::Malformed, "", where, "its dims and datatype describe no constant");
  const std::size_t alignment = std::max<std::size_t>(element_bytes(value.datatype), 1);
  PTETOOL_ASSIGN(constants_[value_index], place(model, value.constant_buffer_idx, *wanted, alignment, where));
  files_[value_index] = mapped_;
  return {};
}

bool GraphPlan::promised(std::size_t value_index) const {
  if (const auto found = adopted_.find(value_index); found != adopted_.end()) {
    return found->second.plan->promised(found->second.index);
  }
  const std::uint32_t index = graph().values[value_index].constant_buffer_idx;
  return index < graph().constants.size() && graph().constants[index].named_key &&
         promised_sha256(*graph().constants[index].named_key);
}

std::optional<Sha256> GraphPlan::content(std::size_t value_index) const {
  if (const auto found = adopted_.find(value_index); found != adopted_.end()) {
    return found->second.plan->content(found->second.index);
  }
  if (promised(value_index)) {
    const std::uint32_t index = graph().values[value_index].constant_buffer_idx;
    return parse_sha256(*promised_sha256(*graph().constants[index].named_key));
  }
  // SHA-256 of all bytes would take longer than packing them.
  const Fingerprint print = fingerprint(constants_[value_index]);
  const std::array<std::uint64_t, 3> identity = {constants_[value_index].size(), print.high, print.low};
  const auto digest = sha256(bytes_of(std::span<const std::uint64_t>(identity)));
  return digest ? std::optional(*digest) : std::nullopt;
}

Result<> GraphPlan::place_scales(const Model& model, std::size_t value_index) {
  const Value& value = graph().values[value_index];
  const std::string where = indexed("xvalues", value_index);
  Quantisation& quantisation = quantisations_[value_index];
  const auto wrong = [&](std::string message) { return fail(ErrorCode::Malformed, "", where, std::move(message)); };
  if (const auto* tensor = std::get_if<PerTensorQuant>(&value.quant)) {
    quantisation.scale = tensor->scale;
    quantisation.zero_point = tensor->zero_point;
    if (!normal_scale(tensor->scale)) return wrong("its scale is no positive normal number");
  } else if (const auto* token = std::get_if<PerTokenDynamicQuant>(&value.quant)) {
    if (token->num_nonbatch_dims < 1 || static_cast<std::size_t>(token->num_nonbatch_dims) > value.dims.size()) {
      return wrong("its num_nonbatch_dims are not dims of it");
    }
    quantisation.nonbatch_dims = static_cast<std::size_t>(token->num_nonbatch_dims);
  } else if (const auto* channel = std::get_if<PerChannelQuant>(&value.quant)) {
    quantisation.channel_scales = channel->scale;
    if (channel->scale_buffer_idx != 0) {
      PTETOOL_ASSIGN(const ByteView bytes, place(model, channel->scale_buffer_idx,
                                                 std::uint64_t{channel->num_scales} * 4, alignof(float), where));
      quantisation.channel_scales = as_array<float>(bytes).value_or(std::span<const float>());
    }
    quantisation.channel_dim = static_cast<std::size_t>(std::max(channel->channel_dim, 0));
    if (quantisation.channel_dim >= value.dims.size() ||
        quantisation.channel_scales.size() != value.dims[quantisation.channel_dim]) {
      return wrong("there is not one scale for each channel");
    }
    if (first_abnormal_float(bytes_of(quantisation.channel_scales), quantisation.channel_scales.size())) {
      return wrong("a scale is no positive normal number");
    }
  } else if (const auto* block = std::get_if<PerChannelGroupQuant>(&value.quant)) {
    quantisation.block_scales = block->scale_bf16;
    if (block->scale_buffer_idx != 0) {
      PTETOOL_ASSIGN(const ByteView bytes, place(model, block->scale_buffer_idx, std::uint64_t{block->num_scales} * 2,
                                                 alignof(std::uint16_t), where));
      quantisation.block_scales = as_array<std::uint16_t>(bytes).value_or(std::span<const std::uint16_t>());
    } else if (block->scale_bf16.empty()) {
      auto& rounded = rounded_scales_.emplace_back();
      std::ranges::transform(block->scale, std::back_inserter(rounded), rounded_scale);
      quantisation.block_scales = rounded;
    }
    quantisation.block_size = block->group_size;
    quantisation.channel_dim = static_cast<std::size_t>(std::max(block->channel_dim, 0));
    if (block->group_size <= 0 || value.dims.size() != 2 ||
        value.dims[1] % static_cast<std::uint32_t>(block->group_size) != 0 ||
        quantisation.block_scales.size() !=
            std::uint64_t{value.dims[0]} * (value.dims[1] / static_cast<std::uint32_t>(block->group_size))) {
      return wrong("there is not one scale for each group of each row");
    }
    if (first_abnormal_bfloat16(bytes_of(quantisation.block_scales), quantisation.block_scales.size())) {
      return wrong("a scale is no positive normal number");
    }
  }
  return {};
}

ValueView GraphPlan::constant_view(std::size_t value_index) const {
  const Value& value = graph().values[value_index];
  return {value.datatype, &quantisations_[value_index], Sizes(value.dims), constants_[value_index].data(), nullptr};
}

void GraphPlan::forget_packed() {
  std::vector<bool> read(graph().values.size(), false);
  for (const Node& node : graph().nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const bool packed = multiplies_filter(node.kind) && i > 0;
      const auto index = index_of(node.inputs[i].id);
      if (index && !packed) read[*index] = true;
    }
  }
  for (std::size_t i = 0; i < read.size(); ++i) {
    const std::uint32_t constant = graph().values[i].constant_buffer_idx;
    if (read[i] || constant == 0 || adopted_.contains(i)) continue;
    copies_.erase(constants_[i].data());
    if (constant < given_.size()) given_[constant] = {};
    constants_[i] = {};
  }
}

}  // namespace ptetool::xnn
