// The graph inside an XNNPACK delegate blob as plain structs (format-facts 3). Views borrow from the blob's bytes.
//
// Every node kind is described by one row (name, operand roles, attributes), so that dumps, checks and compilers can be
// written over the table; a Node holds what its row names.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"

namespace ptetool::xnn {

inline constexpr std::uint32_t kInvalidId = 0xffffffffu;
// XNN_MAX_TENSOR_DIMS.
inline constexpr std::size_t kMaxDims = 6;
// The flags that exporters write: of values, and of nodes (format-facts 3.3).
inline constexpr std::uint32_t kExternalInput = 1, kExternalOutput = 2;
inline constexpr std::uint32_t kTransposeWeights = 1, kAlignCorners = 8, kKeepDims = 0x40;

enum class Datatype : std::int16_t {
  Invalid = 0,
  Fp32 = 1,
  Fp16 = 2,
  QInt8 = 3,
  QUInt8 = 4,
  QInt32 = 5,
  QCInt8 = 6,
  QCInt32 = 7,
  QCInt4 = 8,
  QDInt8 = 9,
  QBInt4 = 10,
  QPInt8 = 11,
  Int32 = 12,
  PFp32 = 13,
  Bf16 = 14,
};
// "fp32", "qcint4" …; "datatype 77" for an id that does not exist.
std::string datatype_name(Datatype type);
// Bits per element (4 for the 4-bit kinds); nullopt for an unknown datatype.
std::optional<unsigned> datatype_bits(Datatype type);

// The 47 members of XNodeUnion; the value is the union type byte.
enum class NodeKind : std::uint8_t {
  None = 0,
  Add,
  FullyConnected,
  Softmax,
  Sigmoid,
  StaticTranspose,
  Clamp,
  Conv2d,
  Div,
  StaticResizeBilinear2D,
  StaticConstantPad,
  AvgPooling2d,
  Minimum,
  DepthwiseConv2d,
  MaxPooling2d,
  Multiply,
  Subtract,
  Floor,
  Convert,
  GlobalAvgPooling2d,
  StaticReshape,
  ArgMaxPooling2d,
  SquareRoot,
  Ceiling,
  Hardswish,
  LeakyReLU,
  Maximum,
  Negate,
  Square,
  ELU,
  Abs,
  PReLU,
  Concatenate2,
  Concatenate3,
  Concatenate4,
  StaticSlice,
  ScaledDotProductAttention,
  BatchMatrixMultiply,
  Concatenate5,
  ConvTranspose2d,
  ReciprocalSquareRoot,
  Log,
  Gelu,
  Tanh,
  Exp,
  Sin,
  Copy,
  Cos,
};
inline constexpr int kNodeKinds = 47;
// "FullyConnected"; "node kind 99" for an unknown one.
std::string node_kind_name(NodeKind kind);

enum class FieldKind : std::uint8_t { Input, Output, Number, Real, List, Flags };
struct NodeField {
  FieldKind kind = FieldKind::Number;
  std::string_view name;  // a role for operands, an attribute's name otherwise
};
// The row of a node kind. Field i of the schema's table is fields[i]; of the inputs named there the first `inputs`
// exist (ConcatenateN share one table).
struct NodeKindInfo {
  NodeKind kind = NodeKind::None;
  std::string_view name;
  std::span<const NodeField> fields;
  std::size_t inputs = 0;
  std::size_t outputs = 1;
};
// All rows, ordered by kind.
std::span<const NodeKindInfo> node_kinds();
// The row of a kind; nullptr for None and for a kind this schema does not know.
const NodeKindInfo* find_node_kind(NodeKind kind);

struct PerTensorQuant {
  float scale = 0;
  std::int32_t zero_point = 0;
};
struct PerChannelQuant {
  std::span<const float> scale;  // inline scales; used when scale_buffer_idx is 0
  std::int32_t channel_dim = 0;
  std::uint32_t scale_buffer_idx = 0;  // into constant_data: float32 [num_scales]
  std::uint32_t num_scales = 0;
};
struct PerTokenDynamicQuant {
  std::int32_t num_nonbatch_dims = 0;
};
struct PerChannelGroupQuant {
  std::span<const float> scale;  // before v0.4
  std::int32_t channel_dim = 0;
  std::int32_t group_size = 0;
  std::span<const std::uint16_t> scale_bf16;  // v0.4 to v0.6
  std::uint32_t scale_buffer_idx = 0;         // since v0.7: bfloat16 [num_scales]
  std::uint32_t num_scales = 0;
};
struct NoQuant {};
struct UnknownQuant {
  std::uint8_t type = 0;
};
using QuantParams =
    std::variant<NoQuant, PerChannelQuant, PerTensorQuant, PerTokenDynamicQuant, PerChannelGroupQuant, UnknownQuant>;

struct Value {
  Datatype datatype = Datatype::Invalid;
  std::uint32_t num_dims = 0;
  std::span<const std::uint32_t> dims;
  std::uint32_t constant_buffer_idx = 0;     // 0: no constant
  std::uint32_t external_id = kInvalidId;    // index into the DelegateCall's args
  std::uint32_t flags = 0;                   // kExternalInput, kExternalOutput
  std::uint32_t id = 0;                      // id_out
  Datatype dq_datatype = Datatype::Invalid;  // v0.1 dynamic quantisation
  QuantParams quant;
  std::uint64_t offset = 0;  // of its table, from the blob's start
  bool known = true;         // false: a union member this schema does not know, or no tensor value

  bool external_input() const { return (flags & kExternalInput) != 0; }
  bool external_output() const { return (flags & kExternalOutput) != 0; }
};

// A named number of a node ("kernel_height": 3) or list of numbers ("perm": [0, 2, 1]).
struct Attribute {
  std::string_view name;
  std::variant<std::uint32_t, float, std::span<const std::uint32_t>> value;
};
// An operand: its role in the schema ("filter_id" without the "_id") and the id of the value.
struct Operand {
  std::string_view role;
  std::uint32_t id = kInvalidId;
};
struct OutputMinMax {
  float min = 0;
  float max = 0;
};

struct Node {
  NodeKind kind = NodeKind::None;
  std::vector<Operand> inputs;  // in schema order; a missing bias has kInvalidId
  std::vector<Operand> outputs;
  std::vector<Attribute> attributes;  // everything that is neither operand nor flags, in schema order
  std::uint32_t flags = 0;
  std::uint32_t debug_handle = 0;
  std::optional<OutputMinMax> output_min_max;
  std::uint64_t offset = 0;  // of its table, from the blob's start
  bool known = true;         // false: a union member this schema does not know

  std::uint32_t input(std::string_view role) const;   // kInvalidId if there is none
  std::uint32_t output(std::string_view role) const;  // kInvalidId if there is none
  std::uint32_t number(std::string_view name, std::uint32_t fallback = 0) const;
  float real(std::string_view name, float fallback = 0) const;
  std::span<const std::uint32_t> list(std::string_view name) const;
};

// One entry of constant_data (v0.2+) or constant_buffer (v0.1). Entry 0 is reserved: no value refers to it, and the
// empty key that exporters since v0.6 give it names nothing.
struct Constant {
  std::optional<std::string_view> named_key;  // since v0.6: the bytes are named data of the PTE or a PTD
  std::uint64_t offset = 0;                   // of the bytes from the blob's start, when there is no key
  std::uint64_t size = 0;
  bool inside = false;  // no key, and [offset, offset + size) lies in the constant region
};

struct Header {
  std::uint16_t length = 0;
  std::uint32_t flatbuffer_offset = 0;
  std::uint32_t flatbuffer_size = 0;
  std::uint32_t constant_data_offset = 0;
  std::uint64_t constant_data_size = 0;
};

struct Graph {
  Bytes blob;
  std::shared_ptr<const void> flatbuffer_owner;  // an aligned copy of the flatbuffer where the blob is not aligned
  std::optional<Header> header;                  // absent in v0.1: the whole blob is the flatbuffer
  std::string_view identifier;                   // "XN00" or "XN01"
  std::string_view version;
  std::vector<Node> nodes;
  std::vector<Value> values;
  std::uint32_t num_externs = 0;
  std::span<const std::uint32_t> input_ids;
  std::span<const std::uint32_t> output_ids;
  std::vector<Constant> constants;
  bool has_nodes = false;
  bool has_values = false;
  std::vector<std::uint32_t> values_by_id;  // indices into values, ordered by id; made by read_xnnpack_blob()

  // The value with this id (not index); nullptr if there is none.
  const Value* find_value(std::uint32_t id) const;
  // Bytes of a constant that lies inside the blob; errors for keyed, reserved or out-of-range ones.
  Result<ByteView> constant_bytes(std::uint32_t index) const;
};

// Reads a delegate's processed bytes. `name` is what errors call the blob (file and path). Errors: Malformed with the
// offset inside the blob; WrongKind for another identifier.
Result<Graph> read_xnnpack_blob(Bytes blob, std::string name);

// Bytes that a constant of this value occupies: dims × datatype (4-bit kinds: input channels padded to even, two per
// byte). nullopt for unknown datatypes or overflow.
std::optional<std::uint64_t> constant_nbytes(const Value& value);

}  // namespace ptetool::xnn
