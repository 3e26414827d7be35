// A method's tables, value by value. What the schema does not know stays, as unknown.
#include "format/pte_tables.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::pte;
using format::convert_all;
using format::items;
using format::text;
using format::wide_items;

namespace {

ByteView raw(const flatbuffers::Vector<std::uint8_t>* vector) {
  return vector ? ByteView(vector->data(), vector->size()) : ByteView();
}

Tensor tensor(const fb::Tensor& table) {
  Tensor tensor;
  tensor.scalar_type = static_cast<ScalarType>(table.scalar_type());
  tensor.storage_offset = table.storage_offset();
  tensor.sizes = items(table.sizes());
  tensor.dim_order = items(table.dim_order());
  tensor.requires_grad = table.requires_grad();
  tensor.data_buffer_idx = table.data_buffer_idx();
  if (const auto* details = table.allocation_info()) {
    tensor.allocation_info =
        AllocationDetails{details->memory_id(), (static_cast<std::uint64_t>(details->memory_offset_high()) << 32) |
                                                    details->memory_offset_low()};
  }
  tensor.layout = table.layout();
  tensor.shape_dynamism = static_cast<ShapeDynamism>(table.shape_dynamism());
  if (const auto* extra = table.extra_tensor_info()) {
    tensor.extra_tensor_info = ExtraTensorInfo{extra->mutable_data_segments_idx(), text(extra->fully_qualified_name()),
                                               static_cast<TensorDataLocation>(extra->location()),
                                               static_cast<std::int8_t>(extra->device_type()), extra->device_index()};
  }
  return tensor;
}

}  // namespace

Value TableReader::value(const fb::EValue& table) {
  Value value;
  value.offset = at(&table);
  const auto type = table.val_type();
  value.content = UnknownValue{static_cast<std::uint8_t>(type)};
  if (type == fb::KernelTypes::Null) {
    value.content = Null{};  // the only kind whose table may be left out
    return value;
  }
  if (!table.val()) return value;
  switch (type) {
    case fb::KernelTypes::Int: value.content = Int{table.val_as_Int()->int_val()}; break;
    case fb::KernelTypes::Bool: value.content = Bool{table.val_as_Bool()->bool_val()}; break;
    case fb::KernelTypes::Double: value.content = Double{table.val_as_Double()->double_val()}; break;
    case fb::KernelTypes::Tensor: value.content = tensor(*table.val_as_Tensor()); break;
    case fb::KernelTypes::String: value.content = String{text(table.val_as_String()->string_val())}; break;
    case fb::KernelTypes::IntList:
      value.content = IntList{wide_items(table.val_as_IntList()->items(), aligned_)};
      break;
    case fb::KernelTypes::DoubleList:
      value.content = DoubleList{wide_items(table.val_as_DoubleList()->items(), aligned_)};
      break;
    case fb::KernelTypes::BoolList: value.content = BoolList{items(table.val_as_BoolList()->items())}; break;
    case fb::KernelTypes::TensorList: value.content = TensorList{items(table.val_as_TensorList()->items())}; break;
    case fb::KernelTypes::OptionalTensorList:
      value.content = OptionalTensorList{items(table.val_as_OptionalTensorList()->items())};
      break;
    default: break;
  }
  return value;
}

Instruction TableReader::instruction(const fb::Instruction& table) const {
  Instruction result;
  result.offset = at(&table);
  const auto type = table.instr_args_type();
  result.content = UnknownInstruction{static_cast<std::uint8_t>(type)};
  if (!table.instr_args()) return result;
  switch (type) {
    case fb::InstructionArguments::KernelCall: {
      const auto* call = table.instr_args_as_KernelCall();
      result.content = KernelCall{call->op_index(), items(call->args())};
      break;
    }
    case fb::InstructionArguments::DelegateCall: {
      const auto* call = table.instr_args_as_DelegateCall();
      result.content = DelegateCall{call->delegate_index(), items(call->args())};
      break;
    }
    case fb::InstructionArguments::MoveCall: {
      const auto* call = table.instr_args_as_MoveCall();
      result.content = MoveCall{call->move_from(), call->move_to()};
      break;
    }
    case fb::InstructionArguments::JumpFalseCall: {
      const auto* call = table.instr_args_as_JumpFalseCall();
      result.content = JumpFalseCall{call->cond_value_index(), call->destination_instruction()};
      break;
    }
    case fb::InstructionArguments::FreeCall:
      result.content = FreeCall{table.instr_args_as_FreeCall()->value_index()};
      break;
    default: break;
  }
  return result;
}

Chain TableReader::chain(const fb::Chain& table) const {
  Chain chain;
  chain.offset = at(&table);
  chain.inputs = items(table.inputs());
  chain.outputs = items(table.outputs());
  chain.has_instructions = table.instructions() != nullptr;
  chain.instructions =
      convert_all<Instruction>(table.instructions(), [&](const auto& each) { return instruction(each); });
  chain.stacktrace = convert_all<std::vector<Frame>>(table.stacktrace(), [](const fb::FrameList& frames) {
    return convert_all<Frame>(frames.items(), [](const fb::Frame& frame) {
      return Frame{text(frame.filename()), frame.lineno(), text(frame.name()), text(frame.context())};
    });
  });
  return chain;
}

BackendDelegate TableReader::delegate(const fb::BackendDelegate& table) const {
  BackendDelegate delegate;
  delegate.offset = at(&table);
  delegate.id = text(table.id());
  if (const auto* processed = table.processed()) {
    delegate.has_processed = true;
    delegate.location = static_cast<DataLocation>(processed->location());
    delegate.index = processed->index();
  }
  delegate.compile_specs = convert_all<CompileSpec>(table.compile_specs(), [](const fb::CompileSpec& spec) {
    return CompileSpec{text(spec.key()), raw(spec.value())};
  });
  return delegate;
}

ExecutionPlan TableReader::plan(const fb::ExecutionPlan& table) {
  ExecutionPlan plan;
  plan.offset = at(&table);
  plan.name = text(table.name());
  if (const auto* container = table.container_meta_type()) {
    plan.encoded_inp_str = text(container->encoded_inp_str());
    plan.encoded_out_str = text(container->encoded_out_str());
  }
  plan.values = convert_all<Value>(table.values(), [&](const auto& each) { return value(each); });
  plan.inputs = items(table.inputs());
  plan.outputs = items(table.outputs());
  plan.chains = convert_all<Chain>(table.chains(), [&](const auto& each) { return chain(each); });
  plan.operators = convert_all<Operator>(table.operators(), [&](const fb::Operator& op) {
    return Operator{text(op.name()), text(op.overload()), at(&op)};
  });
  plan.delegates = convert_all<BackendDelegate>(table.delegates(), [&](const auto& each) { return delegate(each); });
  plan.non_const_buffer_sizes = wide_items(table.non_const_buffer_sizes(), aligned_);
  plan.non_const_buffer_device =
      convert_all<BufferDevice>(table.non_const_buffer_device(), [](const fb::NonConstBufferDevice& device) {
        return BufferDevice{device.buffer_idx(), static_cast<std::int8_t>(device.device_type()), device.device_index()};
      });
  plan.present = {table.values() != nullptr,
                  table.inputs() != nullptr,
                  table.outputs() != nullptr,
                  table.chains() != nullptr,
                  table.operators() != nullptr,
                  table.delegates() != nullptr,
                  table.non_const_buffer_sizes() != nullptr};
  return plan;
}

InlineData TableReader::inline_data(const flatbuffers::Vector<std::uint8_t>* vector) const {
  const ByteView data = raw(vector);
  return {data, vector ? at(vector->data()) : 0};
}

SubsegmentOffsets TableReader::subsegment(const fb::SubsegmentOffsets& table) {
  return {table.segment_index(), wide_items(table.offsets(), aligned_), at(&table)};
}

}  // namespace ptetool::pte
