// Reads PTE programs: the header by hand, the rest through the verified flatbuffer.
#include "ptetool/format/pte.h"

#include "format/flatbuffer.h"
#include "format/pte_et02.h"
#include "program_generated.h"
#include "ptetool/base/text.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::pte;
using format::convert_all;
using format::items;
using format::text;
using format::wide_items;

namespace {

constexpr std::uint64_t kHeaderAt = 8;             // the extended header follows root offset and identifier
constexpr std::uint32_t kMinHeaderLength = 24;     // up to v0.7
constexpr std::uint32_t kHeaderWithDataSize = 32;  // since v1.0

// Converts the tables of one program; all offsets are taken from the start of its bytes.
class Converter {
 public:
  explicit Converter(ByteView bytes) : bytes_(bytes) {}

  // Are all vectors where their numbers can be read in place?
  bool aligned() const { return aligned_; }

  std::uint64_t at(const void* object) const { return format::offset_in(bytes_, object); }

  static ByteView raw(const flatbuffers::Vector<std::uint8_t>* vector) {
    return vector ? ByteView(vector->data(), vector->size()) : ByteView();
  }

  static Tensor tensor(const fb::Tensor& table) {
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
      tensor.extra_tensor_info =
          ExtraTensorInfo{extra->mutable_data_segments_idx(), text(extra->fully_qualified_name()),
                          static_cast<TensorDataLocation>(extra->location()),
                          static_cast<std::int8_t>(extra->device_type()), extra->device_index()};
    }
    return tensor;
  }

  Value value(const fb::EValue& table) {
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

  Instruction instruction(const fb::Instruction& table) const {
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

  Chain chain(const fb::Chain& table) const {
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

  BackendDelegate delegate(const fb::BackendDelegate& table) const {
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

  ExecutionPlan plan(const fb::ExecutionPlan& table) {
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
    plan.non_const_buffer_device = convert_all<
        BufferDevice>(table.non_const_buffer_device(), [](const fb::NonConstBufferDevice& device) {
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

  InlineData inline_data(const flatbuffers::Vector<std::uint8_t>* vector) const {
    const ByteView data = raw(vector);
    return {data, vector ? at(vector->data()) : 0};
  }

  SubsegmentOffsets subsegment(const fb::SubsegmentOffsets& table) {
    return {table.segment_index(), wide_items(table.offsets(), aligned_), at(&table)};
  }

 private:
  ByteView bytes_;
  bool aligned_ = true;
};

// The extended header, if the magic is there (format-facts 1.1).
Result<std::optional<ExtendedHeader>> read_header(const File& file) {
  const ByteView bytes = file.bytes();
  if (!has_tag(bytes, kHeaderAt, "eh00")) return std::optional<ExtendedHeader>();
  const auto malformed = [&](std::string message, std::uint64_t offset) {
    return fail(ErrorCode::Malformed, file.name(), "extended header", std::move(message), offset);
  };
  ExtendedHeader header;
  const auto length = load<std::uint32_t>(bytes, kHeaderAt + 4);
  if (!length) return malformed("is cut off", kHeaderAt);
  header.length = *length;
  if (header.length < kMinHeaderLength) {
    return malformed("length " + std::to_string(header.length) + " is below the smallest that exists, 24",
                     kHeaderAt + 4);
  }
  const auto program_size = load<std::uint64_t>(bytes, 16);
  const auto segment_base = load<std::uint64_t>(bytes, 24);
  if (!program_size || !segment_base) return malformed("is cut off", kHeaderAt);
  header.program_size = *program_size;
  header.segment_base_offset = *segment_base;
  if (header.length >= kHeaderWithDataSize) {
    const auto data_size = load<std::uint64_t>(bytes, 32);
    if (!data_size) return malformed("is cut off", kHeaderAt);
    header.segment_data_size = *data_size;
  }
  if (header.program_size > bytes.size()) {
    return malformed("program size " + std::to_string(header.program_size) + " exceeds the file's " +
                         std::to_string(bytes.size()) + " bytes: the file is cut off",
                     16);
  }
  if (header.program_size < kHeaderAt + header.length) {
    return malformed("program size " + std::to_string(header.program_size) + " does not even hold the header", 16);
  }
  return std::optional(header);
}

Result<> check_identifier(const File& file) {
  if (file.size() < 8) {
    return fail(ErrorCode::Malformed, file.name(), "",
                "is cut off: " + counted(file.size(), "byte") + " cannot hold a program", 0);
  }
  if (has_tag(file.bytes(), 4, "ET12") || has_tag(file.bytes(), 4, kPreReleaseIdentifier)) return {};
  const auto identifier = as_text(file.bytes().subspan(4, 4));
  if (identifier.starts_with("ET")) {
    return fail(ErrorCode::WrongKind, file.name(), "",
                "has the program identifier " + quoted(identifier) +
                    ", an incompatible schema; every ExecuTorch release reads 'ET12' only",
                4);
  }
  return fail(ErrorCode::WrongKind, file.name(), "", "is no ExecuTorch program (no 'ET12' at offset 4)", 4);
}

}  // namespace

Result<Program> read_pte(std::shared_ptr<const File> file) {
  PTETOOL_CHECK(check_identifier(*file));
  Program program;
  program.file = file;
  program.identifier = as_text(file->bytes().subspan(4, 4));
  if (program.identifier == kPreReleaseIdentifier) {
    PTETOOL_CHECK(read_et02(program));
    return program;
  }
  PTETOOL_ASSIGN(program.header, read_header(*file));
  program.flatbuffer_size = program.header ? program.header->program_size : file->size();
  const ByteView bytes = file->bytes().first(static_cast<std::size_t>(program.flatbuffer_size));
  PTETOOL_ASSIGN(const fb::Program* root,
                 format::verified_root<fb::Program>(bytes, file->name(), "the program flatbuffer"));
  Converter convert(file->bytes());
  program.root_offset = convert.at(root);
  program.version = root->version();
  program.has_execution_plan = root->execution_plan() != nullptr;
  program.has_segments = root->segments() != nullptr;
  program.has_named_data = root->named_data() != nullptr;
  program.execution_plan =
      convert_all<ExecutionPlan>(root->execution_plan(), [&](const auto& each) { return convert.plan(each); });
  program.constant_buffer = convert_all<InlineData>(
      root->constant_buffer(), [&](const fb::Buffer& buffer) { return convert.inline_data(buffer.storage()); });
  program.backend_delegate_data = convert_all<InlineData>(
      root->backend_delegate_data(),
      [&](const fb::BackendDelegateInlineData& inline_data) { return convert.inline_data(inline_data.data()); });
  program.segments = convert_all<Segment>(root->segments(), [&](const fb::DataSegment& segment) {
    return Segment{segment.offset(), segment.size(), convert.at(&segment)};
  });
  if (const auto* constants = root->constant_segment()) program.constant_segment = convert.subsegment(*constants);
  program.mutable_data_segments = convert_all<SubsegmentOffsets>(
      root->mutable_data_segments(), [&](const auto& each) { return convert.subsegment(each); });
  program.named_data = convert_all<NamedData>(root->named_data(), [&](const fb::NamedData& entry) {
    return NamedData{text(entry.key()), entry.segment_index(), convert.at(&entry)};
  });
  if (!convert.aligned()) {
    return fail(ErrorCode::Malformed, file->name(), "", "the program flatbuffer has a vector that is not aligned");
  }
  return program;
}

}  // namespace ptetool::pte
