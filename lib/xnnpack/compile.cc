// Writes a graph down once more in XNNPACK's own calls, value by value as nodes need them.
//
// XNNPACK has kernels for some datatypes of a node only, and does not always notice others. So a table says what it
// takes; where a node is not in it, its operands are converted to float32 and its result back.
#include "xnnpack/compile.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"
#include "xnnpack/announce_weights.h"
#include "xnnpack/defined_values.h"
#include "xnnpack/matrix_operands.h"

namespace ptetool::xnn {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Does XNNPACK take a node all of whose values have this datatype?
bool takes_uniform(NodeKind kind, Datatype type) {
  if (type == Datatype::Fp32) return true;
  switch (kind) {
    case NodeKind::ArgMaxPooling2d: return false;
    case NodeKind::StaticResizeBilinear2D:  // its float16 kernels round the weights, too
      return type == Datatype::QInt8 || type == Datatype::QUInt8;
    case NodeKind::Softmax:
    case NodeKind::AvgPooling2d:
    case NodeKind::BatchMatrixMultiply: return type == Datatype::Fp16;
    default: return type == Datatype::Fp16 || type == Datatype::QInt8 || type == Datatype::QUInt8;
  }
}

// Do inputs and output need the same scale?
bool keeps_quantisation(NodeKind kind) {
  return moves_elements(kind) || kind == NodeKind::MaxPooling2d || kind == NodeKind::StaticConstantPad ||
         kind == NodeKind::StaticResizeBilinear2D;
}

class Compiler {
 public:
  Compiler(const GraphPlan& plan, Precision precision, std::span<const Sizes> shapes, CompiledGraph& result)
      : plan_(plan), precision_(precision), result_(result), defined_(plan, shapes, result) {}

  Result<> run() {
    std::uint32_t externals = plan_.graph().num_externs;
    for (const Value& value : values()) {
      if (external(value) && value.external_id >= externals) {
        return fail(ErrorCode::Malformed, "external id " + std::to_string(value.external_id) +
                                              " is beyond the graph's " + std::to_string(externals));
      }
    }
    xnn_subgraph_t raw = nullptr;
    if (const auto status = xnn_create_subgraph(externals, 0, &raw); status != xnn_status_success) {
      return fail(ErrorCode::Unsupported, "XNNPACK cannot create the subgraph: " + status_text(status));
    }
    result_.subgraph.reset(raw);
    for (std::size_t i = 0; i < values().size(); ++i) {
      if (external(values()[i])) PTETOOL_CHECK(defined_.native(i));
    }
    for (std::size_t n = 0; n < plan_.graph().nodes.size(); ++n) {
      if (auto added = add(plan_.graph().nodes[n]); !added) {
        Error error = std::move(added).error();
        if (error.path.empty()) error.path = indexed("xnodes", n);
        return Failure(std::move(error));
      }
    }
    return {};
  }

 private:
  const std::vector<Value>& values() const { return plan_.graph().values; }
  xnn_subgraph_t subgraph() const { return result_.subgraph.get(); }
  static bool external(const Value& value) { return value.external_input() || value.external_output(); }
  Datatype type(std::size_t index) const { return defined_.type(index); }

  // The node's operands: indices of values, kNoOperand for a missing bias.
  std::vector<std::size_t> operands(const Node& node) const {
    std::vector<std::size_t> result;
    for (const Operand& operand : node.inputs) {
      result.push_back(operand.id == kInvalidId ? kNoOperand : plan_.index_of(operand.id).value_or(kNoOperand));
    }
    return result;
  }

  Result<> add(const Node& node) {
    const auto inputs = operands(node);
    const bool whole = multiplies_filter(node.kind)
                           ? inputs.size() == 3 && inputs[0] != kNoOperand && inputs[1] != kNoOperand
                           : std::ranges::find(inputs, kNoOperand) == inputs.end();
    if (!whole || inputs.empty() || inputs.size() > 5 || node.outputs.empty()) {
      return fail(ErrorCode::Malformed, "an operand is missing");
    }
    const std::size_t output = *plan_.index_of(node.outputs[0].id);
    NodeDefinition definition{subgraph(), node, {}, XNN_INVALID_VALUE_ID, XNN_INVALID_VALUE_ID, -kInfinity, kInfinity};
    definition.inputs.fill(XNN_INVALID_VALUE_ID);
    if (node.output_min_max) {
      definition.min = node.output_min_max->min;
      definition.max = node.output_min_max->max;
    }
    // What is alike as declared stays so with every input: exporters do not leave it open whether a dim is broadcast. A
    // graph that does is compiled again, for the shapes that it got.
    const auto dims = [&](std::size_t index) { return values()[index].dims; };
    definition.alike = inputs.size() == 2 && std::ranges::equal(dims(inputs[0]), dims(inputs[1])) &&
                       defined_.dims(inputs[0]) == defined_.dims(inputs[1]);
    if (multiplies_filter(node.kind)) return add_matrix(definition, inputs, output);
    if (node.kind == NodeKind::Convert && type(output) == Datatype::QDInt8) {
      const std::size_t from = inputs[0];
      PTETOOL_ASSIGN(definition.inputs[0], defined_.real(from));
      PTETOOL_ASSIGN(definition.output, defined_.native(output));
      return finish(definition);
    }
    if (takes(node, inputs, output)) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        PTETOOL_ASSIGN(definition.inputs[i], defined_.native(inputs[i]));
      }
      PTETOOL_ASSIGN(definition.output, defined_.native(output));
      if (node.outputs.size() > 1) PTETOOL_CHECK(use_second(definition));
      return finish(definition);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      PTETOOL_ASSIGN(definition.inputs[i], defined_.real(inputs[i]));
    }
    if (node.outputs.size() > 1) PTETOOL_CHECK(use_second(definition));
    return finish_real(definition, output);
  }

  Result<> use_second(NodeDefinition& definition) {
    PTETOOL_ASSIGN(definition.second_output, defined_.native(*plan_.index_of(definition.node.outputs[1].id)));
    return {};
  }

  Result<> finish(const NodeDefinition& definition) {
    return accepted(define_node(definition), "the node " + node_kind_name(definition.node.kind));
  }

  // The node gives float32, which is converted to what the output is.
  Result<> finish_real(NodeDefinition& definition, std::size_t output) {
    if (type(output) == Datatype::Fp32) {
      PTETOOL_ASSIGN(definition.output, defined_.native(output));
      return finish(definition);
    }
    if (!converts(type(output))) {
      return fail(ErrorCode::Unsupported, "XNNPACK does not convert float32 to " + datatype_name(type(output)));
    }
    PTETOOL_ASSIGN(definition.output, defined_.define_real(output, nullptr));
    PTETOOL_CHECK(finish(definition));
    PTETOOL_ASSIGN(const std::uint32_t to, defined_.native(output));
    return defined_.convert(definition.output, to);
  }

  bool takes(const Node& node, std::span<const std::size_t> inputs, std::size_t output) const {
    if (node.kind == NodeKind::Convert) return converts(type(inputs[0])) && converts(type(output));
    const Datatype each = type(output);
    if (each == Datatype::Int32) {
      return moves_elements(node.kind) &&
             std::ranges::all_of(inputs, [&](std::size_t input) { return type(input) == each; });
    }
    if (!takes_uniform(node.kind, each) || (precision_ == Precision::Real && each != Datatype::Fp32)) return false;
    for (const std::size_t input : inputs) {
      if (type(input) != each) return false;
      if (keeps_quantisation(node.kind) && !(plan_.quantisation(input) == plan_.quantisation(output))) return false;
    }
    return true;
  }

  // FullyConnected and convolutions: input, filter and perhaps bias.
  Result<> add_matrix(NodeDefinition& definition, std::span<const std::size_t> inputs, std::size_t output) {
    PTETOOL_CHECK(use_matrix_operands(plan_, precision_, inputs, output, defined_, definition));
    if (result_.weights) announce_weights(plan_, defined_, definition, inputs, output, *result_.weights);
    if (definition.output != XNN_INVALID_VALUE_ID) return finish(definition);
    return finish_real(definition, output);
  }

  const GraphPlan& plan_;
  Precision precision_;
  CompiledGraph& result_;
  DefinedValues defined_;
};

}  // namespace

Result<CompiledGraph> compile(const GraphPlan& plan, Precision precision, std::span<const Sizes> shapes,
                              std::shared_ptr<WeightStore> store) {
  CompiledGraph result;
  if (store) result.weights = std::make_unique<WeightSession>(std::move(store));
  PTETOOL_CHECK(Compiler(plan, precision, shapes, result).run());
  return result;
}

}  // namespace ptetool::xnn
