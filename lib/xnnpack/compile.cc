// Writes a graph down once more in XNNPACK's own calls, value by value as nodes need them.
//
// XNNPACK has kernels for some datatypes of a node only, and does not always notice others. So a table says what it
// takes; where a node is not in it, its operands are converted to float32 and its result back.
#include "xnnpack/compile.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"
#include "xnnpack/define_node.h"

namespace ptetool::xnn {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::int32_t kNibbleZeroPoint = 8;

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

// What a convertible value can be: datatypes between which XNNPACK's Convert goes.
bool converts(Datatype type) {
  return type == Datatype::Fp32 || type == Datatype::Fp16 || type == Datatype::QInt8 || type == Datatype::QUInt8;
}

xnn_datatype to_xnnpack(Datatype type) {
  switch (type) {
    case Datatype::Fp16: return xnn_datatype_fp16;
    case Datatype::QInt8: return xnn_datatype_qint8;
    case Datatype::QUInt8: return xnn_datatype_quint8;
    case Datatype::QInt32: return xnn_datatype_qint32;
    case Datatype::QCInt8: return xnn_datatype_qcint8;
    case Datatype::QCInt32: return xnn_datatype_qcint32;
    case Datatype::QCInt4: return xnn_datatype_qcint4;
    case Datatype::QBInt4: return xnn_datatype_qbint4;
    case Datatype::QDInt8: return xnn_datatype_qdint8;
    case Datatype::Bf16: return xnn_datatype_bf16;
    default: return xnn_datatype_fp32;  // 32-bit indices are moved only
  }
}

class Compiler {
 public:
  Compiler(const GraphPlan& plan, Precision precision, std::span<const Sizes> shapes, CompiledGraph& result)
      : plan_(plan),
        precision_(precision),
        shapes_(shapes),
        result_(result),
        ids_(values().size(), XNN_INVALID_VALUE_ID),
        reals_(values().size(), XNN_INVALID_VALUE_ID) {}

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
      if (external(values()[i])) PTETOOL_CHECK(native(i));
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
  Datatype type(std::size_t index) const { return values()[index].datatype; }
  bool constant(std::size_t index) const { return values()[index].constant_buffer_idx != 0; }

  static Result<> ok(xnn_status status, const std::string& what) {
    if (status == xnn_status_success) return {};
    return fail(ErrorCode::Unsupported, "XNNPACK refuses " + what + ": " + status_text(status));
  }

  std::vector<std::size_t> dims_of(std::size_t index) const {
    const Sizes shape = constant(index) ? Sizes(values()[index].dims) : shapes_[index];
    return {shape.begin(), shape.end()};
  }

  // The value as it is; its id in XNNPACK.
  Result<std::uint32_t> native(std::size_t index) {
    if (ids_[index] != XNN_INVALID_VALUE_ID) return ids_[index];
    const Value& value = values()[index];
    const Quantisation& quantisation = plan_.quantisation(index);
    const std::vector<std::size_t> dims = dims_of(index);
    if (dims.empty()) return fail(ErrorCode::Unsupported, "XNNPACK looks at the last dim of values that have none");
    const void* data = plan_.constant(index).data();
    const std::uint32_t external_id = external(value) ? value.external_id : XNN_INVALID_VALUE_ID;
    const std::uint32_t flags = (value.external_input() ? XNN_VALUE_FLAG_EXTERNAL_INPUT : 0u) |
                                (value.external_output() ? XNN_VALUE_FLAG_EXTERNAL_OUTPUT : 0u);
    const xnn_datatype datatype = to_xnnpack(value.datatype);
    std::uint32_t* id = &ids_[index];
    xnn_status status = xnn_status_success;
    switch (value.datatype) {
      case Datatype::QInt8:
      case Datatype::QUInt8:
      case Datatype::QInt32:
        status = xnn_define_quantized_tensor_value(subgraph(), datatype, quantisation.zero_point, quantisation.scale,
                                                   dims.size(), dims.data(), data, external_id, flags, id);
        break;
      case Datatype::QCInt8:
      case Datatype::QCInt32:
        status = xnn_define_channelwise_quantized_tensor_value(subgraph(), datatype, quantisation.channel_scales.data(),
                                                               dims.size(), quantisation.channel_dim, dims.data(), data,
                                                               external_id, flags, id);
        break;
      case Datatype::QCInt4:
        status = xnn_define_channelwise_quantized_tensor_value_v2(
            subgraph(), datatype, kNibbleZeroPoint, quantisation.channel_scales.data(), dims.size(),
            quantisation.channel_dim, dims.data(), data, external_id, flags, id);
        break;
      case Datatype::QBInt4:
        status = xnn_define_blockwise_quantized_tensor_value(
            subgraph(), datatype, kNibbleZeroPoint, quantisation.block_scales.data(), dims.size(),
            quantisation.channel_dim, static_cast<std::size_t>(quantisation.block_size), dims.data(), data, external_id,
            flags, id);
        break;
      case Datatype::QDInt8:
        status = xnn_define_dynamically_quantized_tensor_value(
            subgraph(), datatype, dims.size(), quantisation.nonbatch_dims, dims.data(), external_id, flags, id);
        break;
      default:
        status = xnn_define_tensor_value(subgraph(), datatype, dims.size(), dims.data(), data, external_id, flags, id);
    }
    PTETOOL_CHECK(ok(status, "value " + std::to_string(value.id) + " (" + datatype_name(value.datatype) + ")"));
    if (data) data_[*id] = data;
    return ids_[index];
  }

  Result<std::uint32_t> define_real(std::size_t index, const void* data) {
    const std::vector<std::size_t> dims = dims_of(index);
    std::uint32_t id = XNN_INVALID_VALUE_ID;
    PTETOOL_CHECK(ok(xnn_define_tensor_value(subgraph(), xnn_datatype_fp32, dims.size(), dims.data(), data,
                                             XNN_INVALID_VALUE_ID, 0, &id),
                     "a float32 value"));
    return id;
  }

  Result<> convert(std::uint32_t from, std::uint32_t to) {
    return ok(xnn_define_unary(subgraph(), xnn_unary_convert, nullptr, from, to, 0), "a conversion");
  }

  // The value in float32.
  Result<std::uint32_t> real(std::size_t index) {
    if (type(index) == Datatype::Fp32) return native(index);
    if (reals_[index] != XNN_INVALID_VALUE_ID) return reals_[index];
    if (constant(index)) {
      auto& numbers = result_.constants.emplace_back(decode(plan_.constant_view(index)));
      const std::size_t count = numbers.size();
      numbers.resize(count + XNN_EXTRA_BYTES / sizeof(float));  // kernels read beyond the end
      PTETOOL_ASSIGN(reals_[index], define_real(index, numbers.data()));
      data_[reals_[index]] = numbers.data();
      return reals_[index];
    }
    if (!converts(type(index))) {
      return fail(ErrorCode::Unsupported, "XNNPACK does not convert " + datatype_name(type(index)) + " to float32");
    }
    PTETOOL_ASSIGN(const std::uint32_t from, native(index));
    PTETOOL_ASSIGN(reals_[index], define_real(index, nullptr));
    PTETOOL_CHECK(convert(from, reals_[index]));
    return reals_[index];
  }

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
                       dims_of(inputs[0]) == dims_of(inputs[1]);
    if (multiplies_filter(node.kind)) return add_matrix(definition, inputs, output);
    if (node.kind == NodeKind::Convert && type(output) == Datatype::QDInt8) {
      const std::size_t from = inputs[0];
      PTETOOL_ASSIGN(definition.inputs[0], real(from));
      PTETOOL_ASSIGN(definition.output, native(output));
      return finish(definition);
    }
    if (takes(node, inputs, output)) {
      for (std::size_t i = 0; i < inputs.size(); ++i) PTETOOL_CHECK(use(definition.inputs[i], native(inputs[i])));
      PTETOOL_ASSIGN(definition.output, native(output));
      if (node.outputs.size() > 1) PTETOOL_CHECK(use_second(definition));
      return finish(definition);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) PTETOOL_CHECK(use(definition.inputs[i], real(inputs[i])));
    if (node.outputs.size() > 1) PTETOOL_CHECK(use_second(definition));
    return finish_real(definition, output);
  }

  static Result<> use(std::uint32_t& id, Result<std::uint32_t> value) {
    PTETOOL_ASSIGN(id, std::move(value));
    return {};
  }

  Result<> use_second(NodeDefinition& definition) {
    return use(definition.second_output, native(*plan_.index_of(definition.node.outputs[1].id)));
  }

  Result<> finish(const NodeDefinition& definition) {
    return ok(define_node(definition), "the node " + node_kind_name(definition.node.kind));
  }

  // The node gives float32, which is converted to what the output is.
  Result<> finish_real(NodeDefinition& definition, std::size_t output) {
    if (type(output) == Datatype::Fp32) {
      PTETOOL_ASSIGN(definition.output, native(output));
      return finish(definition);
    }
    if (!converts(type(output))) {
      return fail(ErrorCode::Unsupported, "XNNPACK does not convert float32 to " + datatype_name(type(output)));
    }
    PTETOOL_ASSIGN(definition.output, define_real(output, nullptr));
    PTETOOL_CHECK(finish(definition));
    PTETOOL_ASSIGN(const std::uint32_t to, native(output));
    return convert(definition.output, to);
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
      PTETOOL_ASSIGN(definition.inputs[0], native(input));
      PTETOOL_CHECK(use(definition.inputs[1],
                        type(filter) == Datatype::QInt8 ? per_channel(definition.node, filter) : native(filter)));
      if (biased) PTETOOL_CHECK(use(definition.inputs[2], real(bias)));
      return {};
    }
    if (precision_ == Precision::Native && is_quantised_activation(type(input)) && type(output) == type(input) &&
        constant(filter) && (!biased || constant(bias))) {
      const bool channelwise = type(filter) == Datatype::QCInt8 && type(input) == Datatype::QInt8;
      const bool plain = type(filter) == type(input) &&
                         (type(filter) == Datatype::QUInt8 || plan_.quantisation(filter).zero_point == 0);
      const bool good_bias = !biased || type(bias) == Datatype::QInt32 || type(bias) == Datatype::QCInt32;
      if ((channelwise || plain) && good_bias) {
        PTETOOL_ASSIGN(definition.inputs[0], native(input));
        PTETOOL_ASSIGN(definition.inputs[1], native(filter));
        if (biased) PTETOOL_CHECK(use(definition.inputs[2], integer_bias(bias, input, filter)));
        PTETOOL_ASSIGN(definition.output, native(output));
        return {};
      }
    }
    const bool half = precision_ == Precision::Native && type(input) == Datatype::Fp16 &&
                      type(output) == Datatype::Fp16 && constant(filter) && (!biased || constant(bias));
    if (half) {
      // Convolutions read filters in float32, which hold the same numbers.
      const bool half_filter = connected && type(filter) == Datatype::Fp16 && (!biased || type(bias) == Datatype::Fp16);
      PTETOOL_ASSIGN(definition.inputs[0], native(input));
      PTETOOL_CHECK(use(definition.inputs[1], half_filter ? native(filter) : real(filter)));
      if (biased) PTETOOL_CHECK(use(definition.inputs[2], half_filter ? native(bias) : real(bias)));
      PTETOOL_ASSIGN(definition.output, native(output));
      return {};
    }
    const bool packed = connected && type(input) == Datatype::Fp32 &&
                        (type(filter) == Datatype::QCInt8 || type(filter) == Datatype::QCInt4) && constant(filter);
    PTETOOL_ASSIGN(definition.inputs[0], real(input));
    PTETOOL_CHECK(use(definition.inputs[1], packed ? native(filter) : real(filter)));
    if (biased) PTETOOL_CHECK(use(definition.inputs[2], real(bias)));
    return {};
  }

  const void* data_of(std::uint32_t id) const {
    const auto found = data_.find(id);
    return found == data_.end() ? nullptr : found->second;
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
    const void* filter_data = data_of(definition.inputs[1]);
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
      if (inputs[i] != kNone) key.add(std::uint64_t{definition.inputs[i] == reals_[inputs[i]]});
    }
    const auto digest = key.digest();
    if (!digest) return;
    const std::size_t filter = inputs[1];
    announcement.key = *digest;
    announcement.source = {plan_.file_of(filter), plan_.constant(filter)};
    announcement.label = node_kind_name(definition.node.kind) + " " + datatype_name(type(filter)) + " " +
                         shape_text(std::span<const std::uint32_t>(values()[filter].dims));
    result_.weights->announce(filter_data, data_of(definition.inputs[2]), std::move(announcement));
  }

  // A filter with one scale as one with a scale per channel.
  Result<std::uint32_t> per_channel(const Node& node, std::size_t filter) {
    const Value& value = values()[filter];
    const Quantisation& quantisation = plan_.quantisation(filter);
    if (quantisation.zero_point != 0) {
      return fail(ErrorCode::Unsupported, "XNNPACK takes filters of zero point 0 only");
    }
    const std::vector<std::size_t> dims(value.dims.begin(), value.dims.end());
    const std::size_t channel_dim = output_channel_dim(node, value);
    const auto& scales = result_.constants.emplace_back(dims[channel_dim], quantisation.scale);
    std::uint32_t id = XNN_INVALID_VALUE_ID;
    PTETOOL_CHECK(ok(xnn_define_channelwise_quantized_tensor_value(
                         subgraph(), xnn_datatype_qcint8, scales.data(), dims.size(), channel_dim, dims.data(),
                         plan_.constant(filter).data(), XNN_INVALID_VALUE_ID, 0, &id),
                     "the filter"));
    data_[id] = plan_.constant(filter).data();
    return id;
  }

  // The bias in the datatype that goes with the filter's; its numbers count quanta of the sum in either.
  Result<std::uint32_t> integer_bias(std::size_t bias, std::size_t input, std::size_t filter) {
    const bool channelwise = type(filter) == Datatype::QCInt8;
    if (channelwise == (type(bias) == Datatype::QCInt32)) return native(bias);
    const Value& value = values()[bias];
    const std::vector<std::size_t> dims(value.dims.begin(), value.dims.end());
    const float scale = plan_.quantisation(input).scale;
    std::uint32_t id = XNN_INVALID_VALUE_ID;
    xnn_status status = xnn_status_success;
    if (channelwise) {
      auto& scales = result_.constants.emplace_back();
      for (const float each : plan_.quantisation(filter).channel_scales) scales.push_back(each * scale);
      status = xnn_define_channelwise_quantized_tensor_value(subgraph(), xnn_datatype_qcint32, scales.data(),
                                                             dims.size(), 0, dims.data(), plan_.constant(bias).data(),
                                                             XNN_INVALID_VALUE_ID, 0, &id);
    } else {
      status = xnn_define_quantized_tensor_value(subgraph(), xnn_datatype_qint32, 0,
                                                 scale * plan_.quantisation(filter).scale, dims.size(), dims.data(),
                                                 plan_.constant(bias).data(), XNN_INVALID_VALUE_ID, 0, &id);
    }
    PTETOOL_CHECK(ok(status, "the bias"));
    data_[id] = plan_.constant(bias).data();
    return id;
  }

  const GraphPlan& plan_;
  Precision precision_;
  std::span<const Sizes> shapes_;
  CompiledGraph& result_;
  std::vector<std::uint32_t> ids_;                       // in XNNPACK, as the graph has them
  std::vector<std::uint32_t> reals_;                     // the same in float32
  std::unordered_map<std::uint32_t, const void*> data_;  // of constants, by their ids in XNNPACK
};

}  // namespace

std::string status_text(xnn_status status) {
  switch (status) {
    case xnn_status_success: return "success";
    case xnn_status_uninitialized: return "it is not initialised";
    case xnn_status_invalid_parameter: return "it calls a parameter invalid";
    case xnn_status_invalid_state: return "it is in an invalid state";
    case xnn_status_unsupported_parameter: return "it does not support a parameter";
    case xnn_status_unsupported_hardware: return "it has no kernels for this CPU";
    case xnn_status_out_of_memory: return "it is out of memory";
    default: return "status " + std::to_string(static_cast<int>(status));
  }
}

Result<CompiledGraph> compile(const GraphPlan& plan, Precision precision, std::span<const Sizes> shapes,
                              std::shared_ptr<WeightStore> store) {
  CompiledGraph result;
  if (store) result.weights = std::make_unique<WeightSession>(std::move(store));
  PTETOOL_CHECK(Compiler(plan, precision, shapes, result).run());
  return result;
}

}  // namespace ptetool::xnn
