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
#include "xnnpack/define_node.h"
#include "xnnpack/defined_values.h"

namespace ptetool::xnn {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

constexpr std::size_t kNone = static_cast<std::size_t>(-1);  // the index of an operand that is not there

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
  bool constant(std::size_t index) const { return defined_.constant(index); }

  // The node's operands: indices of values, kNone for a missing bias.
  std::vector<std::size_t> operands(const Node& node) const {
    std::vector<std::size_t> result;
    for (const Operand& operand : node.inputs) {
      result.push_back(operand.id == kInvalidId ? kNone : plan_.index_of(operand.id).value_or(kNone));
    }
    return result;
  }

  Result<> add(const Node& node) {
    const auto inputs = operands(node);
    const bool whole = multiplies_filter(node.kind) ? inputs.size() == 3 && inputs[0] != kNone && inputs[1] != kNone
                                                    : std::ranges::find(inputs, kNone) == inputs.end();
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
      for (std::size_t i = 0; i < inputs.size(); ++i)
        PTETOOL_CHECK(use(definition.inputs[i], defined_.native(inputs[i])));
      PTETOOL_ASSIGN(definition.output, defined_.native(output));
      if (node.outputs.size() > 1) PTETOOL_CHECK(use_second(definition));
      return finish(definition);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) PTETOOL_CHECK(use(definition.inputs[i], defined_.real(inputs[i])));
    if (node.outputs.size() > 1) PTETOOL_CHECK(use_second(definition));
    return finish_real(definition, output);
  }

  static Result<> use(std::uint32_t& id, Result<std::uint32_t> value) {
    PTETOOL_ASSIGN(id, std::move(value));
    return {};
  }

  Result<> use_second(NodeDefinition& definition) {
    return use(definition.second_output, defined_.native(*plan_.index_of(definition.node.outputs[1].id)));
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
    PTETOOL_CHECK(use_matrix_operands(definition, inputs, output));
    announce(definition, inputs, output);
    if (definition.output != XNN_INVALID_VALUE_ID) return finish(definition);
    return finish_real(definition, output);
  }

  // Leaves the output open where it is to be float32.
  Result<> use_matrix_operands(NodeDefinition& definition, std::span<const std::size_t> inputs, std::size_t output) {
    const std::size_t input = inputs[0];
    const std::size_t filter = inputs[1];
    const std::size_t bias = inputs[2];
    const bool biased = bias != kNone;
    const bool connected = definition.node.kind == NodeKind::FullyConnected;
    if (type(input) == Datatype::QDInt8) {
      const bool taken = definition.node.kind != NodeKind::DepthwiseConv2d &&
                         (type(filter) == Datatype::QCInt8 || (type(filter) == Datatype::QInt8 && constant(filter)) ||
                          (connected && (type(filter) == Datatype::QCInt4 || type(filter) == Datatype::QBInt4)));
      if (!taken) {
        return fail(ErrorCode::Unsupported, "XNNPACK has no dynamically quantised " +
                                                node_kind_name(definition.node.kind) + " with a filter of " +
                                                datatype_name(type(filter)));
      }
      PTETOOL_ASSIGN(definition.inputs[0], defined_.native(input));
      PTETOOL_CHECK(use(definition.inputs[1], type(filter) == Datatype::QInt8
                                                  ? defined_.per_channel(definition.node, filter)
                                                  : defined_.native(filter)));
      if (biased) PTETOOL_CHECK(use(definition.inputs[2], defined_.real(bias)));
      return {};
    }
    if (precision_ == Precision::Native && is_quantised_activation(type(input)) && type(output) == type(input) &&
        constant(filter) && (!biased || constant(bias))) {
      const bool channelwise = type(filter) == Datatype::QCInt8 && type(input) == Datatype::QInt8;
      const bool plain = type(filter) == type(input) &&
                         (type(filter) == Datatype::QUInt8 || plan_.quantisation(filter).zero_point == 0);
      const bool good_bias = !biased || type(bias) == Datatype::QInt32 || type(bias) == Datatype::QCInt32;
      if ((channelwise || plain) && good_bias) {
        PTETOOL_ASSIGN(definition.inputs[0], defined_.native(input));
        PTETOOL_ASSIGN(definition.inputs[1], defined_.native(filter));
        if (biased) PTETOOL_CHECK(use(definition.inputs[2], defined_.integer_bias(bias, input, filter)));
        PTETOOL_ASSIGN(definition.output, defined_.native(output));
        return {};
      }
    }
    const bool half = precision_ == Precision::Native && type(input) == Datatype::Fp16 &&
                      type(output) == Datatype::Fp16 && constant(filter) && (!biased || constant(bias));
    if (half) {
      // Convolutions read filters in float32, which hold the same numbers.
      const bool half_filter = connected && type(filter) == Datatype::Fp16 && (!biased || type(bias) == Datatype::Fp16);
      PTETOOL_ASSIGN(definition.inputs[0], defined_.native(input));
      PTETOOL_CHECK(use(definition.inputs[1], half_filter ? defined_.native(filter) : defined_.real(filter)));
      if (biased) PTETOOL_CHECK(use(definition.inputs[2], half_filter ? defined_.native(bias) : defined_.real(bias)));
      PTETOOL_ASSIGN(definition.output, defined_.native(output));
      return {};
    }
    const bool packed = connected && type(input) == Datatype::Fp32 &&
                        (type(filter) == Datatype::QCInt8 || type(filter) == Datatype::QCInt4) && constant(filter);
    PTETOOL_ASSIGN(definition.inputs[0], defined_.real(input));
    PTETOOL_CHECK(use(definition.inputs[1], packed ? defined_.native(filter) : defined_.real(filter)));
    if (biased) PTETOOL_CHECK(use(definition.inputs[2], defined_.real(bias)));
    return {};
  }

  void describe(PackingKey& key, std::size_t index) const {
    const Quantisation& quantisation = plan_.quantisation(index);
    key.add(static_cast<std::uint64_t>(type(index)));
    key.add(bytes_of(std::span(&quantisation.scale, 1)));
    key.add(static_cast<std::uint64_t>(quantisation.zero_point));
    key.add(quantisation.channel_dim);
    key.add(static_cast<std::uint64_t>(quantisation.block_size));
    key.add(bytes_of(quantisation.channel_scales));
    key.add(bytes_of(quantisation.block_scales));
  }

  // Tells the weight store what XNNPACK is about to pack: the bytes of filter and bias, and everything of the node that
  // goes into the packing or might.
  void announce(const NodeDefinition& definition, std::span<const std::size_t> inputs, std::size_t output) {
    const void* filter_data = defined_.data_of(definition.inputs[1]);
    if (!filter_data || !result_.weights) return;
    PackingKey key;
    Announcement announcement;
    key.add(static_cast<std::uint64_t>(definition.node.kind));
    key.add(std::uint64_t{definition.node.flags});
    for (const Attribute& attribute : definition.node.attributes) {
      if (const auto* number = std::get_if<std::uint32_t>(&attribute.value)) key.add(std::uint64_t{*number});
    }
    for (const std::size_t input : inputs) {
      if (input == kNone) continue;
      describe(key, input);
      if (!constant(input)) continue;
      const auto content = plan_.content(input);
      if (!content) return;
      key.add(*content);
      if (plan_.promised(input)) announcement.promises.push_back({plan_.constant(input), *content});
      key.add(bytes_of(values()[input].dims));
    }
    describe(key, output);
    // The same numbers may be given as they are or in float32.
    for (std::size_t i = 1; i < 3 && i < inputs.size(); ++i) {
      if (inputs[i] != kNone) key.add(std::uint64_t{defined_.is_real(inputs[i], definition.inputs[i])});
    }
    const auto digest = key.digest();
    if (!digest) return;
    const std::size_t filter = inputs[1];
    announcement.key = *digest;
    announcement.source = {plan_.file_of(filter), plan_.constant(filter)};
    announcement.label = node_kind_name(definition.node.kind) + " " + datatype_name(type(filter)) + " " +
                         shape_text(std::span<const std::uint32_t>(values()[filter].dims));
    announcement.streamed = definition.node.kind == NodeKind::FullyConnected && plan_.streams_weights(inputs[0]);
    result_.weights->announce(filter_data, defined_.data_of(definition.inputs[2]), std::move(announcement));
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
