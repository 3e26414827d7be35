// The tables are made anew, because in the oldest layout the constants lie between them.
#include "ptetool/format/xnnpack_take_out.h"

#include <algorithm>
#include <limits>

#include "format/flatbuffer.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "xnnpack_graph_generated.h"

namespace ptetool::xnn {

namespace fb = ptetool::fb::xnn;

namespace {

constexpr std::uint16_t kHeaderLength = 30;
constexpr std::uint32_t kTablesAt = 32;
constexpr std::size_t kAlignment = 16;  // of the constant region and of what lies in it
constexpr std::uint64_t kNowhere = std::numeric_limits<std::uint64_t>::max();  // the offset of named constants

template <class T>
void append(std::vector<std::uint8_t>& bytes, T number) {
  const ByteView view = bytes_of(std::span<const T>(&number, 1));
  bytes.insert(bytes.end(), view.begin(), view.end());
}

void pad(std::vector<std::uint8_t>& bytes) {
  while (bytes.size() % kAlignment != 0) bytes.push_back(0);
}

std::vector<std::uint8_t> blob_of(ByteView tables, ByteView region) {
  std::vector<std::uint8_t> blob = {0, 0, 0, 0, 'X', 'H', '0', '0'};
  const auto size = static_cast<std::uint32_t>(tables.size());
  const auto end = checked_align_up(std::uint64_t{kTablesAt} + size, kAlignment).value_or(kNowhere);
  append(blob, kHeaderLength);
  append(blob, kTablesAt);
  append(blob, size);
  append(blob, static_cast<std::uint32_t>(end));
  append(blob, std::uint64_t{region.size()});
  blob.resize(kTablesAt);
  blob.insert(blob.end(), tables.begin(), tables.end());
  pad(blob);
  blob.insert(blob.end(), region.begin(), region.end());
  return blob;
}

// The same graph, and every constant where it should be now?
bool kept(const Graph& before, const Graph& after, std::span<const Rename> names) {
  if (!same_computation(before, after)) return false;
  for (std::uint32_t c = 1; c < before.constants.size(); ++c) {
    const auto named = std::ranges::find(names, c, &Rename::constant);
    const auto& key = after.constants[c].named_key;
    if (named != names.end()) {
      if (!key || *key != named->key) return false;
    } else if (key != before.constants[c].named_key) {
      return false;
    } else if (before.constants[c].inside) {
      const auto was = before.constant_bytes(c);
      const auto is = after.constant_bytes(c);
      if (!was || !is || as_text(*was) != as_text(*is)) return false;
    }
  }
  return true;
}

}  // namespace

bool can_take_out(const Graph& graph) {
  if (!std::ranges::all_of(graph.nodes, &Node::known) || !std::ranges::all_of(graph.values, &Value::known))
    return false;
  // Tables that share their lists would take more room than they had.
  std::uint64_t lists = 0;
  for (const Value& value : graph.values) {
    lists += value.dims.size_bytes();
    if (const auto* channels = std::get_if<PerChannelQuant>(&value.quant)) lists += channels->scale.size_bytes();
    if (const auto* groups = std::get_if<PerChannelGroupQuant>(&value.quant))
      lists += groups->scale.size_bytes() + groups->scale_bf16.size_bytes();
  }
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      if (const auto* list = std::get_if<std::span<const std::uint32_t>>(&attribute.value)) lists += list->size_bytes();
    }
  }
  for (const Constant& constant : graph.constants) lists += constant.inside ? constant.size : 0;
  return lists <= graph.blob.view.size();
}

std::vector<bool> used_constants(const Graph& graph) {
  std::vector<bool> used(graph.constants.size(), false);
  const auto note = [&](std::uint32_t index) {
    if (index != 0 && index < used.size()) used[index] = true;
  };
  for (const Value& value : graph.values) {
    note(value.constant_buffer_idx);
    if (const auto* channels = std::get_if<PerChannelQuant>(&value.quant)) note(channels->scale_buffer_idx);
    if (const auto* groups = std::get_if<PerChannelGroupQuant>(&value.quant)) note(groups->scale_buffer_idx);
  }
  return used;
}

Result<std::vector<std::uint8_t>> take_out_constants(const Graph& graph, std::span<const Rename> names,
                                                     const std::string& name) {
  if (!can_take_out(graph))
    return fail(ErrorCode::Unsupported, name, "", "has nodes or values that are not known here");
  const ByteView source = graph.blob.view;
  const auto aligned = File::from_bytes(
      name, graph.header ? source.subspan(graph.header->flatbuffer_offset, graph.header->flatbuffer_size) : source);
  PTETOOL_ASSIGN(const fb::XNNGraph* root,
                 format::verified_root<fb::XNNGraph>(aligned->bytes(), name, "the XNNPACK graph"));
  fb::XNNGraphT tables;
  root->UnPackTo(&tables);
  tables.constant_buffer.clear();
  tables.constant_data.clear();
  std::vector<std::uint8_t> region;
  for (std::size_t c = 0; c < graph.constants.size(); ++c) {
    const Constant& constant = graph.constants[c];
    auto& entry = *tables.constant_data.emplace_back(std::make_unique<fb::ConstantDataOffsetT>());
    const auto named = std::ranges::find(names, c, &Rename::constant);
    if (named != names.end() || constant.named_key) {
      entry.offset = kNowhere;
      entry.size = constant.size;
      entry.named_key = named != names.end() ? named->key : std::string(*constant.named_key);
    } else if (constant.inside && c != 0) {
      PTETOOL_ASSIGN(const ByteView bytes, graph.constant_bytes(static_cast<std::uint32_t>(c)));
      entry.offset = region.size();
      entry.size = bytes.size();
      region.insert(region.end(), bytes.begin(), bytes.end());
      pad(region);
    } else if (c != 0) {
      entry.offset = kNowhere;  // names nothing, as before
    }
  }
  flatbuffers::FlatBufferBuilder builder;
  builder.ForceDefaults(true);  // or numbers of -0.0 would be left out, and read as 0.0
  fb::FinishXNNGraphBuffer(builder, fb::XNNGraph::Pack(builder, &tables));
  std::vector<std::uint8_t> blob = blob_of({builder.GetBufferPointer(), builder.GetSize()}, region);
  PTETOOL_ASSIGN(const Graph again, read_xnnpack_blob(Bytes{blob, nullptr}, name));
  if (!kept(graph, again, names)) return fail(ErrorCode::Unsupported, name, "", "cannot be written in today's layout");
  return blob;
}

}  // namespace ptetool::xnn
