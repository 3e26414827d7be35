// The values of a method of a PTE program (format-facts 1.4): tensors, numbers, texts, and lists of them. Views and
// their lifetime: pte.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "ptetool/base/dtype.h"

namespace ptetool::pte {

struct AllocationDetails {
  std::uint32_t memory_id = 0;      // 1-based arena number; 0 is invalid
  std::uint64_t memory_offset = 0;  // low and high words put together
};

enum class ShapeDynamism : std::int8_t { Static = 0, DynamicBound = 1, DynamicUnbound = 2 };
enum class TensorDataLocation : std::int8_t { Segment = 0, External = 1 };

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

// Bytes of a tensor of these sizes; nullopt for an unknown dtype, a negative size or an overflow.
std::optional<std::uint64_t> tensor_nbytes(const Tensor& tensor);

}  // namespace ptetool::pte
