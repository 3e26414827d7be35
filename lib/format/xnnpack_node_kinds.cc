// The XNNPACK node kinds as a table (format-facts 3.2). The schema has fifteen node tables for 47 kinds, and a field's
// number follows from its place, so that a kind is a row with a list of fields.
#include "format/xnnpack_nodes.h"

namespace ptetool::xnn {

namespace fb = ptetool::fb::xnn;

namespace {

constexpr NodeField in(std::string_view role) { return {FieldKind::Input, role}; }
constexpr NodeField out(std::string_view role) { return {FieldKind::Output, role}; }
constexpr NodeField number(std::string_view name) { return {FieldKind::Number, name}; }
constexpr NodeField real(std::string_view name) { return {FieldKind::Real, name}; }
constexpr NodeField list(std::string_view name) { return {FieldKind::List, name}; }
constexpr NodeField kFlags = {FieldKind::Flags, "flags"};

constexpr NodeField kUnary[] = {in("input"), out("output"), kFlags};
constexpr NodeField kBinary[] = {in("input1"), in("input2"), out("output"), kFlags};
constexpr NodeField kFullyConnected[] = {in("input1"), in("filter"), in("bias"), out("output"), kFlags};
constexpr NodeField kTranspose[] = {number("num_dims"), list("perm"), in("input"), out("output"), kFlags};
constexpr NodeField kResize[] = {number("new_height"), number("new_width"), in("input"), out("output"), kFlags};
constexpr NodeField kPad[] = {list("pre_paddings"), list("post_paddings"), real("padding_value"),
                              in("input"),          out("output"),         kFlags};
constexpr NodeField kCat[] = {number("axis"), in("input1"),  in("input2"), in("input3"),
                              in("input4"),   out("output"), kFlags,       in("input5")};
constexpr NodeField kElu[] = {real("alpha"), in("input"), out("output"), kFlags};
constexpr NodeField kLeakyRelu[] = {real("negative_slope"), in("input"), out("output"), kFlags};
constexpr NodeField kReshape[] = {number("num_dims"), list("new_shape"), in("input"), out("output"), kFlags};
constexpr NodeField kSlice[] = {number("num_dims"), list("offsets"), list("sizes"), in("input"), out("output"), kFlags};
constexpr NodeField kAttention[] = {in("query"), in("key"),     in("value"), in("scale"),
                                    in("mask"),  out("output"), kFlags};
constexpr NodeField kConvolution[] = {number("padding_top"),
                                      number("padding_right"),
                                      number("padding_bottom"),
                                      number("padding_left"),
                                      number("kernel_height"),
                                      number("kernel_width"),
                                      number("subsampling_height"),
                                      number("subsampling_width"),
                                      number("dilation_height"),
                                      number("dilation_width"),
                                      number("group_input_channels"),
                                      number("group_output_channels"),
                                      number("groups"),
                                      number("adjustment_height"),
                                      number("adjustment_width"),
                                      in("input1"),
                                      in("filter"),
                                      in("bias"),
                                      out("output"),
                                      kFlags};
constexpr NodeField kPooling[] = {number("padding_top"),
                                  number("padding_right"),
                                  number("padding_bottom"),
                                  number("padding_left"),
                                  number("pooling_height"),
                                  number("pooling_width"),
                                  number("stride_height"),
                                  number("stride_width"),
                                  number("dilation_height"),
                                  number("dilation_width"),
                                  in("input"),
                                  out("output"),
                                  kFlags};
constexpr NodeField kArgMaxPooling[] = {number("padding_top"),
                                        number("padding_right"),
                                        number("padding_bottom"),
                                        number("padding_left"),
                                        number("pooling_height"),
                                        number("pooling_width"),
                                        in("input"),
                                        out("output_value"),
                                        out("output_index"),
                                        kFlags};

// The last field of each list must be the last of the generated table.
template <std::size_t N>
constexpr bool ends_at(const NodeField (&)[N], flatbuffers::voffset_t last) {
  return vtable_entry(N - 1) == last;
}
static_assert(ends_at(kUnary, fb::_XNNNode1x1::VT_FLAGS));
static_assert(ends_at(kBinary, fb::_XNNNode2x1::VT_FLAGS));
static_assert(ends_at(kFullyConnected, fb::XNNFullyConnected::VT_FLAGS));
static_assert(ends_at(kTranspose, fb::XNNStaticTranspose::VT_FLAGS));
static_assert(ends_at(kResize, fb::XNNStaticResizeBilinear2D::VT_FLAGS));
static_assert(ends_at(kPad, fb::XNNStaticConstantPad::VT_FLAGS));
static_assert(ends_at(kCat, fb::_XNNCat::VT_INPUT5_ID));
static_assert(ends_at(kElu, fb::XNNELU::VT_FLAGS));
static_assert(ends_at(kLeakyRelu, fb::XNNLeakyReLU::VT_FLAGS));
static_assert(ends_at(kReshape, fb::XNNStaticReshape::VT_FLAGS));
static_assert(ends_at(kSlice, fb::XNNStaticSlice::VT_FLAGS));
static_assert(ends_at(kAttention, fb::XNNScaledDotProductAttention::VT_FLAGS));
static_assert(ends_at(kConvolution, fb::_XNNNodeConv::VT_FLAGS));
static_assert(ends_at(kPooling, fb::_XNNPooling2D::VT_FLAGS));
static_assert(ends_at(kArgMaxPooling, fb::XNNArgMaxPooling2d::VT_FLAGS));

constexpr NodeKindInfo kNodes[] = {
    {NodeKind::Add, "Add", kBinary, 2},
    {NodeKind::FullyConnected, "FullyConnected", kFullyConnected, 3},
    {NodeKind::Softmax, "Softmax", kUnary, 1},
    {NodeKind::Sigmoid, "Sigmoid", kUnary, 1},
    {NodeKind::StaticTranspose, "StaticTranspose", kTranspose, 1},
    {NodeKind::Clamp, "Clamp", kUnary, 1},
    {NodeKind::Conv2d, "Conv2d", kConvolution, 3},
    {NodeKind::Div, "Div", kBinary, 2},
    {NodeKind::StaticResizeBilinear2D, "StaticResizeBilinear2D", kResize, 1},
    {NodeKind::StaticConstantPad, "StaticConstantPad", kPad, 1},
    {NodeKind::AvgPooling2d, "AvgPooling2d", kPooling, 1},
    {NodeKind::Minimum, "Minimum", kBinary, 2},
    {NodeKind::DepthwiseConv2d, "DepthwiseConv2d", kConvolution, 3},
    {NodeKind::MaxPooling2d, "MaxPooling2d", kPooling, 1},
    {NodeKind::Multiply, "Multiply", kBinary, 2},
    {NodeKind::Subtract, "Subtract", kBinary, 2},
    {NodeKind::Floor, "Floor", kUnary, 1},
    {NodeKind::Convert, "Convert", kUnary, 1},
    {NodeKind::GlobalAvgPooling2d, "GlobalAvgPooling2d", kUnary, 1},
    {NodeKind::StaticReshape, "StaticReshape", kReshape, 1},
    {NodeKind::ArgMaxPooling2d, "ArgMaxPooling2d", kArgMaxPooling, 1, 2},
    {NodeKind::SquareRoot, "SquareRoot", kUnary, 1},
    {NodeKind::Ceiling, "Ceiling", kUnary, 1},
    {NodeKind::Hardswish, "Hardswish", kUnary, 1},
    {NodeKind::LeakyReLU, "LeakyReLU", kLeakyRelu, 1},
    {NodeKind::Maximum, "Maximum", kBinary, 2},
    {NodeKind::Negate, "Negate", kUnary, 1},
    {NodeKind::Square, "Square", kUnary, 1},
    {NodeKind::ELU, "ELU", kElu, 1},
    {NodeKind::Abs, "Abs", kUnary, 1},
    {NodeKind::PReLU, "PReLU", kBinary, 2},
    {NodeKind::Concatenate2, "Concatenate2", kCat, 2},
    {NodeKind::Concatenate3, "Concatenate3", kCat, 3},
    {NodeKind::Concatenate4, "Concatenate4", kCat, 4},
    {NodeKind::StaticSlice, "StaticSlice", kSlice, 1},
    {NodeKind::ScaledDotProductAttention, "ScaledDotProductAttention", kAttention, 5},
    {NodeKind::BatchMatrixMultiply, "BatchMatrixMultiply", kBinary, 2},
    {NodeKind::Concatenate5, "Concatenate5", kCat, 5},
    {NodeKind::ConvTranspose2d, "ConvTranspose2d", kConvolution, 3},
    {NodeKind::ReciprocalSquareRoot, "ReciprocalSquareRoot", kUnary, 1},
    {NodeKind::Log, "Log", kUnary, 1},
    {NodeKind::Gelu, "Gelu", kUnary, 1},
    {NodeKind::Tanh, "Tanh", kUnary, 1},
    {NodeKind::Exp, "Exp", kUnary, 1},
    {NodeKind::Sin, "Sin", kUnary, 1},
    {NodeKind::Copy, "Copy", kUnary, 1},
    {NodeKind::Cos, "Cos", kUnary, 1},
};
// Row i describes kind i + 1, so that looking up is indexing.
constexpr bool ordered_by_kind() {
  for (std::size_t i = 0; i < std::size(kNodes); ++i) {
    if (static_cast<std::size_t>(kNodes[i].kind) != i + 1) return false;
  }
  return true;
}
static_assert(std::size(kNodes) == kNodeKinds && ordered_by_kind());
static_assert(static_cast<int>(fb::XNodeUnion::MAX) == kNodeKinds);

}  // namespace

std::span<const NodeKindInfo> node_kinds() { return kNodes; }

const NodeKindInfo* find_node_kind(NodeKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index >= 1 && index <= std::size(kNodes) ? &kNodes[index - 1] : nullptr;
}

std::string node_kind_name(NodeKind kind) {
  const NodeKindInfo* info = find_node_kind(kind);
  return info ? std::string(info->name) : "node kind " + std::to_string(static_cast<int>(kind));
}

}  // namespace ptetool::xnn
