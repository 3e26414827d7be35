// A call of xnn_define_…_value for each datatype (format-facts 3.4); where a node wants float32, constants are decoded
// and other values get a conversion in front.
#include "xnnpack/defined_values.h"

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"

namespace ptetool::xnn {

namespace {

constexpr std::int32_t kNibbleZeroPoint = 8;

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

bool external(const Value& value) { return value.external_input() || value.external_output(); }

}  // namespace

bool converts(Datatype type) {
  return type == Datatype::Fp32 || type == Datatype::Fp16 || type == Datatype::QInt8 || type == Datatype::QUInt8;
}

DefinedValues::DefinedValues(const GraphPlan& plan, std::span<const Sizes> shapes, CompiledGraph& result)
    : plan_(plan),
      shapes_(shapes),
      result_(result),
      ids_(values().size(), XNN_INVALID_VALUE_ID),
      reals_(values().size(), XNN_INVALID_VALUE_ID) {}

std::vector<std::size_t> DefinedValues::dims(std::size_t index) const {
  const Sizes shape = constant(index) ? Sizes(values()[index].dims) : shapes_[index];
  return {shape.begin(), shape.end()};
}

Result<std::uint32_t> DefinedValues::native(std::size_t index) {
  if (ids_[index] != XNN_INVALID_VALUE_ID) return ids_[index];
  const Value& value = values()[index];
  const Quantisation& quantisation = plan_.quantisation(index);
  const std::vector<std::size_t> dims = this->dims(index);
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
  PTETOOL_CHECK(accepted(status, "value " + std::to_string(value.id) + " (" + datatype_name(value.datatype) + ")"));
  if (data) data_[*id] = data;
  return ids_[index];
}

Result<std::uint32_t> DefinedValues::define_real(std::size_t index, const void* data) {
  const std::vector<std::size_t> dims = this->dims(index);
  std::uint32_t id = XNN_INVALID_VALUE_ID;
  PTETOOL_CHECK(accepted(xnn_define_tensor_value(subgraph(), xnn_datatype_fp32, dims.size(), dims.data(), data,
                                                 XNN_INVALID_VALUE_ID, 0, &id),
                         "a float32 value"));
  return id;
}

Result<> DefinedValues::convert(std::uint32_t from, std::uint32_t to) {
  return accepted(xnn_define_unary(subgraph(), xnn_unary_convert, nullptr, from, to, 0), "a conversion");
}

Result<std::uint32_t> DefinedValues::real(std::size_t index) {
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

const void* DefinedValues::data_of(std::uint32_t id) const {
  const auto found = data_.find(id);
  return found == data_.end() ? nullptr : found->second;
}

Result<std::uint32_t> DefinedValues::per_channel(const Node& node, std::size_t filter) {
  const Value& value = values()[filter];
  const Quantisation& quantisation = plan_.quantisation(filter);
  if (quantisation.zero_point != 0) {
    return fail(ErrorCode::Unsupported, "XNNPACK takes filters of zero point 0 only");
  }
  const std::vector<std::size_t> dims(value.dims.begin(), value.dims.end());
  const std::size_t channel_dim = output_channel_dim(node, value);
  const auto& scales = result_.constants.emplace_back(dims[channel_dim], quantisation.scale);
  std::uint32_t id = XNN_INVALID_VALUE_ID;
  PTETOOL_CHECK(accepted(xnn_define_channelwise_quantized_tensor_value(
                             subgraph(), xnn_datatype_qcint8, scales.data(), dims.size(), channel_dim, dims.data(),
                             plan_.constant(filter).data(), XNN_INVALID_VALUE_ID, 0, &id),
                         "the filter"));
  data_[id] = plan_.constant(filter).data();
  return id;
}

Result<std::uint32_t> DefinedValues::integer_bias(std::size_t bias, std::size_t input, std::size_t filter) {
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
    status = xnn_define_channelwise_quantized_tensor_value(subgraph(), xnn_datatype_qcint32, scales.data(), dims.size(),
                                                           0, dims.data(), plan_.constant(bias).data(),
                                                           XNN_INVALID_VALUE_ID, 0, &id);
  } else {
    status = xnn_define_quantized_tensor_value(subgraph(), xnn_datatype_qint32, 0,
                                               scale * plan_.quantisation(filter).scale, dims.size(), dims.data(),
                                               plan_.constant(bias).data(), XNN_INVALID_VALUE_ID, 0, &id);
  }
  PTETOOL_CHECK(accepted(status, "the bias"));
  data_[id] = plan_.constant(bias).data();
  return id;
}

}  // namespace ptetool::xnn
