// XNNPACK blobs of every era, built with the schema's own builders, and what must be refused.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/format/xnnpack_graph.h"
#include "xnnpack_graph_generated.h"

namespace {

using namespace ptetool;
namespace fb = ptetool::fb::xnn;
using Builder = flatbuffers::FlatBufferBuilder;
using Blob = std::vector<std::uint8_t>;

Blob finish(Builder& builder, flatbuffers::Offset<fb::XNNGraph> root, const char* identifier = "XN01") {
  builder.Finish(root, identifier);
  return Blob(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

template <class T>
void put(Blob& blob, std::size_t offset, T value) {
  std::memcpy(blob.data() + offset, &value, sizeof(T));
}

// A graph with its header and constant region, as writers since v0.2 lay it out.
Blob with_header(const Blob& flatbuffer, const Blob& constants) {
  const std::size_t constant_offset = 32 + (flatbuffer.size() + 15) / 16 * 16;
  Blob blob(constant_offset + constants.size());
  std::memcpy(blob.data() + 4, "XH00", 4);
  put<std::uint16_t>(blob, 8, 30);
  put(blob, 10, std::uint32_t{32});
  put(blob, 14, static_cast<std::uint32_t>(flatbuffer.size()));
  put(blob, 18, static_cast<std::uint32_t>(constant_offset));
  put(blob, 22, std::uint64_t{constants.size()});
  std::copy(flatbuffer.begin(), flatbuffer.end(), blob.begin() + 32);
  std::copy(constants.begin(), constants.end(), blob.begin() + static_cast<std::ptrdiff_t>(constant_offset));
  return blob;
}

Result<xnn::Graph> read(const Blob& blob, std::size_t shift = 0) {
  Blob shifted(blob.size() + shift);
  std::copy(blob.begin(), blob.end(), shifted.begin() + static_cast<std::ptrdiff_t>(shift));
  const auto file = File::from_bytes("graph.bin", shifted);
  return xnn::read_xnnpack_blob({file->bytes().subspan(shift), file}, "graph.bin");
}

// A node together with what its lists point into.
struct OneNode {
  xnn::Graph graph;
  const xnn::Node* operator->() const { return graph.nodes.data(); }
};

// The node of the table that `make` builds.
template <class Make>
OneNode read_one(fb::XNodeUnion kind, Make make) {
  Builder builder;
  const auto member = make(builder).Union();
  const auto limits = fb::CreateOutputMinMax(builder, -1.0f, 6.0f);
  const auto node = fb::CreateXNode(builder, kind, member, 42, limits);
  const auto nodes = builder.CreateVector(std::vector{node});
  fb::XNNGraphBuilder graph(builder);
  graph.add_xnodes(nodes);
  auto result = read(with_header(finish(builder, graph.Finish()), {}));
  REQUIRE(result);
  REQUIRE(result->nodes.size() == 1);
  CHECK(result->nodes[0].known);
  CHECK(result->nodes[0].debug_handle == 42);
  CHECK(result->nodes[0].output_min_max->max == 6.0f);
  CHECK(result->nodes[0].kind == static_cast<xnn::NodeKind>(kind));
  return {std::move(*result)};
}

std::string text_of(const OneNode& one) {
  const xnn::Node& node = *one.operator->();
  std::string text = xnn::node_kind_name(node.kind) + "(";
  for (const auto& input : node.inputs) text += std::string(input.role) + "=" + std::to_string(input.id) + " ";
  text += "->";
  for (const auto& output : node.outputs) text += " " + std::string(output.role) + "=" + std::to_string(output.id);
  text += ")";
  for (const auto& attribute : node.attributes) {
    text += " " + std::string(attribute.name) + "=";
    if (const auto* number = std::get_if<std::uint32_t>(&attribute.value)) text += std::to_string(*number);
    if (const auto* real = std::get_if<float>(&attribute.value)) text += std::to_string(*real);
    if (const auto* list = std::get_if<std::span<const std::uint32_t>>(&attribute.value)) {
      for (const auto item : *list) text += std::to_string(item) + ",";
    }
  }
  return text + " flags=" + std::to_string(node.flags);
}

TEST_CASE("each table of nodes is read field by field") {
  using Kind = fb::XNodeUnion;
  CHECK(text_of(read_one(Kind::XNNCos, [](Builder& b) { return fb::Create_XNNNode1x1(b, 1, 2, 3); })) ==
        "Cos(input=1 -> output=2) flags=3");
  CHECK(text_of(read_one(Kind::XNNPReLU, [](Builder& b) { return fb::Create_XNNNode2x1(b, 1, 2, 3, 4); })) ==
        "PReLU(input1=1 input2=2 -> output=3) flags=4");
  CHECK(text_of(read_one(Kind::XNNFullyConnected, [](Builder& b) {
          return fb::CreateXNNFullyConnected(b, 1, 2, xnn::kInvalidId, 4, 1);
        })) == "FullyConnected(input1=1 filter=2 bias=4294967295 -> output=4) flags=1");
  CHECK(text_of(read_one(Kind::XNNStaticTranspose, [](Builder& b) {
          const std::vector<std::uint32_t> perm = {0, 2, 1};
          return fb::CreateXNNStaticTransposeDirect(b, 3, &perm, 5, 6, 7);
        })) == "StaticTranspose(input=5 -> output=6) num_dims=3 perm=0,2,1, flags=7");
  CHECK(text_of(read_one(Kind::XNNStaticResizeBilinear2D, [](Builder& b) {
          return fb::CreateXNNStaticResizeBilinear2D(b, 8, 9, 1, 2, 8);
        })) == "StaticResizeBilinear2D(input=1 -> output=2) new_height=8 new_width=9 flags=8");
  CHECK(text_of(read_one(Kind::XNNStaticConstantPad,
                         [](Builder& b) {
                           const std::vector<std::uint32_t> before = {1, 2}, after = {3, 4};
                           return fb::CreateXNNStaticConstantPadDirect(b, &before, &after, 0.5f, 6, 7, 8);
                         })) ==
        "StaticConstantPad(input=6 -> output=7) pre_paddings=1,2, post_paddings=3,4, padding_value=0.500000 flags=8");
  CHECK(text_of(read_one(Kind::XNNELU, [](Builder& b) { return fb::CreateXNNELU(b, 1.5f, 1, 2, 3); })) ==
        "ELU(input=1 -> output=2) alpha=1.500000 flags=3");
  CHECK(text_of(read_one(Kind::XNNLeakyReLU, [](Builder& b) { return fb::CreateXNNLeakyReLU(b, 0.25f, 1, 2, 3); })) ==
        "LeakyReLU(input=1 -> output=2) negative_slope=0.250000 flags=3");
  CHECK(text_of(read_one(Kind::XNNStaticReshape, [](Builder& b) {
          const std::vector<std::uint32_t> shape = {1, 0};
          return fb::CreateXNNStaticReshapeDirect(b, 2, &shape, 4, 5, 6);
        })) == "StaticReshape(input=4 -> output=5) num_dims=2 new_shape=1,0, flags=6");
  CHECK(text_of(read_one(Kind::XNNStaticSlice, [](Builder& b) {
          const std::vector<std::uint32_t> offsets = {1, 2}, sizes = {3, 4};
          return fb::CreateXNNStaticSliceDirect(b, 2, &offsets, &sizes, 5, 6, 7);
        })) == "StaticSlice(input=5 -> output=6) num_dims=2 offsets=1,2, sizes=3,4, flags=7");
  CHECK(text_of(read_one(Kind::XNNScaledDotProductAttention, [](Builder& b) {
          return fb::CreateXNNScaledDotProductAttention(b, 1, 2, 3, 4, 5, 6, 7);
        })) == "ScaledDotProductAttention(query=1 key=2 value=3 scale=4 mask=5 -> output=6) flags=7");
  CHECK(text_of(read_one(Kind::XNNConvTranspose2d,
                         [](Builder& b) {
                           return fb::Create_XNNNodeConv(b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
                                                         18, 19, 20);
                         })) ==
        "ConvTranspose2d(input1=16 filter=17 bias=18 -> output=19) padding_top=1 padding_right=2 padding_bottom=3 "
        "padding_left=4 kernel_height=5 kernel_width=6 subsampling_height=7 subsampling_width=8 dilation_height=9 "
        "dilation_width=10 group_input_channels=11 group_output_channels=12 groups=13 adjustment_height=14 "
        "adjustment_width=15 flags=20");
  CHECK(text_of(read_one(
            Kind::XNNMaxPooling2d,
            [](Builder& b) { return fb::Create_XNNPooling2D(b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13); })) ==
        "MaxPooling2d(input=11 -> output=12) padding_top=1 padding_right=2 padding_bottom=3 padding_left=4 "
        "pooling_height=5 pooling_width=6 stride_height=7 stride_width=8 dilation_height=9 dilation_width=10 flags=13");
  CHECK(text_of(read_one(Kind::XNNArgMaxPooling2d,
                         [](Builder& b) { return fb::CreateXNNArgMaxPooling2d(b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10); })) ==
        "ArgMaxPooling2d(input=7 -> output_value=8 output_index=9) padding_top=1 padding_right=2 padding_bottom=3 "
        "padding_left=4 pooling_height=5 pooling_width=6 flags=10");
}

TEST_CASE("a concatenation has as many inputs as its name says") {
  const auto cat = [](Builder& b) { return fb::Create_XNNCat(b, 3, 11, 12, 13, 14, 20, 7, 15); };
  CHECK(text_of(read_one(fb::XNodeUnion::XNNConcatenate2, cat)) ==
        "Concatenate2(input1=11 input2=12 -> output=20) axis=3 flags=7");
  CHECK(read_one(fb::XNodeUnion::XNNConcatenate3, cat)->inputs.size() == 3);
  CHECK(read_one(fb::XNodeUnion::XNNConcatenate4, cat)->input("input4") == 14);
  const OneNode five = read_one(fb::XNodeUnion::XNNConcatenate5, cat);
  CHECK(five->inputs.size() == 5);
  CHECK(five->input("input5") == 15);
  CHECK(five->number("axis") == 3);
}

TEST_CASE("every kind of node has a row that agrees with the schema") {
  const auto rows = xnn::node_kinds();
  REQUIRE(rows.size() == xnn::kNodeKinds);
  for (const auto kind : fb::EnumValuesXNodeUnion()) {
    if (kind == fb::XNodeUnion::NONE) continue;
    const auto* row = xnn::find_node_kind(static_cast<xnn::NodeKind>(kind));
    REQUIRE(row);
    CHECK("XNN" + std::string(row->name) == fb::EnumNameXNodeUnion(kind));
    std::size_t inputs = 0, outputs = 0;
    for (const auto& field : row->fields) {
      if (field.kind == xnn::FieldKind::Input) ++inputs;
      if (field.kind == xnn::FieldKind::Output) ++outputs;
    }
    CHECK(inputs >= row->inputs);
    CHECK(outputs == row->outputs);
  }
  CHECK(xnn::find_node_kind(xnn::NodeKind::None) == nullptr);
  CHECK(xnn::node_kind_name(static_cast<xnn::NodeKind>(99)) == "node kind 99");
}

TEST_CASE("asking a node for what it has not") {
  const OneNode node = read_one(fb::XNodeUnion::XNNELU, [](Builder& b) { return fb::CreateXNNELU(b, 1.5f, 1, 2, 3); });
  CHECK(node->input("filter") == xnn::kInvalidId);
  CHECK(node->output("input") == xnn::kInvalidId);
  CHECK(node->number("alpha", 9) == 9);  // it is a real
  CHECK(node->real("alpha") == 1.5f);
  CHECK(node->real("beta", 2) == 2.0f);
  CHECK(node->list("alpha").empty());
}

TEST_CASE("nodes and values of a later schema are kept as unknown") {
  Builder builder;
  const auto member = fb::Create_XNNNode1x1(builder, 1, 2).Union();
  const auto nodes = builder.CreateVector(std::vector{fb::CreateXNode(builder, static_cast<fb::XNodeUnion>(77), member),
                                                      fb::CreateXNode(builder, fb::XNodeUnion::XNNAdd)});
  const auto values =
      builder.CreateVector(std::vector{fb::CreateXValue(builder, static_cast<fb::XValueUnion>(9), member),
                                       fb::CreateXValue(builder, fb::XValueUnion::XNNTensorValue)});
  const auto result = read(with_header(finish(builder, fb::CreateXNNGraph(builder, 0, nodes, values)), {}));
  REQUIRE(result);
  CHECK(result->nodes[0].kind == static_cast<xnn::NodeKind>(77));
  CHECK_FALSE(result->nodes[0].known);
  CHECK_FALSE(result->nodes[1].known);
  CHECK_FALSE(result->values[0].known);
  CHECK_FALSE(result->values[1].known);
}

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
