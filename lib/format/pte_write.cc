// Model structs back to a program. The order in which tables are made is the exporter's as far as that is free; readers
// do not depend on it.
#include "ptetool/format/pte_write.h"

#include <algorithm>

#include "format/flatbuffer_write.h"
#include "program_generated.h"
#include "ptetool/base/text.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::pte;
using flatbuffers::Offset;
using format::SegmentContent;
using format::write_aligned;
using format::write_all;
using format::write_items;
using format::write_text;

namespace {

constexpr std::uint32_t kHeaderLength = 32;
// What a plan's tables take at most per value, instruction and the like, besides what their lists hold. A guard against
// the builder's assertion, not a measure.
constexpr std::uint64_t kTableBytes = 256;

class Writer {
 public:
  Writer(const Program& program, const WriteLayout& layout) : program_(program), layout_(layout) {}

  // Why the program cannot be written, if so.
  Result<> check() const {
    if (program_.identifier != "ET12") {
      return refuse("", "is a program from before the first release (" + quoted(program_.identifier) +
                            "); only programs with 'ET12' can be written");
    }
    std::uint64_t bytes = 0;
    for (const InlineData& each : program_.constant_buffer) bytes += each.data.size() + kTableBytes;
    for (const InlineData& each : program_.backend_delegate_data) bytes += each.data.size() + kTableBytes;
    bytes += (program_.segments.size() + program_.named_data.size()) * kTableBytes;
    if (program_.constant_segment) bytes += program_.constant_segment->offsets.size_bytes();
    for (std::size_t p = 0; p < program_.execution_plan.size(); ++p) {
      PTETOOL_CHECK(check_plan(p, bytes));
    }
    if (bytes >= format::kMaxFlatbufferBytes) {
      return fail(ErrorCode::Limit, program_.file->name(), "",
                  "its tables and inline data exceed the 2 GiB that a flatbuffer can hold");
    }
    return {};
  }

  void finish(std::span<const SegmentContent> segments, const format::PlacedSegments& placed) {
    Offset<flatbuffers::Vector<Offset<fb::ExecutionPlan>>> plans;
    if (program_.has_execution_plan || !program_.execution_plan.empty()) {
      plans = write_all<fb::ExecutionPlan>(builder_, program_.execution_plan,
                                           [&](const ExecutionPlan& each) { return plan(each); });
    }
    const auto constants = write_all<fb::Buffer>(builder_, program_.constant_buffer, [&](const InlineData& each) {
      return fb::CreateBuffer(builder_, write_aligned(builder_, each.data, inline_alignment()));
    });
    const auto payloads =
        write_all<fb::BackendDelegateInlineData>(builder_, program_.backend_delegate_data, [&](const InlineData& each) {
          return fb::CreateBackendDelegateInlineData(builder_, write_aligned(builder_, each.data, inline_alignment()));
        });
    Offset<flatbuffers::Vector<Offset<fb::DataSegment>>> segment_table;
    if (program_.has_segments || !segments.empty()) {
      std::vector<Offset<fb::DataSegment>> tables;
      for (std::size_t i = 0; i < segments.size(); ++i) {
        tables.push_back(fb::CreateDataSegment(builder_, placed.offsets[i], segments[i].size));
      }
      segment_table = builder_.CreateVector(tables);
    }
    Offset<fb::SubsegmentOffsets> constant_segment;
    if (program_.constant_segment) constant_segment = subsegment(*program_.constant_segment);
    Offset<flatbuffers::Vector<Offset<fb::SubsegmentOffsets>>> state;
    if (!program_.mutable_data_segments.empty()) {
      state = write_all<fb::SubsegmentOffsets>(builder_, program_.mutable_data_segments,
                                               [&](const SubsegmentOffsets& each) { return subsegment(each); });
    }
    Offset<flatbuffers::Vector<Offset<fb::NamedData>>> named;
    if (program_.has_named_data || !program_.named_data.empty()) {
      named = write_all<fb::NamedData>(builder_, program_.named_data, [&](const NamedData& each) {
        return fb::CreateNamedData(builder_, write_text(builder_, each.key), each.segment_index);
      });
    }
    builder_.Finish(fb::CreateProgram(builder_, program_.version, plans, constants, payloads, segment_table,
                                      constant_segment, state, named),
                    fb::ProgramIdentifier());
  }

  const format::Builder& builder() const { return builder_; }
  std::size_t inline_alignment() const { return static_cast<std::size_t>(layout_.inline_alignment); }

 private:
  Failure refuse(std::string path, std::string message) const {
    return fail(ErrorCode::Unsupported, program_.file->name(), std::move(path), std::move(message));
  }

  Result<> check_plan(std::size_t index, std::uint64_t& bytes) const {
    const ExecutionPlan& plan = program_.execution_plan[index];
    const std::string path = indexed("execution_plan", index) + ".";
    for (std::size_t v = 0; v < plan.values.size(); ++v) {
      const auto* unknown = std::get_if<UnknownValue>(&plan.values[v].content);
      if (unknown && unknown->type != 0) {
        return refuse(path + indexed("values", v), "has a kind that cannot be written back: type " +
                                                       std::to_string(unknown->type) + ", or no content");
      }
      bytes += kTableBytes;
    }
    for (const Chain& chain : plan.chains) {
      for (std::size_t i = 0; i < chain.instructions.size(); ++i) {
        const auto* unknown = std::get_if<UnknownInstruction>(&chain.instructions[i].content);
        if (unknown && unknown->type != 0) {
          return refuse(path + indexed("instructions", i), "has a kind that cannot be written back: type " +
                                                               std::to_string(unknown->type) + ", or no content");
        }
        bytes += kTableBytes;
      }
    }
    return {};
  }

  Offset<fb::SubsegmentOffsets> subsegment(const SubsegmentOffsets& table) {
    return fb::CreateSubsegmentOffsets(builder_, table.segment_index, write_items(builder_, table.offsets));
  }

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

  const Program& program_;
  WriteLayout layout_;
  format::Builder builder_;
};

}  // namespace

WriteLayout layout_of(const Program& program) {
  WriteLayout layout;
  std::vector<std::uint64_t> offsets;
  if (program.header && program.header->segment_base_offset != 0) {
    offsets.push_back(program.header->segment_base_offset);
    for (const Segment& segment : program.segments) {
      if (segment.size != 0) offsets.push_back(segment.offset);
    }
    layout.segment_alignment =
        format::common_alignment(offsets, format::kSegmentAlignment, format::kMaxSegmentAlignment);
  }
  offsets.clear();
  for (const InlineData& each : program.constant_buffer) {
    if (!each.data.empty()) offsets.push_back(each.offset);
  }
  for (const InlineData& each : program.backend_delegate_data) {
    if (!each.data.empty()) offsets.push_back(each.offset);
  }
  if (!offsets.empty()) {
    layout.inline_alignment = format::common_alignment(offsets, format::kTensorAlignment, format::kMaxSegmentAlignment);
  }
  return layout;
}

Result<std::vector<SegmentContent>> segment_contents(const Program& program) {
  std::vector<SegmentContent> contents;
  for (std::size_t i = 0; i < program.segments.size(); ++i) {
    PTETOOL_ASSIGN(const ByteView bytes, program.segment_bytes(i));
    contents.push_back(SegmentContent::of(bytes));
  }
  return contents;
}

Result<> writable(const Program& program) { return Writer(program, {}).check(); }

Result<format::FileImage> make_pte(const Program& program, std::span<const SegmentContent> segments,
                                   const WriteLayout& layout) {
  Writer writer(program, layout);
  PTETOOL_CHECK(writer.check());
  PTETOOL_ASSIGN(const auto placed, format::place_segments(segments, layout.segment_alignment));
  writer.finish(segments, placed);
  const format::Builder& builder = writer.builder();
  format::FileImage image;
  if (placed.size == 0) {  // as exporters do: without segment bytes there is no header
    image.head = format::with_header(builder, {});
    image.size = image.head.size();
    return image;
  }
  const std::uint64_t alignment = std::max<std::uint64_t>(builder.GetBufferMinAlignment(), format::kTensorAlignment);
  const std::uint64_t padded_header = checked_align_up(kHeaderLength, alignment).value_or(kHeaderLength);
  const std::uint64_t program_size = padded_header + builder.GetSize();
  const auto base = checked_align_up(program_size, layout.segment_alignment);
  if (!base || !checked_add(*base, placed.size)) return fail(ErrorCode::Limit, "the segments exceed a file");
  std::vector<std::uint8_t> header;
  format::put_tag(header, "eh00");
  format::put(header, kHeaderLength);
  format::put(header, program_size);
  format::put(header, *base);
  format::put(header, placed.size);
  header.resize(static_cast<std::size_t>(padded_header));
  image.head = format::with_header(builder, header);
  format::append_segments(image, segments, placed, *base);
  return image;
}

}  // namespace ptetool::pte
