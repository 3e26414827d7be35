// XNNPACK blobs of every era: values, constants, and what must be refused.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "xnnpack_blobs.h"

namespace {

using namespace xnnpack_blobs;
namespace fb = ptetool::fb::xnn;

// Values of all quantisations, constants inside and outside of the blob.
Blob rich_graph() {
  Builder builder;
  const std::vector<std::uint32_t> dims = {2, 3};
  const std::vector<float> scale = {0.5f, 0.25f};
  const std::vector<std::uint16_t> bf16 = {0x3f80};
  const auto tensor = [&](std::uint32_t id, fb::XNNDatatype type, std::uint32_t constant, std::uint32_t flags) {
    return fb::CreateXNNTensorValueDirect(builder, type, 2, &dims, constant, flags ? id : xnn::kInvalidId, flags, id);
  };
  const auto quantized = [&](std::uint32_t id, fb::XNNDatatype type, fb::XNNQuantParams kind, auto params) {
    const auto value = fb::CreateXNNQuantizedTensorValue(builder, tensor(id, type, 1, 0), kind, params.Union());
    return fb::CreateXValue(builder, fb::XValueUnion::XNNQuantizedTensorValue, value.Union());
  };
  std::vector<flatbuffers::Offset<fb::XValue>> values;
  values.push_back(
      fb::CreateXValue(builder, fb::XValueUnion::XNNTensorValue, tensor(7, fb::XNNDatatype::fp32, 0, 1).Union()));
  values.push_back(quantized(3, fb::XNNDatatype::qcint8, fb::XNNQuantParams::PerChannelQuant,
                             fb::CreatePerChannelQuantDirect(builder, &scale, 1, 2, 4)));
  values.push_back(quantized(5, fb::XNNDatatype::qint8, fb::XNNQuantParams::PerTensorQuant,
                             fb::CreatePerTensorQuant(builder, 0.5f, -3)));
  values.push_back(quantized(9, fb::XNNDatatype::qdint8, fb::XNNQuantParams::PerTokenDynamicQuant,
                             fb::CreatePerTokenDynamicQuant(builder, 1)));
  values.push_back(quantized(11, fb::XNNDatatype::qbint4, fb::XNNQuantParams::PerChannelGroupQuant,
                             fb::CreatePerChannelGroupQuantDirect(builder, &scale, 1, 32, &bf16, 2, 8)));
  const std::vector<flatbuffers::Offset<fb::ConstantDataOffset>> constants = {
      fb::CreateConstantDataOffsetDirect(builder, 0, 0, ""),
      fb::CreateConstantDataOffsetDirect(builder, 4, 8),
      fb::CreateConstantDataOffsetDirect(builder, ~std::uint64_t{0}, 6, "abc"),
      fb::CreateConstantDataOffsetDirect(builder, 12, 8),
      fb::CreateConstantDataOffsetDirect(builder, ~std::uint64_t{0}, 8),
  };
  const std::vector<flatbuffers::Offset<fb::XNode>> nodes;
  const std::vector<std::uint32_t> inputs = {7}, outputs = {9, 3};
  const auto root =
      fb::CreateXNNGraphDirect(builder, "0", &nodes, &values, 2, &inputs, &outputs, nullptr, nullptr, &constants);
  Blob data(16);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i);
  return with_header(finish(builder, root), data);
}

TEST_CASE("values, quantisation and constants, at every alignment") {
  const Blob blob = rich_graph();
  for (const std::size_t shift : {0u, 1u, 4u, 8u, 13u}) {
    CAPTURE(shift);
    const auto graph = read(blob, shift);
    REQUIRE(graph);
    CHECK((graph->flatbuffer_owner != nullptr) == (shift != 0));
    CHECK(graph->identifier == "XN01");
    CHECK(graph->version == "0");
    CHECK(graph->num_externs == 2);
    CHECK(graph->has_nodes);
    CHECK(graph->has_values);
    CHECK(graph->input_ids.size() == 1);
    CHECK(graph->output_ids[1] == 3);
    REQUIRE(graph->values.size() == 5);
    CHECK(graph->values[0].external_input());
    CHECK_FALSE(graph->values[0].external_output());
    CHECK(graph->values[0].dims[1] == 3);
    CHECK(graph->values[0].offset > 32);
    CHECK(graph->values[0].offset < blob.size());
    CHECK(std::holds_alternative<xnn::NoQuant>(graph->values[0].quant));
    const auto& channel = std::get<xnn::PerChannelQuant>(graph->values[1].quant);
    CHECK(channel.scale[1] == 0.25f);
    CHECK(channel.channel_dim == 1);
    CHECK(channel.scale_buffer_idx == 2);
    CHECK(channel.num_scales == 4);
    CHECK(std::get<xnn::PerTensorQuant>(graph->values[2].quant).zero_point == -3);
    CHECK(std::get<xnn::PerTokenDynamicQuant>(graph->values[3].quant).num_nonbatch_dims == 1);
    const auto& group = std::get<xnn::PerChannelGroupQuant>(graph->values[4].quant);
    CHECK(group.group_size == 32);
    CHECK(group.scale_bf16[0] == 0x3f80);
    CHECK(group.num_scales == 8);

    CHECK(graph->find_value(7) == &graph->values[0]);
    CHECK(graph->find_value(3) == &graph->values[1]);
    CHECK(graph->find_value(11) == &graph->values[4]);
    CHECK(graph->find_value(0) == nullptr);
    CHECK(graph->find_value(xnn::kInvalidId) == nullptr);

    const auto bytes = graph->constant_bytes(1);
    REQUIRE(bytes);
    CHECK(bytes->size() == 8);
    CHECK(bytes->front() == 4);
    CHECK(graph->constants[1].offset == graph->header->constant_data_offset + 4u);
    CHECK(graph->constant_bytes(0).error().line() == "constant_data[0]: is reserved and holds no constant");
    CHECK(graph->constants[2].named_key == "abc");
    CHECK(graph->constant_bytes(2).error().code == ErrorCode::Missing);
    CHECK_FALSE(graph->constants[3].inside);
    CHECK(graph->constant_bytes(3).error().code == ErrorCode::Malformed);
    CHECK_FALSE(graph->constants[4].inside);
    CHECK_FALSE(graph->constant_bytes(4));
    CHECK(graph->constant_bytes(5).error().message == "does not exist: the graph has 5 entries");
  }
}

TEST_CASE("v0.1: no header, constants inside the flatbuffer") {
  Builder builder;
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4};
  builder.ForceVectorAlignment(bytes.size(), 1, 16);
  const auto buffers = builder.CreateVector(
      std::vector{fb::CreateBuffer(builder), fb::CreateBuffer(builder, builder.CreateVector(bytes))});
  fb::XNNGraphBuilder graph(builder);
  graph.add_constant_buffer(buffers);
  const Blob blob = finish(builder, graph.Finish(), "XN00");
  for (const std::size_t shift : {0u, 5u}) {
    const auto result = read(blob, shift);
    REQUIRE(result);
    CHECK_FALSE(result->header);
    CHECK(result->identifier == "XN00");
    CHECK_FALSE(result->has_nodes);
    CHECK_FALSE(result->has_values);
    REQUIRE(result->constants.size() == 2);
    CHECK_FALSE(result->constants[0].inside);
    const auto constant = result->constant_bytes(1);
    REQUIRE(constant);
    CHECK(std::equal(constant->begin(), constant->end(), bytes.begin(), bytes.end()));
  }
}

TEST_CASE("what is refused, and why") {
  const Blob good = rich_graph();
  const auto line = [](const Blob& blob) {
    const auto result = read(blob);
    REQUIRE_FALSE(result);
    return result.error().line();
  };
  const auto changed = [&](std::size_t offset, auto value) {
    Blob blob = good;
    put(blob, offset, value);
    return blob;
  };
  CHECK(line({}) == "graph.bin: at offset 0x0: is empty");
  CHECK(line(Blob(29)) == "graph.bin: at offset 0x0: is cut off: 29 bytes cannot hold an XNNPACK graph");
  CHECK(line(changed(14, std::uint32_t{7})) ==
        "graph.bin: header (at offset 0xe): flatbuffer size 7 is below the smallest possible, 8");
  const std::string size = std::to_string(good.size());
  CHECK(line(changed(10, std::uint32_t{0xfffffff0})).find("the flatbuffer (offset 4294967280, size ") !=
        std::string::npos);
  CHECK(line(changed(18, std::uint32_t{40})).find("the constant data begins at 40, before the end") !=
        std::string::npos);
  CHECK(line(changed(22, ~std::uint64_t{0})).find("exceeds the blob's " + size + " bytes") != std::string::npos);
  CHECK(line(changed(36, std::uint32_t{0x30304b56})) ==
        "graph.bin: at offset 0x24: has the identifier 'VK00' where an XNNPACK graph has 'XN00' or 'XN01'");
  CHECK(read(changed(36, std::uint32_t{0x30304b56})).error().code == ErrorCode::WrongKind);
  CHECK(read(changed(32, std::uint32_t{0x7fffffff})).error().code == ErrorCode::Malformed);
}

TEST_CASE("more externals than the runtime takes") {
  Builder builder;
  fb::XNNGraphBuilder graph(builder);
  graph.add_num_externs(4097);
  const auto result = read(with_header(finish(builder, graph.Finish()), {}));
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "4097 external values exceed the runtime's limit of 4096");
}

TEST_CASE("one node table that many places share") {
  Builder builder;
  const auto member = fb::Create_XNNNode1x1(builder, 1, 2).Union();
  const std::vector nodes(40, fb::CreateXNode(builder, fb::XNodeUnion::XNNAbs, member));
  const auto result = read(with_header(finish(builder, fb::CreateXNNGraphDirect(builder, "0", &nodes)), {}));
  REQUIRE_FALSE(result);
  CHECK(result.error().message.starts_with("40 nodes and 0 values do not fit into the graph's "));
}

TEST_CASE("names and widths of datatypes") {
  for (const auto type : fb::EnumValuesXNNDatatype()) {
    CHECK(xnn::datatype_name(static_cast<xnn::Datatype>(type)) == fb::EnumNameXNNDatatype(type));
  }
  CHECK(xnn::datatype_name(static_cast<xnn::Datatype>(77)) == "datatype 77");
  CHECK(xnn::datatype_name(static_cast<xnn::Datatype>(-1)) == "datatype -1");
  CHECK(xnn::datatype_bits(xnn::Datatype::QBInt4) == 4u);
  CHECK(xnn::datatype_bits(xnn::Datatype::Bf16) == 16u);
  CHECK_FALSE(xnn::datatype_bits(xnn::Datatype::Invalid));
  CHECK_FALSE(xnn::datatype_bits(static_cast<xnn::Datatype>(15)));
}

TEST_CASE("bytes of constants") {
  const auto nbytes = [](xnn::Datatype type, std::vector<std::uint32_t> dims) {
    xnn::Value value;
    value.datatype = type;
    value.dims = dims;
    return xnn::constant_nbytes(value);
  };
  CHECK(nbytes(xnn::Datatype::Fp32, {2, 3}) == 24u);
  CHECK(nbytes(xnn::Datatype::Fp16, {}) == 2u);
  CHECK(nbytes(xnn::Datatype::QCInt8, {0, 5}) == 0u);
  CHECK(nbytes(xnn::Datatype::QCInt4, {3, 5}) == 9u);  // rows of five nibbles take three bytes
  CHECK(nbytes(xnn::Datatype::QBInt4, {64, 64}) == 2048u);
  CHECK(nbytes(xnn::Datatype::QCInt4, {}) == 1u);
  CHECK_FALSE(nbytes(xnn::Datatype::Invalid, {1}));
  CHECK_FALSE(nbytes(xnn::Datatype::Fp32, {0xffffffff, 0xffffffff, 0xffffffff}));
  CHECK_FALSE(nbytes(xnn::Datatype::QCInt4, {0xffffffff, 0xffffffff, 0xffffffff, 2}));
}

}  // namespace
