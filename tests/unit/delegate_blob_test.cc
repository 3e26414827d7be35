// Outlines of payloads of every backend whose format is documented, whole and damaged.
#include "ptetool/format/delegate_blob.h"

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <string>

namespace {

using namespace ptetool;
using namespace std::string_literals;

std::string u32(std::uint32_t value) {
  return std::string(as_text(bytes_of(std::span<const std::uint32_t>(&value, 1))));
}
std::string u64(std::uint64_t value) {
  return std::string(as_text(bytes_of(std::span<const std::uint64_t>(&value, 1))));
}

DelegateOutline outline(std::string_view id, const std::string& payload) {
  return outline_delegate(id, bytes_of(payload));
}

// "format; name=value; …; key name"
std::string text_of(std::string_view id, const std::string& payload) {
  const DelegateOutline result = outline(id, payload);
  std::string text = result.format;
  for (const auto& [name, value] : result.facts) text += "; " + name + "=" + value;
  for (const auto& key : result.named_keys) text += "; key " + key;
  return text;
}

std::string header(const std::string& tag, std::uint32_t flatbuffer_size, std::uint32_t constants_size) {
  return u32(0) + tag + "\x1e\0"s + u32(32) + u32(flatbuffer_size) + u32(32 + flatbuffer_size) + u64(constants_size) +
         "\0\0"s;
}

std::string vela_block(std::string name, const std::string& data) {
  name.resize(16);
  std::string block = name + u32(static_cast<std::uint32_t>(data.size())) + std::string(12, '\0') + data;
  block.resize((block.size() + 15) / 16 * 16);
  return block;
}

TEST_CASE("QNN") {
  CHECK(text_of("QnnBackend", u32(0x5678abcd) + u64(0x1234) + u64(10) + std::string(236, '\0') + "0123456789") ==
        "QNN context binary; signature=0x1234; context_size=10; context_offset=256");
  CHECK(text_of("QnnBackend", u32(0x5678abcd) + u64(0x1234) + u64(~0ull))
            .ends_with(
                "; damage=the context binary (offset 256, size 18446744073709551615) exceeds the payload's 20 bytes"));
  CHECK(outline("QnnBackend", "\x01\x02\x03"s).format == "QNN context binary or DLC (without container header)");
}

TEST_CASE("Vulkan names its constants") {
  flatbuffers::FlatBufferBuilder builder;
  const auto constant = [&](const char* key) {
    const auto name = key ? builder.CreateString(key) : flatbuffers::Offset<flatbuffers::String>();
    const auto start = builder.StartTable();
    builder.AddElement<std::uint64_t>(4, 16, 0);
    builder.AddOffset(8, name);
    return flatbuffers::Offset<flatbuffers::Table>(builder.EndTable(start));
  };
  const auto constants = builder.CreateVector(std::vector{constant("first"), constant(nullptr), constant("second")});
  const auto version = builder.CreateString("0");
  const auto start = builder.StartTable();
  builder.AddOffset(4, version);
  builder.AddOffset(14, constants);
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(builder.EndTable(start)), "VK00");
  const std::string graph(as_text({builder.GetBufferPointer(), builder.GetSize()}));
  const auto size = static_cast<std::uint32_t>(graph.size());
  const std::string facts = "; header_length=30; flatbuffer_offset=32; flatbuffer_size=" + std::to_string(size) +
                            "; constants_offset=" + std::to_string(32 + size) + "; constants_size=4";
  CHECK(text_of("VulkanBackend", header("VH00", size, 4) + graph + "data") ==
        "Vulkan graph" + facts + "; identifier=VK00; version=0; constants=3; key first; key second");
  // Cut off in the middle, and with a broken root.
  CHECK(text_of("VulkanBackend", header("VH00", size, 4) + graph.substr(0, 20))
            .find("damage=the flatbuffer (offset 32") != std::string::npos);
  CHECK(text_of("VulkanBackend", header("VH00", size, 4) + "\xff" + graph.substr(1) + "data")
            .ends_with("damage=the flatbuffer is corrupt or of an unknown layout"));
  CHECK(outline("VulkanBackend", u32(0) + "VH00").format == "Vulkan graph");
}

TEST_CASE("XNNPACK, MPS, MLX, TOSA, ENN and nested programs") {
  CHECK(text_of("XnnpackBackend", header("XH00", 8, 0) + u32(4) + "XN01") ==
        "XNNPACK graph; header_length=30; flatbuffer_offset=32; flatbuffer_size=8; constant_data_offset=40; "
        "constant_data_size=0; identifier=XN01");
  CHECK(text_of("XnnpackBackend", u32(16) + "XN00") == "XNNPACK graph; identifier=XN00");
  CHECK(text_of("MPSBackend", u32(0) + "MP00" + u64(24) + u64(4) + "data") == "MPS graph; data_offset=24; data_size=4");
  CHECK(text_of("MPSBackend", u32(16) + "MP00") == "MPS graph (without header)");
  CHECK(text_of("MLXBackend", u32(0) + "MLX0" + u64(24) + u64(9)) ==
        "MLX graph; data_offset=24; data_size=9; damage=the data (offset 24, size 9) exceeds the payload's 24 bytes");
  CHECK(text_of("TOSABackend", u32(8) + "TOSA") == "TOSA graph");
  CHECK(text_of("EnnBackend", u32(8) + "EETO") == "ENN options");
  CHECK(text_of("ExecutorBackend", u32(40) + "ET12" + "eh00" + u32(32) + u64(32) + u64(64)) ==
        "nested ExecuTorch program; extended_header=yes; program_size=32; segment_base_offset=64");
  CHECK(text_of("CadenceExecutorchBackend", u32(8) + "ET12") == "nested ExecuTorch program; extended_header=no");
}

TEST_CASE("the blocks of a Vela stream") {
  const std::string stream = vela_block("vela_bin_stream", "") + vela_block("cmd_data", "COP1xyz") +
                             vela_block("weight_data", std::string(20, 'w')) + vela_block("scratch_size", u32(4096)) +
                             vela_block("inputs", u32(2)) + vela_block("outputs", u32(1));
  CHECK(text_of("EthosUBackend", stream + vela_block("vela_end_stream", "")) ==
        "Vela command stream; command_stream=COP1; command_size=7; weight_size=20; scratch_size=4096; inputs=2; "
        "outputs=1");
  CHECK(text_of("EthosUBackend", stream).ends_with("damage=the stream has no 'vela_end_stream'"));
  CHECK(text_of("ArmBackend", stream.substr(0, 70)).find("damage=block 'cmd_data' (offset 64, size 7)") !=
        std::string::npos);
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += vela_block("vela_bin_stream", "");
  CHECK(outline("EthosUBackend", endless).facts.empty());
}

TEST_CASE("Core ML: a file system whose table stands reversed at the end, or a reference") {
  const std::string metadata = R"({"identifier":"abc","inputNames":["x","y"],"outputNames":["z"]})";
  std::string table = R"({"nodes":[{"name":"","kind":1,"children":{"metadata.json":1,"a\"}":2}},)"
                      R"({"name":"metadata.json","kind":0,"dataRegion":{"offset":0,"size":)" +
                      std::to_string(metadata.size()) +
                      R"(}},{"name":"far","kind":0,"dataRegion":{"offset":99999,"size":5}}]})";
  const std::size_t total = metadata.size() + 1 + table.size();
  std::ranges::reverse(table);
  CHECK(text_of("CoreMLBackend", metadata + "}" + table) ==
        "Core ML in-memory file system; nodes=3; file=metadata.json, " + std::to_string(metadata.size()) +
            " bytes at 0; identifier=abc; inputs=2; outputs=1; file=far, 5 bytes at 99999; damage=file 'far' (offset "
            "99999, size 5) exceeds the payload's " +
            std::to_string(total) + " bytes");
  CHECK(outline("CoreMLBackend", "\x01\x02").format == "unknown");
  CHECK(text_of("CoreMLBackend", R"(CMJR{"version":1,"key":"coreml_1","functionName":"forward"})") ==
        "Core ML reference; version=1; key=coreml_1; function=forward; key coreml_1");
  CHECK(text_of("CoreMLBackend", "CMJR[1]") == "Core ML reference; damage=the reference is no JSON object");
}

TEST_CASE("Neuropilot and Neutron") {
  CHECK(text_of("NeuropilotBackend", "\x01" + u32(2) + u32(3) + u32(4) + "1234") ==
        "Neuropilot network; version=1; inputs=2; outputs=3; network_size=4");
  const std::string counts = "\x01\x01\x01"s + "\0\0\0\0"s + "\x01"s;
  std::string microcode = u32(0x64434d6e) + std::string(20, '\0') + u32(40) + u32(16);
  microcode.resize(48 + 16);
  CHECK(text_of("NeutronBackend", counts + std::string(8, '\0') + microcode) ==
        "Neutron microcode; inputs=1; outputs=1; input_arguments=1; payload_version=1; microcode_size=40; "
        "weights_size=16");
  CHECK(outline("NeutronBackend", counts + std::string(8, '\0')).format == "unknown");
}

TEST_CASE("AOTInductor names its library and weights") {
  CHECK(text_of("CudaBackend", "12_so_blob\n12_weights_blob") ==
        "AOTInductor library reference; library=12_so_blob; weights=12_weights_blob; key 12_so_blob; key "
        "12_weights_blob");
  CHECK(outline("MetalBackend",
                "\x7f"
                "ELF\x02\x01")
            .format == "unknown");
}

TEST_CASE("payloads that nothing is known about") {
  CHECK(text_of("DemoBackend", "op:demo::aten.add, numel:1") == "text; text=op:demo::aten.add, numel:1");
  CHECK(text_of("NobodysBackend", u32(0) + "ZZ42\x01\x02") == "unknown; header=ZZ42");
  CHECK(text_of("NobodysBackend", "\x01\x02\x03") == "unknown");
  CHECK(text_of("VgfBackend", "") == "empty");
  CHECK(text_of("VgfBackend", "\x01\x02") == "VGF container");
  CHECK(known_backend("XnnpackBackend"));
  CHECK(known_backend("ConvAddBackendDemo"));
  CHECK_FALSE(known_backend("NobodysBackend"));
  CHECK_FALSE(known_backend(""));
}

}  // namespace
