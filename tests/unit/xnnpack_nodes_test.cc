// Nodes of XNNPACK graphs: every kind of table is read field by field, and what a later schema adds is kept.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "xnnpack_blobs.h"

namespace {

using namespace xnnpack_blobs;
namespace fb = ptetool::fb::xnn;

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

}  // namespace
