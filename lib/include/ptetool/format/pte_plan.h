// The methods of a PTE program (format-facts 1.4): values, chains of instructions, the operators and delegates that
// they call. Views and their lifetime: pte.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/format/pte_values.h"

namespace ptetool::pte {

enum class DataLocation : std::int8_t { Inline = 0, Segment = 1 };

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
  // The value of an index that a file gives; null where there is none.
  const Value* find_value(std::int64_t index) const;
};

}  // namespace ptetool::pte
