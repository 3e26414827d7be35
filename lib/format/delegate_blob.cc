// Outlines of the payloads of all backends (format-facts 4): whatever their headers tell without the vendor's software.
// Two tables drive it: formats that show themselves by a magic number, whichever backend carries them, and backends
// whose payload has none. Damage is a fact among the others, never an error.
#include "ptetool/format/delegate_blob.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "format/flatbuffer.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"

namespace ptetool {

namespace {

using Json = nlohmann::json;

// JSON of a payload is short; parsing takes many times its size in memory.
constexpr std::size_t kMaxJson = std::size_t{1} << 20;
// Enough for every real payload, and a bound for hostile ones.
constexpr std::size_t kMaxListed = 64;

class Outliner {
 public:
  explicit Outliner(ByteView bytes) : payload(bytes) {}

  void fact(std::string name, std::string value) { outline.facts.emplace_back(std::move(name), std::move(value)); }
  void fact(std::string name, std::uint64_t value) { fact(std::move(name), std::to_string(value)); }
  // A number of the payload as a fact; 0 where the payload is too short.
  template <class T>
  std::uint64_t number(std::string name, std::uint64_t offset) {
    const auto value = load<T>(payload, offset);
    if (!value) return 0;
    fact(std::move(name), static_cast<std::uint64_t>(*value));
    return static_cast<std::uint64_t>(*value);
  }
  // Says so where a region that a header describes is not inside the payload.
  bool holds(std::string_view what, std::uint64_t offset, std::uint64_t size) {
    if (range_within(offset, size, payload.size())) return true;
    fact("damage", std::string(what) + " (offset " + std::to_string(offset) + ", size " + std::to_string(size) +
                       ") exceeds the payload's " + std::to_string(payload.size()) + " bytes");
    return false;
  }
  void key(std::string_view name) { outline.named_keys.emplace_back(name); }

  ByteView payload;
  DelegateOutline outline;
};

bool zero_header(ByteView payload, std::string_view tag) {
  return load<std::uint32_t>(payload, 0) == 0u && has_tag(payload, 4, tag);
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t'; });
}

Json parse_json(std::string_view text) {
  if (text.size() > kMaxJson) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string_view text_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  const auto* text = value ? value->get_ptr<const std::string*>() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::optional<std::uint64_t> number_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  if (!value || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

// --- Vulkan --------------------------------------------------------------------------------------------------------

// The parts of Vulkan's graph that matter here. The schema grows at the end of its tables, and constants have kept
// their place.
struct VulkanBytes : private flatbuffers::Table {
  const flatbuffers::String* named_key() const { return GetPointer<const flatbuffers::String*>(kNamedKey); }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, kNamedKey) && verifier.VerifyString(named_key()) &&
           verifier.EndTable();
  }

 private:
  static constexpr flatbuffers::voffset_t kNamedKey = 8;
};

struct VulkanGraph : private flatbuffers::Table {
  using Tables = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::Table>>;
  const flatbuffers::String* version() const { return GetPointer<const flatbuffers::String*>(kVersion); }
  const Tables* chain() const { return GetPointer<const Tables*>(kChain); }
  const Tables* values() const { return GetPointer<const Tables*>(kValues); }
  const flatbuffers::Vector<flatbuffers::Offset<VulkanBytes>>* constants() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<VulkanBytes>>*>(kConstants);
  }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, kVersion) && verifier.VerifyString(version()) &&
           VerifyOffset(verifier, kChain) && verifier.VerifyVector(chain()) && VerifyOffset(verifier, kValues) &&
           verifier.VerifyVector(values()) && VerifyOffset(verifier, kConstants) &&
           verifier.VerifyVector(constants()) && verifier.VerifyVectorOfTables(constants()) && verifier.EndTable();
  }

 private:
  static constexpr flatbuffers::voffset_t kVersion = 4, kChain = 6, kValues = 8, kConstants = 14;
};

void vulkan_graph(Outliner& out, ByteView flatbuffer) {
  if (flatbuffer.size() >= format::kMaxFlatbufferBytes) return;
  const auto aligned = File::from_bytes("", flatbuffer);
  const auto root = format::verified_root<VulkanGraph>(aligned->bytes(), "", "the Vulkan graph");
  if (!root) {
    out.fact("damage", "the flatbuffer is corrupt or of an unknown layout");
    return;
  }
  const VulkanGraph& graph = **root;
  out.fact("version", escaped(format::text(graph.version())));
  if (graph.chain()) out.fact("operators", graph.chain()->size());
  if (graph.values()) out.fact("values", graph.values()->size());
  if (!graph.constants()) return;
  out.fact("constants", graph.constants()->size());
  std::uint64_t key_bytes = 0;
  for (const VulkanBytes* constant : *graph.constants()) {
    if (!constant->named_key()) continue;
    key_bytes += constant->named_key()->size();
    if (key_bytes > flatbuffer.size()) return;  // strings shared to make much out of little
    out.key(format::text(constant->named_key()));
  }
}

void outline_vulkan(Outliner& out) {
  out.number<std::uint16_t>("header_length", 8);
  const auto flatbuffer_offset = out.number<std::uint32_t>("flatbuffer_offset", 10);
  const auto flatbuffer_size = out.number<std::uint32_t>("flatbuffer_size", 14);
  const auto constants_offset = out.number<std::uint32_t>("constants_offset", 18);
  const auto constants_size = out.number<std::uint64_t>("constants_size", 22);
  out.holds("the constants", constants_offset, constants_size);
  if (!out.holds("the flatbuffer", flatbuffer_offset, flatbuffer_size)) return;
  const auto flatbuffer = subview(out.payload, flatbuffer_offset, flatbuffer_size);
  if (!flatbuffer || flatbuffer->size() < 8) return;
  out.fact("identifier", escaped(as_text(flatbuffer->subspan(4, 4))));
  if (has_tag(*flatbuffer, 4, "VK00")) vulkan_graph(out, *flatbuffer);
}

// --- formats with a magic number -------------------------------------------------------------------------------------

void outline_xnnpack(Outliner& out) {
  if (!zero_header(out.payload, "XH00")) {
    out.fact("identifier", std::string(as_text(out.payload.subspan(4, 4))));
    return;
  }
  out.number<std::uint16_t>("header_length", 8);
  const auto offset = out.number<std::uint32_t>("flatbuffer_offset", 10);
  const auto size = out.number<std::uint32_t>("flatbuffer_size", 14);
  const auto constant_offset = out.number<std::uint32_t>("constant_data_offset", 18);
  const auto constant_size = out.number<std::uint64_t>("constant_data_size", 22);
  if (out.holds("the flatbuffer", offset, size) && size >= 8) {
    out.fact("identifier", escaped(as_text(out.payload.subspan(static_cast<std::size_t>(offset) + 4, 4))));
  }
  out.holds("the constant data", constant_offset, constant_size);
}

// MPS and MLX: the data region's place behind the tag, then the flatbuffer.
void outline_apple_gpu(Outliner& out) {
  const auto offset = out.number<std::uint64_t>("data_offset", 8);
  const auto size = out.number<std::uint64_t>("data_size", 16);
  out.holds("the data", offset, size);
}

void outline_qnn(Outliner& out) {
  constexpr std::uint64_t kContextAt = 256;
  if (const auto signature = load<std::uint64_t>(out.payload, 4)) out.fact("signature", hex(*signature));
  const auto size = out.number<std::uint64_t>("context_size", 12);
  out.fact("context_offset", kContextAt);
  out.holds("the context binary", kContextAt, size);
}

void outline_vela(Outliner& out) {
  constexpr std::uint64_t kNameBytes = 16;
  constexpr std::uint64_t kBlockHeader = 32;
  std::uint64_t at = 0;
  for (std::size_t blocks = 0; blocks < kMaxListed; ++blocks) {
    const auto name_bytes = subview(out.payload, at, kNameBytes);
    const auto size = load<std::uint32_t>(out.payload, at + kNameBytes);
    if (!name_bytes || !size) {
      out.fact("damage", "the stream has no 'vela_end_stream'");
      return;
    }
    const std::string_view padded = as_text(*name_bytes);
    const std::string_view name = padded.substr(0, padded.find('\0'));
    if (name == "vela_end_stream") return;
    const auto data = subview(out.payload, at + kBlockHeader, *size);
    if (!data) {
      out.holds("block " + quoted(name), at + kBlockHeader, *size);
      return;
    }
    const auto number = load<std::uint32_t>(*data, 0);
    if (name == "cmd_data") {
      if (data->size() >= 4) out.fact("command_stream", escaped(as_text(data->first(4))));
      out.fact("command_size", data->size());
    } else if (name == "weight_data") {
      out.fact("weight_size", data->size());
    } else if ((name == "scratch_size" || name == "inputs" || name == "outputs") && number) {
      out.fact(std::string(name), *number);
    } else if (name != "vela_bin_stream") {
      out.fact("block", quoted(name) + ", " + counted(data->size(), "byte"));
    }
    at += kBlockHeader + (std::uint64_t{*size} + 15) / 16 * 16;
  }
}

void outline_program(Outliner& out) {
  const bool header = has_tag(out.payload, 8, "eh00");
  out.fact("extended_header", header ? "yes" : "no");
  if (!header) return;
  const auto size = out.number<std::uint64_t>("program_size", 16);
  out.number<std::uint64_t>("segment_base_offset", 24);
  out.holds("the program flatbuffer", 0, size);
}

void outline_core_ml_reference(Outliner& out) {
  const Json reference = parse_json(as_text(out.payload.subspan(4)));
  if (!reference.is_object()) {
    out.fact("damage", "the reference is no JSON object");
    return;
  }
  if (const auto version = number_member(reference, "version")) out.fact("version", *version);
  const std::string_view key = text_member(reference, "key");
  out.fact("key", escaped(key));
  out.fact("function", escaped(text_member(reference, "functionName")));
  if (!key.empty()) out.key(key);
}

void outline_nothing(Outliner&) {}

struct Format {
  std::string_view name;
  bool (*matches)(ByteView);
  void (*outline)(Outliner&);
};

constexpr Format kFormats[] = {
    {"XNNPACK graph",
     [](ByteView payload) {
       return zero_header(payload, "XH00") || has_tag(payload, 4, "XN00") || has_tag(payload, 4, "XN01");
     },
     outline_xnnpack},
    {"Vulkan graph", [](ByteView payload) { return zero_header(payload, "VH00"); }, outline_vulkan},
    {"MPS graph", [](ByteView payload) { return zero_header(payload, "MP00"); }, outline_apple_gpu},
    {"MPS graph (without header)", [](ByteView payload) { return has_tag(payload, 4, "MP00"); }, outline_nothing},
    {"MLX graph", [](ByteView payload) { return zero_header(payload, "MLX0"); }, outline_apple_gpu},
    {"QNN context binary", [](ByteView payload) { return load<std::uint32_t>(payload, 0) == 0x5678abcdu; },
     outline_qnn},
    {"Core ML reference", [](ByteView payload) { return has_tag(payload, 0, "CMJR"); }, outline_core_ml_reference},
    {"Vela command stream", [](ByteView payload) { return has_tag(payload, 0, "vela_bin_stream"); }, outline_vela},
    {"TOSA graph", [](ByteView payload) { return has_tag(payload, 4, "TOSA"); }, outline_nothing},
    {"ENN options", [](ByteView payload) { return has_tag(payload, 4, "EETO"); }, outline_nothing},
    {"nested ExecuTorch program", [](ByteView payload) { return has_tag(payload, 4, "ET12"); }, outline_program},
};

// --- formats that only the backend id tells --------------------------------------------------------------------------

// The JSON object at the payload's end, whose bytes stand in reverse; empty if there is none.
std::string reversed_json(ByteView payload) {
  std::string text;
  int depth = 0;
  bool in_string = false;
  bool escape = false;
  const std::size_t limit = std::min(payload.size(), kMaxJson);
  for (std::size_t i = 0; i < limit; ++i) {
    const char c = static_cast<char>(payload[payload.size() - 1 - i]);
    if (i == 0 && c != '{') return {};
    text += c;
    if (in_string) {
      in_string = escape || c != '"';
      escape = !escape && c == '\\';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text;
    }
  }
  return {};
}

void outline_core_ml_metadata(Outliner& out, ByteView file) {
  const Json metadata = parse_json(as_text(file));
  if (const std::string_view identifier = text_member(metadata, "identifier"); !identifier.empty()) {
    out.fact("identifier", escaped(identifier));
  }
  for (const char* list : {"inputNames", "outputNames"}) {
    const Json* names = member(metadata, list);
    if (names && names->is_array())
      out.fact(list == std::string_view("inputNames") ? "inputs" : "outputs", names->size());
  }
}

bool outline_core_ml(Outliner& out) {
  const Json metadata = parse_json(reversed_json(out.payload));
  const Json* nodes = member(metadata, "nodes");
  if (!nodes || !nodes->is_array()) return false;
  out.fact("nodes", nodes->size());
  std::size_t listed = 0;
  for (const Json& node : *nodes) {
    const Json* region = member(node, "dataRegion");
    if (!region || ++listed > kMaxListed) continue;
    const auto offset = number_member(*region, "offset");
    const auto size = number_member(*region, "size");
    if (!offset || !size || *size == 0) continue;
    const std::string_view name = text_member(node, "name");
    out.fact("file", escaped(name) + ", " + counted(*size, "byte") + " at " + std::to_string(*offset));
    if (!out.holds("file " + quoted(name), *offset, *size) || name != "metadata.json") continue;
    if (const auto content = subview(out.payload, *offset, *size)) outline_core_ml_metadata(out, *content);
  }
  return true;
}

bool outline_neuropilot(Outliner& out) {
  constexpr std::uint64_t kHeaderBytes = 13;
  if (out.payload.size() < kHeaderBytes) return false;
  out.number<std::uint8_t>("version", 0);
  out.number<std::uint32_t>("inputs", 1);
  out.number<std::uint32_t>("outputs", 5);
  const auto size = out.number<std::uint32_t>("network_size", 9);
  out.holds("the network", kHeaderBytes, size);
  return true;
}

bool outline_neutron(Outliner& out) {
  constexpr std::uint32_t kMagic = 0x64434d6e;
  const auto inputs = load<std::uint8_t>(out.payload, 0);
  const auto outputs = load<std::uint8_t>(out.payload, 1);
  if (!inputs || !outputs) return false;
  // Three counts, a format and a map for each input and output, the payload's version.
  const std::uint64_t version_at = 3 + 2 * (std::uint64_t{*inputs} + *outputs);
  const std::uint64_t microcode_at = (version_at + 1 + 15) / 16 * 16;
  if (load<std::uint32_t>(out.payload, microcode_at) != kMagic) return false;
  out.fact("inputs", *inputs);
  out.fact("outputs", *outputs);
  out.number<std::uint8_t>("input_arguments", 2);
  out.number<std::uint8_t>("payload_version", version_at);
  const auto microcode = out.number<std::uint32_t>("microcode_size", microcode_at + 24);
  const auto weights = out.number<std::uint32_t>("weights_size", microcode_at + 28);
  out.holds("the microcode", microcode_at, microcode);
  out.holds("the weights", microcode_at + (microcode + 15) / 16 * 16, weights);
  return true;
}

// Two lines, each the key of named data: the library and its weights.
bool outline_aot_inductor(Outliner& out) {
  const std::string_view text = as_text(out.payload);
  if (text.size() > kMaxJson || !is_printable(text)) return false;
  for (std::size_t at = 0; at < text.size() && out.outline.named_keys.size() < kMaxListed;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view key = text.substr(at, end - at);
    at = end + 1;
    if (key.empty()) continue;
    const bool library = key.ends_with("_so_blob");
    out.fact(library ? "library" : key.ends_with("_weights_blob") ? "weights" : "data", escaped(key));
    out.key(key);
  }
  return !out.outline.named_keys.empty();
}

struct Backend {
  std::string_view id;
  std::string_view format;               // what its payload is where no magic number says so; empty: nothing is known
  bool (*outline)(Outliner&) = nullptr;  // false: the payload is not of this format after all
};

constexpr Backend kBackends[] = {
    {"XnnpackBackend", ""},
    {"CoreMLBackend", "Core ML in-memory file system", outline_core_ml},
    {"QnnBackend", "QNN context binary or DLC (without container header)"},
    {"VulkanBackend", ""},
    {"MPSBackend", ""},
    {"ArmBackend", ""},
    {"EthosUBackend", ""},
    {"TOSABackend", ""},
    {"VgfBackend", "VGF container"},
    {"NeuropilotBackend", "Neuropilot network", outline_neuropilot},
    {"OpenvinoBackend", "OpenVINO compiled model"},
    {"NeutronBackend", "Neutron microcode", outline_neutron},
    {"EnnBackend", "ENN binary"},
    {"CudaBackend", "AOTInductor library reference", outline_aot_inductor},
    {"MetalBackend", "AOTInductor library reference", outline_aot_inductor},
    {"MLXBackend", ""},
    {"CadenceExecutorchBackend", ""},
    {"ExecutorBackend", ""},
    // demonstrations and tests
    {"BackendWithCompilerDemo", ""},
    {"BackendWithDelegateMappingDemo", ""},
    {"DemoBackend", ""},
    {"ExampleBackend", ""},
    {"StubBackend", ""},
    {"BackendWithNamedDataMap", ""},
    {"FirstBackendWithPreprocessAll", ""},
    {"SecondBackendWithPreprocessAll", ""},
    {"ConvAddBackendDemo", ""},
};

const Backend* find_backend(std::string_view id) {
  const auto* found = std::ranges::find(kBackends, id, &Backend::id);
  return found == std::end(kBackends) ? nullptr : found;
}

// What can be said of a payload that nothing is known about.
void outline_unknown(Outliner& out) {
  const auto tag = subview(out.payload, 4, 4);
  if (out.payload.empty()) {
    out.outline.format = "empty";
  } else if (is_printable(as_text(out.payload.first(std::min(out.payload.size(), kMaxJson))))) {
    out.outline.format = "text";
    out.fact("text", escaped(as_text(out.payload), 64));
  } else {
    out.outline.format = "unknown";
    if (tag && zero_header(out.payload, as_text(*tag)) && is_printable(as_text(*tag))) {
      out.fact("header", escaped(as_text(*tag)));
    }
  }
}

}  // namespace

DelegateOutline outline_delegate(std::string_view backend_id, ByteView payload) {
  Outliner out(payload);
  for (const Format& format : kFormats) {
    if (!format.matches(payload)) continue;
    out.outline.format = format.name;
    format.outline(out);
    return std::move(out.outline);
  }
  const Backend* backend = find_backend(backend_id);
  if (backend && !backend->format.empty() && !payload.empty()) {
    out.outline.format = backend->format;
    if (!backend->outline || backend->outline(out)) return std::move(out.outline);
    out = Outliner(payload);
  }
  outline_unknown(out);
  return std::move(out.outline);
}

bool known_backend(std::string_view backend_id) { return find_backend(backend_id) != nullptr; }

}  // namespace ptetool
