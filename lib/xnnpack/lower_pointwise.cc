// Elementwise operators as XNNPACK nodes.
//
// Not here are functions that XNNPACK approximates too coarsely for float32 (gelu), gets wrong at infinities (sqrt,
// rsqrt), or in which it loses a NaN (minimum, maximum).
#include <algorithm>
#include <limits>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Elements that one operator touches, in microseconds of each side.
void spend_elements(Step& s, double portable_ns, double backend_ns) {
  const auto count = static_cast<double>(s.described(s.result()).numel()) * 1e-3;
  s.lowering().spend(count * portable_ns, count * backend_ns);
}

// A node from one value, in whatever layout that is.
std::uint32_t unary_node(Step& s, NodeKind kind, std::uint32_t input, Layout layout, NodeOptions options = {}) {
  return s.lowering().node(kind, {input}, physical(s.described(s.result()).sizes, layout), std::move(options));
}

bool unary(Step& s, NodeKind kind, NodeOptions options = {}, double portable_ns = 0.5) {
  const std::size_t input = *s.tensor(0);
  const Layout layout = s.lowering().found(input);
  s.lowering().define(s.result(), layout, unary_node(s, kind, s.lowering().value(input, layout), layout, options));
  spend_elements(s, portable_ns, 0.3);
  return true;
}

// Bounds one after the other, as exporters write relu6, are one node.
bool clamp_to(Step& s, float min, float max) {
  if (!(min < max)) return false;
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Layout layout = l.found(input);
  std::uint32_t from = l.value(input, layout);
  const Node* before = l.maker(from);
  const bool clamped = before && before->kind == NodeKind::Clamp && before->output_min_max;
  if (clamped && before->output_min_max->min < max && min < before->output_min_max->max) {
    min = std::max(min, before->output_min_max->min);
    max = std::min(max, before->output_min_max->max);
    from = before->inputs[0].id;
  }
  l.define(s.result(), layout, unary_node(s, NodeKind::Clamp, from, layout, {{}, 0, OutputMinMax{min, max}}));
  spend_elements(s, 0.5, clamped ? 0.0 : 0.3);
  return true;
}
bool relu(Step& s) { return clamp_to(s, 0, kInfinity); }
bool clamp(Step& s) {
  return clamp_to(s, static_cast<float>(s.number(1).value_or(-std::numeric_limits<double>::infinity())),
                  static_cast<float>(s.number(2).value_or(std::numeric_limits<double>::infinity())));
}

// Is the value clamp(x + 3, 0, 6)?
bool is_gate(const Lowering& l, std::uint32_t id, std::uint32_t x) {
  const Node* clamp = l.maker(id);
  if (!clamp || clamp->kind != NodeKind::Clamp || !clamp->output_min_max) return false;
  if (clamp->output_min_max->min != 0 || clamp->output_min_max->max != 6) return false;
  const Node* sum = l.maker(clamp->inputs[0].id);
  return sum && sum->kind == NodeKind::Add && sum->inputs[0].id == x && l.number(sum->inputs[1].id) == 3.0f;
}

// The x of which x * clamp(x + 3, 0, 6) / 6 is this quotient: hardswish, as exporters write it.
std::optional<std::uint32_t> hardswish_operand(const Lowering& l, NodeKind kind, std::span<const std::uint32_t> of) {
  if (kind != NodeKind::Div || l.number(of[1]) != 6.0f) return std::nullopt;
  const Node* product = l.maker(of[0]);
  if (!product || product->kind != NodeKind::Multiply) return std::nullopt;
  const std::uint32_t a = product->inputs[0].id;
  const std::uint32_t b = product->inputs[1].id;
  return is_gate(l, b, a) ? std::optional(a) : is_gate(l, a, b) ? std::optional(b) : std::nullopt;
}

// Operands of a binary operator: tensors, or a number for the second.
bool binary(Step& s, NodeKind kind, std::optional<double> number) {
  Lowering& l = s.lowering();
  std::vector<std::size_t> operands = {*s.tensor(0)};
  if (!number) operands.push_back(*s.tensor(1));
  const Sizes& sizes = s.described(s.result()).sizes;
  // Images of channels last are broadcast among themselves, and with single numbers.
  bool last = false;
  bool possible = is_image(sizes.size());
  for (const std::size_t operand : operands) {
    const bool image = s.described(operand).rank() == sizes.size() && possible;
    possible = possible && (image || (s.described(operand).numel() == 1 && !s.bounded(operand)));
    last = last || (image && l.found(operand) == Layout::ChannelsLast);
  }
  const Layout layout = last && possible ? Layout::ChannelsLast : Layout::Plain;
  std::vector<std::uint32_t> inputs;
  for (const std::size_t operand : operands) {
    inputs.push_back(l.value(operand, s.described(operand).rank() == sizes.size() ? layout : Layout::Plain));
  }
  if (number) inputs.push_back(l.scalar(static_cast<float>(*number)));
  if (const auto x = hardswish_operand(l, kind, inputs)) {
    l.define(s.result(), layout, l.node(NodeKind::Hardswish, {*x}, physical(sizes, layout)));
    spend_elements(s, 0.8, 0.3 - 1.1);  // the sum, the bounds and the product are no more
    return true;
  }
  l.define(s.result(), layout, l.node(kind, inputs, physical(sizes, layout)));
  spend_elements(s, kind == NodeKind::Div ? 0.8 : 0.5, 0.4);
  return true;
}

template <NodeKind kKind>
bool tensors(Step& s) {
  return binary(s, kKind, std::nullopt);
}
template <NodeKind kKind>
bool with_number(Step& s) {
  return binary(s, kKind, s.number(1));
}
// Where the second operand is multiplied by alpha first, the rounding would be another.
template <NodeKind kKind>
bool scaled_tensors(Step& s) {
  return s.number(2) == 1.0 && binary(s, kKind, std::nullopt);
}
template <NodeKind kKind>
bool scaled_number(Step& s) {
  return s.number(2) == 1.0 && binary(s, kKind, s.number(1));
}
template <NodeKind kKind>
bool simple(Step& s) {
  return unary(s, kKind);
}
// Functions that take more time by the portable kernels than reading and writing.
template <NodeKind kKind>
bool function(Step& s) {
  return unary(s, kKind, {}, 1.0);
}

bool leaky_relu(Step& s) {
  return unary(s, NodeKind::LeakyReLU, {{{"negative_slope", static_cast<float>(*s.number(1))}}, 0, {}});
}

bool hardsigmoid(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t input = *s.tensor(0);
  const Layout layout = l.found(input);
  const Sizes sizes = physical(s.described(s.result()).sizes, layout);
  const std::uint32_t moved = l.node(NodeKind::Add, {l.value(input, layout), l.scalar(3)}, sizes);
  const std::uint32_t clamped = l.node(NodeKind::Clamp, {moved}, sizes, {{}, 0, OutputMinMax{0, 6}});
  l.define(s.result(), layout, l.node(NodeKind::Div, {clamped, l.scalar(6)}, sizes));
  spend_elements(s, 0.6, 0.6);
  return true;
}

bool power(Step& s) { return s.number(1) == 2.0 && unary(s, NodeKind::Square); }

constexpr LoweringRow kRows[] = {
    {"aten::relu.out", relu},
    {"aten::hardtanh.out", clamp},
    {"aten::clamp.out", clamp},
    {"aten::add.out", scaled_tensors<NodeKind::Add>},
    {"aten::add.Scalar_out", scaled_number<NodeKind::Add>},
    {"aten::sub.out", scaled_tensors<NodeKind::Subtract>},
    {"aten::sub.Scalar_out", scaled_number<NodeKind::Subtract>},
    {"aten::mul.out", tensors<NodeKind::Multiply>},
    {"aten::mul.Scalar_out", with_number<NodeKind::Multiply>},
    {"aten::div.out", tensors<NodeKind::Div>},
    {"aten::div.Scalar_out", with_number<NodeKind::Div>},
    {"aten::abs.out", simple<NodeKind::Abs>},
    {"aten::neg.out", simple<NodeKind::Negate>},
    {"aten::floor.out", simple<NodeKind::Floor>},
    {"aten::ceil.out", simple<NodeKind::Ceiling>},
    {"aten::pow.Tensor_Scalar_out", power},
    {"aten::leaky_relu.out", leaky_relu},
    {"aten::hardswish.out", simple<NodeKind::Hardswish>},
    {"aten::hardsigmoid.out", hardsigmoid},
    {"aten::sigmoid.out", function<NodeKind::Sigmoid>},
    {"aten::tanh.out", function<NodeKind::Tanh>},
    {"aten::exp.out", function<NodeKind::Exp>},
    {"aten::log.out", function<NodeKind::Log>},
};

}  // namespace

std::span<const LoweringRow> pointwise_lowerings() { return kRows; }

}  // namespace ptetool::xnn
