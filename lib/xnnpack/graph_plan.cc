// Puts a graph and its constants together, and connects it with the args of a delegate call.
#include "xnnpack/graph_plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"
#include "ptetool/tensor/half.h"

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

std::optional<std::size_t> GraphPlan::index_of(std::uint32_t id) const {
  const auto found = index_of_.find(id);
  return found == index_of_.end() ? std::nullopt : std::optional(found->second);
}

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
    if (!std::ranges::all_of(quantisation.channel_scales, normal_scale)) {
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
    const auto normal = [](std::uint16_t bits) { return normal_scale(to_float(BFloat16{bits})); };
    if (!std::ranges::all_of(quantisation.block_scales, normal)) return wrong("a scale is no positive normal number");
  }
  return {};
}

ValueView GraphPlan::constant_view(std::size_t value_index) const {
  const Value& value = graph().values[value_index];
  return {value.datatype, &quantisations_[value_index], Sizes(value.dims), constants_[value_index].data(), nullptr};
}

Result<GraphPlan> GraphPlan::make(const Model& model, const LinkedDelegate& delegate) {
  if (!delegate.graph) return fail(ErrorCode::Internal, "a delegate without a graph was asked to run");
  if (!*delegate.graph) return Failure(delegate.graph->error());
  GraphPlan plan;
  PTETOOL_ASSIGN(plan.normal_, normalise(**delegate.graph));
  PTETOOL_CHECK(plan.place_values(model));
  const auto problems = type_problems(**delegate.graph);
  if (!problems.empty()) {
    const TypeProblem& first = problems.front();
    return fail(ErrorCode::Malformed, "", indexed("xnodes", first.node), first.role + " " + first.message);
  }
  return plan;
}

Result<GraphPlan> GraphPlan::make(const Model& model, LoweredGraph lowered) {
  GraphPlan plan;
  plan.normal_ = std::move(lowered.graph);
  plan.given_ = std::move(lowered.constants);
  plan.adopted_ = std::move(lowered.adopted);
  PTETOOL_CHECK(plan.place_values(model));
  return plan;
}

Result<> GraphPlan::place_values(const Model& model) {
  const auto& values = graph().values;
  constants_.resize(values.size());
  files_.resize(values.size());
  quantisations_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (!index_of_.emplace(value.id, i).second) {
      return fail(ErrorCode::Malformed, "", indexed("xvalues", i), "repeats the id " + std::to_string(value.id));
    }
    if (value.num_dims != value.dims.size() || value.dims.size() > kMaxRank) {
      return fail(ErrorCode::Malformed, "", indexed("xvalues", i), "has a dim count that is not its dims'");
    }
    if (const auto found = adopted_.find(i); found != adopted_.end()) {
      const auto& [plan, index] = found->second;
      constants_[i] = plan->constant(index);
      files_[i] = plan->file_of(index);
      quantisations_[i] = plan->quantisation(index);
    } else {
      if (value.constant_buffer_idx != 0) PTETOOL_CHECK(place_constant(model, i));
      PTETOOL_CHECK(place_scales(model, i));
    }
    if (value.external_input()) inputs_.push_back(i);
    if (value.external_output()) outputs_.push_back(i);
  }
  const auto by_external_id = [&](std::size_t a, std::size_t b) {
    return values[a].external_id < values[b].external_id;
  };
  std::ranges::sort(inputs_, by_external_id);
  std::ranges::sort(outputs_, by_external_id);
  return {};
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

std::vector<std::string> unsupported_parts(const LinkedDelegate& delegate) {
  std::set<std::string> parts;
  if (!delegate.graph || !*delegate.graph) return {};
  const Graph& graph = **delegate.graph;
  for (const Node& node : graph.nodes) {
    if (!node.known || !has_shape_rule(node.kind)) parts.insert("node " + node_kind_name(node.kind));
  }
  for (const Value& value : graph.values) {
    if (value.known && !datatype_bits(value.datatype)) parts.insert("datatype " + datatype_name(value.datatype));
  }
  return {parts.begin(), parts.end()};
}

Sizes physical_sizes(const Tensor& tensor) {
  Sizes sizes;
  for (const std::uint8_t dim : tensor.dim_order) sizes.push_back(tensor.sizes[dim]);
  return sizes;
}

Result<> resize_physical(Tensor& tensor, std::span<const std::int64_t> sizes) {
  if (sizes.size() != tensor.rank()) {
    return fail(ErrorCode::Mismatch, "the delegate gives an output of rank " + std::to_string(sizes.size()) +
                                         ", the method has one of rank " + std::to_string(tensor.rank()));
  }
  Sizes logical = Sizes::filled(sizes.size(), 0);
  for (std::size_t i = 0; i < sizes.size(); ++i) logical[tensor.dim_order[i]] = sizes[i];
  return tensor.resize(logical.span());
}

namespace {

bool same_elements(Datatype type, ScalarType dtype) {
  switch (type) {
    case Datatype::Fp32: return dtype == ScalarType::Float;
    case Datatype::Fp16: return dtype == ScalarType::Half;
    case Datatype::Bf16: return dtype == ScalarType::BFloat16;
    case Datatype::QInt8: return dtype == ScalarType::Char || dtype == ScalarType::QInt8;
    case Datatype::QUInt8: return dtype == ScalarType::Byte || dtype == ScalarType::QUInt8;
    case Datatype::Int32:
    case Datatype::QInt32: return dtype == ScalarType::Int || dtype == ScalarType::QInt32;
    default: return false;
  }
}

}  // namespace

Result<Tensor*> external_tensor(const Value& value, std::span<Tensor* const> args) {
  const std::string name = "external value " + std::to_string(value.external_id);
  if (value.external_id >= args.size() || !args[value.external_id]) {
    return fail(ErrorCode::Malformed,
                name + " of the delegate has no tensor among the call's " + counted(args.size(), "argument"));
  }
  Tensor* tensor = args[value.external_id];
  const bool indices = holds_indices(value, *tensor) && element_bytes(value.datatype) == 4;
  if (!indices && !same_elements(value.datatype, tensor->dtype)) {
    return fail(ErrorCode::Mismatch, name + " of the delegate is " + datatype_name(value.datatype) +
                                         ", the tensor given is " + dtype_name(tensor->dtype));
  }
  if (!tensor->data && tensor->nbytes() != 0) return fail(ErrorCode::Malformed, name + " has no memory");
  if (value.external_output() && tensor->read_only) {
    return fail(ErrorCode::Malformed, name + " would be written, but is a constant");
  }
  return tensor;
}

void widen_indices(Tensor& tensor) {
  auto* wide = tensor.as<std::int64_t>();
  const auto* narrow = tensor.as<std::uint8_t>();
  for (std::int64_t i = tensor.numel(); i-- > 0;) {  // from the back: nothing is overwritten before it is read
    std::int32_t index = 0;
    std::memcpy(&index, narrow + i * 4, sizeof(index));
    wide[i] = index;
  }
}

}  // namespace ptetool::xnn
