// The external values of a graph and the args of a delegate call: tensors in dim order, elements of the same datatype,
// indices that are narrower (format-facts 3.5).
#include <cstring>

#include "ptetool/base/text.h"
#include "xnnpack/graph_plan.h"

namespace ptetool::xnn {

namespace {

bool same_elements(Datatype type, ScalarType dtype) {
  switch (type) {
    case Datatype::Fp32: return dtype == ScalarType::Float;
    case Datatype::Fp16: return dtype == ScalarType::Half;
    case Datatype::Bf16: return dtype == ScalarType::BFloat16;
    case Datatype::QInt8: return dtype == ScalarType::Char || dtype == ScalarType::QInt8;
    case Datatype::QUInt8: return dtype == ScalarType::Byte || dtype == ScalarType::QUInt8;
    case Datatype::Int32:
    case Datatype::QInt32: return dtype == ScalarType::Int || dtype == ScalarType::QInt32;
    default: return false;
  }
}

}  // namespace

Sizes physical_sizes(const Tensor& tensor) {
  Sizes sizes;
  for (const std::uint8_t dim : tensor.dim_order) sizes.push_back(tensor.sizes[dim]);
  return sizes;
}

Result<> resize_physical(Tensor& tensor, std::span<const std::int64_t> sizes) {
  if (sizes.size() != tensor.rank()) {
    return fail(ErrorCode::Mismatch, "the delegate gives an output of rank " + std::to_string(sizes.size()) +
                                         ", the method has one of rank " + std::to_string(tensor.rank()));
  }
  Sizes logical = Sizes::filled(sizes.size(), 0);
  for (std::size_t i = 0; i < sizes.size(); ++i) logical[tensor.dim_order[i]] = sizes[i];
  return tensor.resize(logical.span());
}

Result<Tensor*> external_tensor(const Value& value, std::span<Tensor* const> args) {
  const auto name = [&] { return "external value " + std::to_string(value.external_id); };  // only errors need it
  if (value.external_id >= args.size() || !args[value.external_id]) {
    return fail(ErrorCode::Malformed,
                name() + " of the delegate has no tensor among the call's " + counted(args.size(), "argument"));
  }
  Tensor* tensor = args[value.external_id];
  const bool indices = holds_indices(value, *tensor) && element_bytes(value.datatype) == 4;
  if (!indices && !same_elements(value.datatype, tensor->dtype)) {
    return fail(ErrorCode::Mismatch, name() + " of the delegate is " + datatype_name(value.datatype) +
                                         ", the tensor given is " + dtype_name(tensor->dtype));
  }
  if (!tensor->data && tensor->nbytes() != 0) return fail(ErrorCode::Malformed, name() + " has no memory");
  if (value.external_output() && tensor->read_only) {
    return fail(ErrorCode::Malformed, name() + " would be written, but is a constant");
  }
  return tensor;
}

void widen_indices(Tensor& tensor) {
  auto* wide = tensor.as<std::int64_t>();
  const auto* narrow = tensor.as<std::uint8_t>();
  for (std::int64_t i = tensor.numel(); i-- > 0;) {  // from the back: nothing is overwritten before it is read
    std::int32_t index = 0;
    std::memcpy(&index, narrow + i * 4, sizeof(index));
    wide[i] = index;
  }
}

}  // namespace ptetool::xnn
