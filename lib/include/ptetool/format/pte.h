// A PTE program as plain structs (format-facts 1).
//
// Texts and number lists are views into the file's bytes: a Program keeps its File alive, and copies of its parts are
// valid as long as one Program that shares the File lives. Where the file has no vector at all, the view's data() is
// null, which is different from an empty vector; absent tables are std::nullopt. That, and the offsets, let a writer
// put an unchanged program back as it was.
//
// read_pte() proves structure only: header arithmetic, identifier, every flatbuffer offset. Meaning (indices in range,
// segments inside the file, tensors inside arenas) is proved by the rules in verify/, which the loader runs too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/dtype.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::pte {

// The extended header, "eh00" (format-facts 1.1). All offsets count from the start of the program's bytes.
struct ExtendedHeader {
  std::uint32_t length = 0;               // 24 up to v0.7, 32 since v1.0
  std::uint64_t program_size = 0;         // flatbuffer including the header
  std::uint64_t segment_base_offset = 0;  // 0: no segments
  std::uint64_t segment_data_size = 0;    // 0 where length < 32: unknown
};

struct AllocationDetails {
  std::uint32_t memory_id = 0;      // 1-based arena number; 0 is invalid
  std::uint64_t memory_offset = 0;  // low and high words put together
};

enum class ShapeDynamism : std::int8_t { Static = 0, DynamicBound = 1, DynamicUnbound = 2 };
enum class TensorDataLocation : std::int8_t { Segment = 0, External = 1 };
enum class DataLocation : std::int8_t { Inline = 0, Segment = 1 };

struct ExtraTensorInfo {
  std::uint64_t mutable_data_segments_idx = 0;
  std::string_view fully_qualified_name;  // data() null: absent
  TensorDataLocation location = TensorDataLocation::Segment;
  std::int8_t device_type = 0;
  std::int8_t device_index = 0;
};

struct Tensor {
  ScalarType scalar_type{};
  std::int32_t storage_offset = 0;
  std::span<const std::int32_t> sizes;
  std::span<const std::uint8_t> dim_order;
  bool requires_grad = false;
  std::uint32_t data_buffer_idx = 0;
  std::optional<AllocationDetails> allocation_info;
  std::int8_t layout = 0;
  ShapeDynamism shape_dynamism = ShapeDynamism::Static;
  std::optional<ExtraTensorInfo> extra_tensor_info;

  bool external() const { return extra_tensor_info && extra_tensor_info->location == TensorDataLocation::External; }
  // Content comes from the constant segment or the constant_buffer (format-facts 5.3).
  bool constant() const { return !external() && !allocation_info && data_buffer_idx > 0; }
  // Planned memory whose initial content comes from mutable_data_segments[0].
  bool initialised_state() const { return !external() && allocation_info && data_buffer_idx > 0; }
  std::string_view name() const {
    return extra_tensor_info ? extra_tensor_info->fully_qualified_name : std::string_view();
  }
};

struct Null {};
struct Int {
  std::int64_t value = 0;
};
struct Bool {
  bool value = false;
};
struct Double {
  double value = 0;
};
struct String {
  std::string_view value;
};
struct IntList {
  std::span<const std::int64_t> items;
};  // value indices
struct DoubleList {
  std::span<const double> items;
};  // literals
struct BoolList {
  std::span<const std::uint8_t> items;
};  // literals, one byte each
struct TensorList {
  std::span<const std::int32_t> items;
};  // value indices
struct OptionalTensorList {
  std::span<const std::int32_t> items;
};  // value indices, -1 = None
// A kind byte this schema does not know, or a known kind without a value.
struct UnknownValue {
  std::uint8_t type = 0;
};

struct Value {
  std::variant<UnknownValue, Null, Int, Bool, Double, Tensor, String, IntList, DoubleList, BoolList, TensorList,
               OptionalTensorList>
      content;
  std::uint64_t offset = 0;  // of the EValue table

  const Tensor* tensor() const { return std::get_if<Tensor>(&content); }
};
// "Tensor", "IntList" … as the schema spells the kind.
std::string_view kind_name(const Value& value);

struct Operator {
  std::string_view name;      // "aten::add"
  std::string_view overload;  // "out"; may be empty
  std::uint64_t offset = 0;

  // "aten::add.out"
  std::string full_name() const;
};

struct KernelCall {
  std::int32_t op_index = 0;
  std::span<const std::int32_t> args;
};
struct DelegateCall {
  std::int32_t delegate_index = 0;
  std::span<const std::int32_t> args;
};
struct MoveCall {
  std::int32_t move_from = 0;
  std::int32_t move_to = 0;
};
struct JumpFalseCall {
  std::int32_t cond_value_index = 0;
  std::int32_t destination_instruction = 0;
};
struct FreeCall {
  std::int32_t value_index = 0;
};
struct UnknownInstruction {
  std::uint8_t type = 0;
};

struct Instruction {
  std::variant<UnknownInstruction, KernelCall, DelegateCall, MoveCall, JumpFalseCall, FreeCall> content;
  std::uint64_t offset = 0;
};

struct Frame {
  std::string_view filename;
  std::int32_t lineno = 0;
  std::string_view name;
  std::string_view context;
};

struct Chain {
  std::span<const std::int32_t> inputs;   // unused by runtimes
  std::span<const std::int32_t> outputs;  // unused by runtimes
  std::vector<Instruction> instructions;
  bool has_instructions = false;               // the vector is there, if perhaps empty
  std::vector<std::vector<Frame>> stacktrace;  // per instruction; usually empty
  std::uint64_t offset = 0;
};

struct CompileSpec {
  std::string_view key;
  ByteView value;
};

struct BackendDelegate {
  std::string_view id;  // data() null: absent
  bool has_processed = false;
  DataLocation location = DataLocation::Inline;
  std::uint32_t index = 0;  // into backend_delegate_data (Inline) or segments (Segment)
  std::vector<CompileSpec> compile_specs;
  std::uint64_t offset = 0;
};

struct BufferDevice {
  std::int32_t buffer_idx = 0;
  std::int8_t device_type = 0;
  std::int8_t device_index = 0;
};

// Which of a plan's vectors are in the file at all; runtimes refuse a plan without them.
struct PlanPresence {
  bool values = false, inputs = false, outputs = false, chains = false, operators = false, delegates = false,
       buffer_sizes = false;
};

// One method (or constant method) of the program.
struct ExecutionPlan {
  std::string_view name;
  std::string_view encoded_inp_str;
  std::string_view encoded_out_str;
  std::vector<Value> values;
  std::span<const std::int32_t> inputs;   // value indices
  std::span<const std::int32_t> outputs;  // value indices
  std::vector<Chain> chains;
  std::vector<Operator> operators;
  std::vector<BackendDelegate> delegates;
  std::span<const std::int64_t> non_const_buffer_sizes;  // [0] is reserved
  std::vector<BufferDevice> non_const_buffer_device;
  PlanPresence present;
  std::uint64_t offset = 0;

  // A getter: no inputs and no instructions; its outputs are metadata (format-facts 1.6).
  bool constant_method() const;
};

struct InlineData {
  ByteView data;
  std::uint64_t offset = 0;  // of the first byte of data
};

struct Segment {
  std::uint64_t offset = 0;  // relative to segment_base_offset
  std::uint64_t size = 0;
  std::uint64_t table_offset = 0;
};

struct SubsegmentOffsets {
  std::uint32_t segment_index = 0;
  std::span<const std::uint64_t> offsets;
  std::uint64_t table_offset = 0;
};

struct NamedData {
  std::string_view key;
  std::uint32_t segment_index = 0;
  std::uint64_t offset = 0;
};

struct Program {
  std::shared_ptr<const File> file;
  std::string_view identifier;  // "ET12"; "ET02" for files from before the first release, which no runtime loads
  std::shared_ptr<const void> converted;  // owns what views point to that is not in the file (ET02 only)
  std::optional<ExtendedHeader> header;
  std::uint32_t version = 0;
  std::vector<ExecutionPlan> execution_plan;
  std::vector<InlineData> constant_buffer;
  std::vector<InlineData> backend_delegate_data;
  std::vector<Segment> segments;
  std::optional<SubsegmentOffsets> constant_segment;
  std::vector<SubsegmentOffsets> mutable_data_segments;
  std::vector<NamedData> named_data;
  bool has_execution_plan = false;
  bool has_segments = false;
  bool has_named_data = false;
  std::uint64_t flatbuffer_size = 0;  // bytes at the start of the file that are the flatbuffer with its header
  std::uint64_t root_offset = 0;      // of the Program table

  // Bytes of a segment, checked against the file and, where the header tells it, the segment data size.
  Result<ByteView> segment_bytes(std::uint64_t index) const;
  // The `size` bytes of constant `data_buffer_idx` (>= 1), from constant_buffer or the constant segment.
  Result<ByteView> constant_bytes(std::uint32_t data_buffer_idx, std::uint64_t size) const;
  // The `size` initial bytes of state `data_buffer_idx` (>= 1), from mutable_data_segments[0]. Not aligned.
  Result<ByteView> initial_state_bytes(std::uint32_t data_buffer_idx, std::uint64_t size) const;
  // The processed bytes of a delegate, inline or in a segment.
  Result<ByteView> delegate_bytes(const BackendDelegate& delegate) const;
  const ExecutionPlan* find_method(std::string_view name) const;
  // Position of `part` in the file; 0 for bytes that are not of this file.
  std::uint64_t offset_of(ByteView part) const;
};

// Bytes of a tensor of these sizes; nullopt for an unknown dtype, a negative size or an overflow.
std::optional<std::uint64_t> tensor_nbytes(const Tensor& tensor);

// Reads a program from the whole of `file`. Errors: WrongKind (identifiers other than ET12 and ET02), Malformed (header
// or flatbuffer broken, with the offset), Limit (a flatbuffer of 2 GiB or more).
Result<Program> read_pte(std::shared_ptr<const File> file);

}  // namespace ptetool::pte
