// Puts a graph and its constants together, and connects it with the args of a delegate call.
#include "xnnpack/graph_plan.h"

#include <algorithm>
#include <set>

#include "ptetool/base/text.h"

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

// The element's alignment: what typed loads need.
std::size_t alignment_of(Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::Int32:
    case Datatype::QInt32:
    case Datatype::QCInt32: return 4;
    case Datatype::Fp16:
    case Datatype::Bf16: return 2;
    default: return 1;
  }
}

bool executable_datatype(Datatype type) { return type == Datatype::Fp32; }

}  // namespace

std::optional<std::size_t> GraphPlan::index_of(std::uint32_t id) const {
  const auto found = index_of_.find(id);
  return found == index_of_.end() ? std::nullopt : std::optional(found->second);
}

Result<> GraphPlan::place_constant(const Model& model, std::size_t value_index, const std::string& path) {
  const Value& value = graph_->values[value_index];
  const std::string where = path + indexed("xvalues", value_index);
  const auto wanted = constant_nbytes(value);
  if (!wanted) return fail(ErrorCode::Malformed, "", where, "its dims and datatype describe no constant");
  const File* file = model.program->file.get();
  ByteView bytes;
  const std::uint32_t index = value.constant_buffer_idx;
  if (index < graph_->constants.size() && graph_->constants[index].named_key) {
    const std::string_view key = *graph_->constants[index].named_key;
    const auto entries = model.find(key);
    if (entries.empty()) return fail(ErrorCode::Missing, "", where, "its constant " + quoted(key) + " is in no file");
    const NamedEntry& entry = model.entries[entries.front()];
    if (!entry.bytes) return Failure(entry.bytes.error());
    bytes = *entry.bytes;
    file = &model.file_of(entry);
  } else {
    PTETOOL_ASSIGN(bytes, graph_->constant_bytes(index));
  }
  if (bytes.size() < *wanted) {
    return fail(ErrorCode::Malformed, "", where,
                "needs " + counted(*wanted, "byte") + ", its constant has " + std::to_string(bytes.size()));
  }
  bytes = bytes.first(static_cast<std::size_t>(*wanted));
  if (bytes.empty() || !is_aligned(bytes.data(), alignment_of(value.datatype)) || !readable_beyond(*file, bytes)) {
    const std::int64_t size = static_cast<std::int64_t>(*wanted + kReadBeyond);
    PTETOOL_ASSIGN(const OwnedTensor copy, allocate_tensor(ScalarType::Byte, std::span(&size, 1)));
    if (!bytes.empty()) std::memcpy(copy.tensor.data, bytes.data(), bytes.size());
    copies_.push_back(copy.memory);
    bytes = copy.tensor.bytes().first(bytes.size());
  }
  constants_[value_index] = bytes;
  return {};
}

Result<GraphPlan> GraphPlan::make(const Model& model, const LinkedDelegate& delegate) {
  if (!delegate.graph) return fail(ErrorCode::Internal, "a delegate without a graph was asked to run");
  if (!*delegate.graph) return Failure(delegate.graph->error());
  GraphPlan plan;
  plan.graph_ = &**delegate.graph;
  const auto& values = plan.graph_->values;
  plan.constants_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (!plan.index_of_.emplace(value.id, i).second) {
      return fail(ErrorCode::Malformed, "", indexed("xvalues", i), "repeats the id " + std::to_string(value.id));
    }
    if (value.num_dims != value.dims.size() || value.dims.size() > kMaxRank) {
      return fail(ErrorCode::Malformed, "", indexed("xvalues", i), "has a dim count that is not its dims'");
    }
    if (value.constant_buffer_idx != 0) PTETOOL_CHECK(plan.place_constant(model, i, ""));
    if (value.external_input()) plan.inputs_.push_back(i);
    if (value.external_output()) plan.outputs_.push_back(i);
  }
  const auto by_external_id = [&](std::size_t a, std::size_t b) {
    return values[a].external_id < values[b].external_id;
  };
  std::ranges::sort(plan.inputs_, by_external_id);
  std::ranges::sort(plan.outputs_, by_external_id);
  return plan;
}

std::vector<std::string> unsupported_parts(const LinkedDelegate& delegate) {
  std::set<std::string> parts;
  if (!delegate.graph || !*delegate.graph) return {};
  const Graph& graph = **delegate.graph;
  for (const Node& node : graph.nodes) {
    if (!node.known || !has_shape_rule(node.kind)) parts.insert("node " + node_kind_name(node.kind));
  }
  for (const Value& value : graph.values) {
    if (!executable_datatype(value.datatype)) parts.insert("datatype " + datatype_name(value.datatype));
    if (value.dq_datatype != Datatype::Invalid) parts.insert("dynamic quantisation in the style of v0.1");
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

Result<Tensor*> external_tensor(const Value& value, std::span<Tensor* const> args) {
  const std::string name = "external value " + std::to_string(value.external_id);
  if (value.external_id >= args.size() || !args[value.external_id]) {
    return fail(ErrorCode::Malformed,
                name + " of the delegate has no tensor among the call's " + counted(args.size(), "argument"));
  }
  Tensor* tensor = args[value.external_id];
  if (tensor->dtype != ScalarType::Float) {
    return fail(ErrorCode::Mismatch, name + " of the delegate is " + datatype_name(value.datatype) +
                                         ", the tensor given is " + dtype_name(tensor->dtype));
  }
  if (!tensor->data && tensor->nbytes() != 0) return fail(ErrorCode::Malformed, name + " has no memory");
  if (value.external_output() && tensor->read_only) {
    return fail(ErrorCode::Malformed, name + " would be written, but is a constant");
  }
  return tensor;
}

}  // namespace ptetool::xnn
