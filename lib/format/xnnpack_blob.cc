// Reads XNNPACK delegate blobs of every release (format-facts 3.1): header, flatbuffer and constant table. Only
// structure is proved; whether ids, sizes and constants make sense together is for the rules in verify/.
#include <algorithm>
#include <numeric>

#include "format/flatbuffer.h"
#include "format/xnnpack_nodes.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"

namespace ptetool::xnn {

namespace fb = ptetool::fb::xnn;
using format::convert_all;
using format::items;
using format::text;

namespace {

constexpr std::uint64_t kHeaderBytes = 30;
// The flatbuffer writer aligns to 16; a blob inside another file may lie anywhere.
constexpr std::size_t kFlatbufferAlignment = 16;
constexpr std::uint32_t kMinFlatbufferSize = 8;
// The runtime's own limit.
constexpr std::uint32_t kMaxExterns = 4096;
// What a node or a value takes at least: its place in the vector, its table with the union, the member's table. More of
// them than that share tables, and a small hostile blob would grow into a very large model.
constexpr std::uint64_t kMinItemBytes = 20;

std::string region(std::uint64_t offset, std::uint64_t size) {
  return "(offset " + std::to_string(offset) + ", size " + std::to_string(size) + ")";
}

// The header, if the magic is there; its fields are not aligned.
Result<std::optional<Header>> read_header(ByteView blob, const std::string& name) {
  const auto malformed = [&](std::string message, std::uint64_t offset) {
    return fail(ErrorCode::Malformed, name, "header", std::move(message), offset);
  };
  if (!has_tag(blob, 4, "XH00")) return std::optional<Header>();
  const auto length = load<std::uint16_t>(blob, 8);
  const auto flatbuffer_offset = load<std::uint32_t>(blob, 10);
  const auto flatbuffer_size = load<std::uint32_t>(blob, 14);
  const auto constant_offset = load<std::uint32_t>(blob, 18);
  const auto constant_size = load<std::uint64_t>(blob, 22);
  if (!length || !flatbuffer_offset || !flatbuffer_size || !constant_offset || !constant_size) {
    return malformed("is cut off", 4);
  }
  const Header header{*length, *flatbuffer_offset, *flatbuffer_size, *constant_offset, *constant_size};
  const std::string blob_size = std::to_string(blob.size());
  if (header.flatbuffer_size < kMinFlatbufferSize) {
    return malformed("flatbuffer size " + std::to_string(header.flatbuffer_size) + " is below the smallest possible, 8",
                     14);
  }
  if (!range_within(header.flatbuffer_offset, header.flatbuffer_size, blob.size())) {
    return malformed("the flatbuffer " + region(header.flatbuffer_offset, header.flatbuffer_size) +
                         " exceeds the blob's " + blob_size + " bytes",
                     10);
  }
  const std::uint64_t flatbuffer_end = std::uint64_t{header.flatbuffer_offset} + header.flatbuffer_size;
  if (header.constant_data_offset < flatbuffer_end) {
    return malformed("the constant data begins at " + std::to_string(header.constant_data_offset) +
                         ", before the end of the flatbuffer at " + std::to_string(flatbuffer_end),
                     18);
  }
  if (!range_within(header.constant_data_offset, header.constant_data_size, blob.size())) {
    return malformed("the constant data " + region(header.constant_data_offset, header.constant_data_size) +
                         " exceeds the blob's " + blob_size + " bytes",
                     18);
  }
  return std::optional(header);
}

QuantParams read_quant(const fb::XNNQuantizedTensorValue& table) {
  const auto type = table.quant_params_type();
  if (type == fb::XNNQuantParams::NONE) return NoQuant{};
  if (!table.quant_params()) return UnknownQuant{static_cast<std::uint8_t>(type)};
  if (const auto* params = table.quant_params_as_PerChannelQuant()) {
    return PerChannelQuant{items(params->scale()), params->channel_dim(), params->scale_buffer_idx(),
                           params->num_scales()};
  }
  if (const auto* params = table.quant_params_as_PerTensorQuant()) {
    return PerTensorQuant{params->scale(), params->zero_point()};
  }
  if (const auto* params = table.quant_params_as_PerTokenDynamicQuant()) {
    return PerTokenDynamicQuant{params->num_nonbatch_dims()};
  }
  if (const auto* params = table.quant_params_as_PerChannelGroupQuant()) {
    return PerChannelGroupQuant{items(params->scale()),      params->channel_dim(),      params->group_size(),
                                items(params->scale_bf16()), params->scale_buffer_idx(), params->num_scales()};
  }
  return UnknownQuant{static_cast<std::uint8_t>(type)};
}

Value read_value(const fb::XValue& table, std::uint64_t offset) {
  Value value;
  value.offset = offset;
  const auto* tensor = table.xvalue_union_as_XNNTensorValue();
  if (const auto* quantized = table.xvalue_union_as_XNNQuantizedTensorValue()) {
    tensor = quantized->tensor_value();
    value.quant = read_quant(*quantized);
  }
  value.known = tensor != nullptr;
  if (!tensor) return value;
  value.datatype = static_cast<Datatype>(tensor->datatype());
  value.num_dims = tensor->num_dims();
  value.dims = items(tensor->dims());
  value.constant_buffer_idx = tensor->constant_buffer_idx();
  value.external_id = tensor->external_id();
  value.flags = tensor->flags();
  value.id = tensor->id_out();
  value.dq_datatype = static_cast<Datatype>(tensor->dq_datatype());
  return value;
}

// An entry of constant_data: offsets count from the start of the constant region.
Constant read_constant(const fb::ConstantDataOffset& table, const Header& header) {
  Constant constant;
  constant.size = table.size();
  if (table.named_key()) {
    constant.named_key = text(table.named_key());
    return constant;
  }
  constant.offset = checked_add<std::uint64_t>(header.constant_data_offset, table.offset()).value_or(~std::uint64_t{0});
  constant.inside = range_within(table.offset(), table.size(), header.constant_data_size);
  return constant;
}

std::vector<std::uint32_t> order_by_id(const std::vector<Value>& values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t index) { return values[index].id; });
  return order;
}

}  // namespace

Result<Graph> read_xnnpack_blob(Bytes blob, std::string name) {
  const ByteView bytes = blob.view;
  if (bytes.size() < kHeaderBytes) {
    return fail(ErrorCode::Malformed, name, "",
                bytes.empty() ? std::string("is empty")
                              : "is cut off: " + counted(bytes.size(), "byte") + " cannot hold an XNNPACK graph",
                0);
  }
  Graph graph;
  graph.blob = std::move(blob);
  PTETOOL_ASSIGN(graph.header, read_header(bytes, name));
  const std::uint64_t start = graph.header ? graph.header->flatbuffer_offset : 0;
  ByteView flatbuffer = bytes;
  if (graph.header) flatbuffer = bytes.subspan(graph.header->flatbuffer_offset, graph.header->flatbuffer_size);
  if (!has_tag(flatbuffer, 4, "XN00") && !has_tag(flatbuffer, 4, "XN01")) {
    return fail(ErrorCode::WrongKind, name, "",
                "has the identifier " + quoted(as_text(flatbuffer.subspan(4, 4))) +
                    " where an XNNPACK graph has 'XN00' or 'XN01'",
                start + 4);
  }
  if (!is_aligned(flatbuffer.data(), kFlatbufferAlignment)) {
    const auto copy = File::from_bytes(name, flatbuffer);
    flatbuffer = copy->bytes();
    graph.flatbuffer_owner = copy;
  }
  PTETOOL_ASSIGN(const fb::XNNGraph* root, format::verified_root<fb::XNNGraph>(flatbuffer, name, "the XNNPACK graph"));
  const auto at = [&](const void* object) { return start + format::offset_in(flatbuffer, object); };
  graph.identifier = as_text(flatbuffer.subspan(4, 4));
  graph.version = text(root->version());
  graph.num_externs = root->num_externs();
  if (graph.num_externs > kMaxExterns) {
    return fail(ErrorCode::Malformed, name, "num_externs",
                std::to_string(graph.num_externs) + " external values exceed the runtime's limit of " +
                    std::to_string(kMaxExterns),
                at(root));
  }
  const std::uint64_t node_count = root->xnodes() ? root->xnodes()->size() : 0;
  const std::uint64_t value_count = root->xvalues() ? root->xvalues()->size() : 0;
  if (node_count + value_count > flatbuffer.size() / kMinItemBytes) {
    return fail(ErrorCode::Malformed, name, "",
                counted(node_count, "node") + " and " + counted(value_count, "value") +
                    " do not fit into the graph's " + counted(flatbuffer.size(), "byte"),
                at(root));
  }
  graph.has_nodes = root->xnodes() != nullptr;
  graph.has_values = root->xvalues() != nullptr;
  graph.nodes = convert_all<Node>(root->xnodes(), [&](const fb::XNode& node) { return read_node(node, at(&node)); });
  graph.values =
      convert_all<Value>(root->xvalues(), [&](const fb::XValue& value) { return read_value(value, at(&value)); });
  graph.values_by_id = order_by_id(graph.values);
  graph.input_ids = items(root->input_ids());
  graph.output_ids = items(root->output_ids());
  if (graph.header) {
    graph.constants = convert_all<Constant>(root->constant_data(), [&](const fb::ConstantDataOffset& constant) {
      return read_constant(constant, *graph.header);
    });
  } else {
    graph.constants = convert_all<Constant>(root->constant_buffer(), [&](const fb::Buffer& buffer) {
      const auto* storage = buffer.storage();
      return storage ? Constant{std::nullopt, at(storage->data()), storage->size(), true} : Constant{};
    });
  }
  return graph;
}

const Value* Graph::find_value(std::uint32_t id) const {
  if (id < values.size() && values[id].id == id) return &values[id];  // as every exporter numbers them
  const auto id_of = [&](std::uint32_t index) { return values[index].id; };
  const auto found = std::ranges::lower_bound(values_by_id, id, {}, id_of);
  return found != values_by_id.end() && id_of(*found) == id ? &values[*found] : nullptr;
}

Result<ByteView> Graph::constant_bytes(std::uint32_t index) const {
  const std::string path = indexed(header ? "constant_data" : "constant_buffer", index);
  if (index == 0) return fail(ErrorCode::Malformed, "", path, "is reserved and holds no constant");
  if (index >= constants.size()) {
    return fail(ErrorCode::Malformed, "", path,
                "does not exist: the graph has " + counted(constants.size(), "entry", "entries"));
  }
  const Constant& constant = constants[index];
  if (constant.named_key) {
    return fail(ErrorCode::Missing, "", path,
                "is the named data " + quoted(*constant.named_key) + ", outside this blob");
  }
  const auto part = constant.inside ? subview(blob.view, constant.offset, constant.size) : std::nullopt;
  if (!part) {
    return fail(ErrorCode::Malformed, "", path,
                region(constant.offset, constant.size) + " does not lie in the blob's constant data", constant.offset);
  }
  return *part;
}

std::optional<std::uint64_t> constant_nbytes(const Value& value) {
  const auto bits = datatype_bits(value.datatype);
  if (!bits) return std::nullopt;
  if (*bits >= 8) {
    const auto count = checked_numel(value.dims);
    return count ? checked_mul(static_cast<std::uint64_t>(*count), std::uint64_t{*bits / 8}) : std::nullopt;
  }
  const std::uint64_t row = value.dims.empty() ? 1 : value.dims.back();
  const auto rows = checked_numel(value.dims.empty() ? value.dims : value.dims.first(value.dims.size() - 1));
  return rows ? checked_mul(static_cast<std::uint64_t>(*rows), row / 2 + row % 2) : std::nullopt;
}

}  // namespace ptetool::xnn
