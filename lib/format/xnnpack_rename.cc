// A flatbuffer refers forward only, so names that do not fit where the old ones are can be appended: no table moves,
// and nothing has to be written anew.
#include "ptetool/format/xnnpack_rename.h"

#include <algorithm>
#include <bit>

#include "format/flatbuffer.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "xnnpack_graph_generated.h"

namespace ptetool::xnn {

namespace fb = ptetool::fb::xnn;

namespace {

constexpr std::size_t kAlignment = 16;  // of the constant region behind the tables
constexpr std::uint64_t kSizeAt = 14;   // of the flatbuffer, in the header
constexpr std::uint64_t kConstantOffsetAt = 18;

template <class T>
void store(std::vector<std::uint8_t>& bytes, std::uint64_t at, T number) {
  std::ranges::copy(bytes_of(std::span<const T>(&number, 1)), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void pad(std::vector<std::uint8_t>& bytes, std::size_t alignment) {
  while (bytes.size() % alignment != 0) bytes.push_back(0);
}

// Where a table keeps the offset of its field `slot`.
std::optional<std::uint64_t> field_position(ByteView bytes, std::uint64_t table, flatbuffers::voffset_t slot) {
  const auto back = load<std::int32_t>(bytes, table);
  if (!back) return std::nullopt;
  const std::int64_t vtable = static_cast<std::int64_t>(table) - *back;
  const auto field =
      vtable < 0 ? std::nullopt : load<flatbuffers::voffset_t>(bytes, static_cast<std::uint64_t>(vtable) + slot);
  return field && *field != 0 ? std::optional(table + *field) : std::nullopt;
}

// The tables with the new names; longer than before where some had to be appended.
Result<std::vector<std::uint8_t>> renamed_tables(ByteView tables, std::span<const Rename> renames,
                                                 const std::string& name) {
  const auto aligned = File::from_bytes(name, tables);
  const ByteView source = aligned->bytes();
  PTETOOL_ASSIGN(const fb::XNNGraph* root, format::verified_root<fb::XNNGraph>(source, name, "the XNNPACK graph"));
  std::vector<std::uint8_t> bytes(source.begin(), source.end());
  for (const Rename& rename : renames) {
    const auto* constants = root->constant_data();
    const auto* entry = constants && rename.constant < constants->size()
                            ? constants->Get(static_cast<flatbuffers::uoffset_t>(rename.constant))
                            : nullptr;
    const auto* old = entry ? entry->named_key() : nullptr;
    if (!old) return fail(ErrorCode::Internal, name, indexed("constant_data", rename.constant), "has no name");
    const auto length = static_cast<std::uint32_t>(rename.key.size());
    if (rename.key.size() <= old->size()) {
      const std::uint64_t at = format::offset_in(source, old);
      store(bytes, at, length);
      const auto text = bytes.begin() + static_cast<std::ptrdiff_t>(at + sizeof length);
      std::fill(std::ranges::copy(rename.key, text).out, text + static_cast<std::ptrdiff_t>(old->size()),
                std::uint8_t{0});
      continue;
    }
    const auto field = field_position(source, format::offset_in(source, entry), fb::ConstantDataOffset::VT_NAMED_KEY);
    if (!field) return fail(ErrorCode::Internal, name, indexed("constant_data", rename.constant), "has no name");
    pad(bytes, sizeof length);
    store(bytes, *field, static_cast<std::uint32_t>(bytes.size() - *field));
    const ByteView length_bytes = bytes_of(std::span<const std::uint32_t>(&length, 1));
    bytes.insert(bytes.end(), length_bytes.begin(), length_bytes.end());
    bytes.insert(bytes.end(), rename.key.begin(), rename.key.end());
    bytes.push_back(0);
  }
  return bytes;
}

bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

template <class T>
bool same_numbers(std::span<const T> a, std::span<const T> b) {
  return as_text(bytes_of(a)) == as_text(bytes_of(b));
}

struct SameQuant {
  bool operator()(const NoQuant&, const NoQuant&) const { return true; }
  bool operator()(const UnknownQuant& a, const UnknownQuant& b) const { return a.type == b.type; }
  bool operator()(const PerTensorQuant& a, const PerTensorQuant& b) const {
    return same_bits(a.scale, b.scale) && a.zero_point == b.zero_point;
  }
  bool operator()(const PerTokenDynamicQuant& a, const PerTokenDynamicQuant& b) const {
    return a.num_nonbatch_dims == b.num_nonbatch_dims;
  }
  bool operator()(const PerChannelQuant& a, const PerChannelQuant& b) const {
    return same_numbers(a.scale, b.scale) && a.channel_dim == b.channel_dim &&
           a.scale_buffer_idx == b.scale_buffer_idx && a.num_scales == b.num_scales;
  }
  bool operator()(const PerChannelGroupQuant& a, const PerChannelGroupQuant& b) const {
    return same_numbers(a.scale, b.scale) && same_numbers(a.scale_bf16, b.scale_bf16) &&
           a.channel_dim == b.channel_dim && a.group_size == b.group_size && a.scale_buffer_idx == b.scale_buffer_idx &&
           a.num_scales == b.num_scales;
  }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

bool same_value(const Value& a, const Value& b) {
  return a.datatype == b.datatype && a.num_dims == b.num_dims && same_numbers(a.dims, b.dims) &&
         a.constant_buffer_idx == b.constant_buffer_idx && a.external_id == b.external_id && a.flags == b.flags &&
         a.id == b.id && a.dq_datatype == b.dq_datatype && a.known == b.known &&
         std::visit(SameQuant{}, a.quant, b.quant);
}

bool same_operands(const std::vector<Operand>& a, const std::vector<Operand>& b) {
  return std::ranges::equal(a, b, [](const Operand& x, const Operand& y) { return x.role == y.role && x.id == y.id; });
}

struct SameAttribute {
  bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
  bool operator()(float a, float b) const { return same_bits(a, b); }
  bool operator()(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) const {
    return same_numbers(a, b);
  }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

bool same_node(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.known != b.known || a.flags != b.flags || a.debug_handle != b.debug_handle) return false;
  if (a.output_min_max.has_value() != b.output_min_max.has_value()) return false;
  if (a.output_min_max && !(same_bits(a.output_min_max->min, b.output_min_max->min) &&
                            same_bits(a.output_min_max->max, b.output_min_max->max))) {
    return false;
  }
  return same_operands(a.inputs, b.inputs) && same_operands(a.outputs, b.outputs) &&
         std::ranges::equal(a.attributes, b.attributes, [](const Attribute& x, const Attribute& y) {
           return x.name == y.name && std::visit(SameAttribute{}, x.value, y.value);
         });
}

}  // namespace

bool same_computation(const Graph& a, const Graph& b) {
  return a.version == b.version && a.num_externs == b.num_externs && a.has_nodes == b.has_nodes &&
         a.has_values == b.has_values && same_numbers(a.input_ids, b.input_ids) &&
         same_numbers(a.output_ids, b.output_ids) && a.constants.size() == b.constants.size() &&
         std::ranges::equal(a.nodes, b.nodes, same_node) && std::ranges::equal(a.values, b.values, same_value);
}

Result<std::vector<std::uint8_t>> rename_constants(const Graph& graph, std::span<const Rename> renames,
                                                   const std::string& name) {
  const ByteView source = graph.blob.view;
  if (!graph.header) return fail(ErrorCode::Internal, name, "", "has no header, and so no names of constants");
  const Header& header = *graph.header;
  PTETOOL_ASSIGN(const auto tables,
                 renamed_tables(source.subspan(header.flatbuffer_offset, header.flatbuffer_size), renames, name));
  const ByteView before = source.first(header.flatbuffer_offset);
  std::vector<std::uint8_t> blob(before.begin(), before.end());
  blob.insert(blob.end(), tables.begin(), tables.end());
  if (tables.size() == header.flatbuffer_size) {
    const ByteView behind = source.subspan(blob.size());
    blob.insert(blob.end(), behind.begin(), behind.end());
  } else {
    pad(blob, kAlignment);
    store(blob, kSizeAt, static_cast<std::uint32_t>(tables.size()));
    store(blob, kConstantOffsetAt, static_cast<std::uint32_t>(blob.size()));
    const ByteView behind = source.subspan(header.constant_data_offset);
    blob.insert(blob.end(), behind.begin(), behind.end());
  }
  PTETOOL_ASSIGN(const Graph again, read_xnnpack_blob(Bytes{blob, nullptr}, name));
  bool kept = same_computation(graph, again);
  for (std::size_t c = 0; kept && c < graph.constants.size(); ++c) {
    const auto rename = std::ranges::find(renames, c, &Rename::constant);
    const Constant& now = again.constants[c];
    if (rename != renames.end()) {
      kept = now.named_key && *now.named_key == rename->key;
    } else {
      kept = now.named_key == graph.constants[c].named_key && now.size == graph.constants[c].size;
    }
  }
  if (!kept) {
    return fail(ErrorCode::Malformed, name, "constant_data", "its tables share bytes: names cannot be changed alone");
  }
  return blob;
}

}  // namespace ptetool::xnn
