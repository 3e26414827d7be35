// Model structs back to the tables of a plan. The order in which tables are made is the exporter's as far as that is
// free; readers do not depend on it.
#include "format/pte_tables_write.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::pte;
using flatbuffers::Offset;
using format::write_all;
using format::write_items;
using format::write_text;

namespace {

class PlanWriter {
 public:
  explicit PlanWriter(format::Builder& builder) : builder_(builder) {}

  Offset<fb::ExecutionPlan> plan(const ExecutionPlan& plan) {
    const auto name = write_text(builder_, plan.name);
    Offset<fb::ContainerMetadata> container;
    if (plan.encoded_inp_str.data() != nullptr || plan.encoded_out_str.data() != nullptr) {
      const auto inputs = write_text(builder_, plan.encoded_inp_str);
      container = fb::CreateContainerMetadata(builder_, inputs, write_text(builder_, plan.encoded_out_str));
    }
    Offset<flatbuffers::Vector<Offset<fb::EValue>>> values;
    if (plan.present.values) {
      values = write_all<fb::EValue>(builder_, plan.values, [&](const Value& each) { return value(each); });
    }
    const auto inputs = write_items(builder_, plan.inputs);
    const auto outputs = write_items(builder_, plan.outputs);
    Offset<flatbuffers::Vector<Offset<fb::Chain>>> chains;
    if (plan.present.chains) {
      chains = write_all<fb::Chain>(builder_, plan.chains, [&](const Chain& each) { return chain(each); });
    }
    Offset<flatbuffers::Vector<Offset<fb::Operator>>> operators;
    if (plan.present.operators) {
      operators = write_all<fb::Operator>(builder_, plan.operators, [&](const Operator& each) {
        const auto op_name = write_text(builder_, each.name);
        return fb::CreateOperator(builder_, op_name, write_text(builder_, each.overload));
      });
    }
    Offset<flatbuffers::Vector<Offset<fb::BackendDelegate>>> delegates;
    if (plan.present.delegates) {
      delegates = write_all<fb::BackendDelegate>(builder_, plan.delegates,
                                                 [&](const BackendDelegate& each) { return delegate(each); });
    }
    const auto sizes = write_items(builder_, plan.non_const_buffer_sizes);
    Offset<flatbuffers::Vector<Offset<fb::NonConstBufferDevice>>> devices;
    if (!plan.non_const_buffer_device.empty()) {
      devices =
          write_all<fb::NonConstBufferDevice>(builder_, plan.non_const_buffer_device, [&](const BufferDevice& device) {
            return fb::CreateNonConstBufferDevice(builder_, device.buffer_idx,
                                                  static_cast<fb::DeviceType>(device.device_type), device.device_index);
          });
    }
    return fb::CreateExecutionPlan(builder_, name, container, values, inputs, outputs, chains, operators, delegates,
                                   sizes, devices);
  }

 private:
  Offset<fb::Tensor> tensor(const Tensor& tensor) {
    const auto sizes = write_items(builder_, tensor.sizes);
    const auto dim_order = write_items(builder_, tensor.dim_order);
    Offset<fb::AllocationDetails> allocation;
    if (tensor.allocation_info) {
      const std::uint64_t at = tensor.allocation_info->memory_offset;
      allocation = fb::CreateAllocationDetails(builder_, tensor.allocation_info->memory_id,
                                               static_cast<std::uint32_t>(at & 0xffffffffu),
                                               static_cast<std::uint32_t>(at >> 32));
    }
    Offset<fb::ExtraTensorInfo> extra;
    if (const auto& info = tensor.extra_tensor_info) {
      extra = fb::CreateExtraTensorInfo(builder_, info->mutable_data_segments_idx,
                                        write_text(builder_, info->fully_qualified_name),
                                        static_cast<fb::TensorDataLocation>(info->location),
                                        static_cast<fb::DeviceType>(info->device_type), info->device_index);
    }
    return fb::CreateTensor(builder_, static_cast<ptetool::fb::scalar::ScalarType>(tensor.scalar_type),
                            tensor.storage_offset, sizes, dim_order, tensor.requires_grad, tensor.data_buffer_idx,
                            allocation, tensor.layout, static_cast<fb::TensorShapeDynamism>(tensor.shape_dynamism),
                            extra);
  }

  Offset<void> content(const UnknownValue&) { return 0; }
  Offset<void> content(const Null&) { return fb::CreateNull(builder_).Union(); }
  Offset<void> content(const Int& value) { return fb::CreateInt(builder_, value.value).Union(); }
  Offset<void> content(const Bool& value) { return fb::CreateBool(builder_, value.value).Union(); }
  Offset<void> content(const Double& value) {
    builder_.ForceDefaults(value.value == 0);  // -0 equals the default, too, and would be left out
    const auto table = fb::CreateDouble(builder_, value.value).Union();
    builder_.ForceDefaults(false);
    return table;
  }
  Offset<void> content(const Tensor& value) { return tensor(value).Union(); }
  Offset<void> content(const String& value) {
    return fb::CreateString(builder_, write_text(builder_, value.value)).Union();
  }
  Offset<void> content(const IntList& value) {
    return fb::CreateIntList(builder_, write_items(builder_, value.items)).Union();
  }
  Offset<void> content(const DoubleList& value) {
    return fb::CreateDoubleList(builder_, write_items(builder_, value.items)).Union();
  }
  Offset<void> content(const BoolList& value) {
    return fb::CreateBoolList(builder_, write_items(builder_, value.items)).Union();
  }
  Offset<void> content(const TensorList& value) {
    return fb::CreateTensorList(builder_, write_items(builder_, value.items)).Union();
  }
  Offset<void> content(const OptionalTensorList& value) {
    return fb::CreateOptionalTensorList(builder_, write_items(builder_, value.items)).Union();
  }

  Offset<void> arguments(const UnknownInstruction&) { return 0; }
  Offset<void> arguments(const KernelCall& call) {
    return fb::CreateKernelCall(builder_, call.op_index, write_items(builder_, call.args)).Union();
  }
  Offset<void> arguments(const DelegateCall& call) {
    return fb::CreateDelegateCall(builder_, call.delegate_index, write_items(builder_, call.args)).Union();
  }
  Offset<void> arguments(const MoveCall& call) {
    return fb::CreateMoveCall(builder_, call.move_from, call.move_to).Union();
  }
  Offset<void> arguments(const JumpFalseCall& call) {
    return fb::CreateJumpFalseCall(builder_, call.cond_value_index, call.destination_instruction).Union();
  }
  Offset<void> arguments(const FreeCall& call) { return fb::CreateFreeCall(builder_, call.value_index).Union(); }

  // The variants' alternatives are in the order of the schema's unions.
  Offset<fb::EValue> value(const Value& value) {
    const auto type = static_cast<fb::KernelTypes>(value.content.index());
    return fb::CreateEValue(builder_, type, std::visit([&](const auto& each) { return content(each); }, value.content));
  }
  Offset<fb::Instruction> instruction(const Instruction& instruction) {
    const auto type = static_cast<fb::InstructionArguments>(instruction.content.index());
    return fb::CreateInstruction(builder_, type,
                                 std::visit([&](const auto& each) { return arguments(each); }, instruction.content));
  }

  Offset<fb::Chain> chain(const Chain& chain) {
    const auto inputs = write_items(builder_, chain.inputs);
    const auto outputs = write_items(builder_, chain.outputs);
    Offset<flatbuffers::Vector<Offset<fb::Instruction>>> instructions;
    if (chain.has_instructions) {
      instructions = write_all<fb::Instruction>(builder_, chain.instructions,
                                                [&](const Instruction& each) { return instruction(each); });
    }
    Offset<flatbuffers::Vector<Offset<fb::FrameList>>> stacktrace;
    if (!chain.stacktrace.empty()) {
      stacktrace = write_all<fb::FrameList>(builder_, chain.stacktrace, [&](const std::vector<Frame>& frames) {
        return fb::CreateFrameList(builder_, write_all<fb::Frame>(builder_, frames, [&](const Frame& frame) {
                                     const auto filename = write_text(builder_, frame.filename);
                                     const auto name = write_text(builder_, frame.name);
                                     const auto context = write_text(builder_, frame.context);
                                     return fb::CreateFrame(builder_, filename, frame.lineno, name, context);
                                   }));
      });
    }
    return fb::CreateChain(builder_, inputs, outputs, instructions, stacktrace);
  }

  Offset<fb::BackendDelegate> delegate(const BackendDelegate& delegate) {
    const auto id = write_text(builder_, delegate.id);
    Offset<fb::BackendDelegateDataReference> processed;
    if (delegate.has_processed) {
      processed = fb::CreateBackendDelegateDataReference(builder_, static_cast<fb::DataLocation>(delegate.location),
                                                         delegate.index);
    }
    const auto specs = write_all<fb::CompileSpec>(builder_, delegate.compile_specs, [&](const CompileSpec& spec) {
      const auto key = write_text(builder_, spec.key);
      return fb::CreateCompileSpec(builder_, key, write_items(builder_, spec.value));
    });
    return fb::CreateBackendDelegate(builder_, id, processed, specs);
  }

  format::Builder& builder_;
};

}  // namespace

Offset<fb::ExecutionPlan> write_plan(format::Builder& builder, const ExecutionPlan& plan) {
  return PlanWriter(builder).plan(plan);
}

}  // namespace ptetool::pte
