// Outlines of the payloads of all backends (format-facts 4): whatever their headers tell without the vendor's software.
// Two tables drive it: formats that show themselves by a magic number, whichever backend carries them, and backends
// whose payload has none.
#include "ptetool/format/delegate_blob.h"

#include <algorithm>

#include "format/file_signatures.h"
#include "format/outline.h"
#include "ptetool/base/text.h"

namespace ptetool {

namespace {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return printable(c) || c == '\n' || c == '\t'; });
}

// --- formats with a magic number -------------------------------------------------------------------------------------

void outline_xnnpack(Outliner& out) {
  if (zero_header(out.payload, "XH00")) {
    outline_graph_header(out, "constant_data");
  } else {
    out.fact("identifier", std::string(as_text(out.payload.subspan(4, 4))));
  }
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

void outline_program(Outliner& out) {
  const bool header = has_tag(out.payload, 8, "eh00");
  out.fact("extended_header", header ? "yes" : "no");
  if (!header) return;
  const auto size = out.number<std::uint64_t>("program_size", 16);
  out.number<std::uint64_t>("segment_base_offset", 24);
  out.holds("the program flatbuffer", 0, size);
}

void outline_nothing(Outliner&) {}

struct Format {
  std::string_view name;
  bool (*matches)(ByteView);
  void (*outline)(Outliner&);
};

constexpr Format kFormats[] = {
    {"XNNPACK graph", is_xnnpack_blob, outline_xnnpack},
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

// Two lines, each the key of named data: the library and its weights.
bool outline_aot_inductor(Outliner& out) {
  const std::string_view text = as_text(out.payload);
  if (text.size() > kMaxPayloadText || !is_printable(text)) return false;
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
  } else if (is_printable(as_text(out.payload.first(std::min(out.payload.size(), kMaxPayloadText))))) {
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

std::optional<ByteView> outline_graph_header(Outliner& out, const std::string& constants) {
  out.number<std::uint16_t>("header_length", 8);
  const auto flatbuffer_offset = out.number<std::uint32_t>("flatbuffer_offset", 10);
  const auto flatbuffer_size = out.number<std::uint32_t>("flatbuffer_size", 14);
  const auto constants_offset = out.number<std::uint32_t>(constants + "_offset", 18);
  const auto constants_size = out.number<std::uint64_t>(constants + "_size", 22);
  out.holds("the constants", constants_offset, constants_size);
  if (!out.holds("the flatbuffer", flatbuffer_offset, flatbuffer_size)) return std::nullopt;
  const auto flatbuffer = subview(out.payload, flatbuffer_offset, flatbuffer_size);
  if (!flatbuffer || flatbuffer->size() < 8) return std::nullopt;
  out.fact("identifier", escaped(as_text(flatbuffer->subspan(4, 4))));
  return flatbuffer;
}

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
