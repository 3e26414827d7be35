// A value of a running method (an EValue, format-facts 5.1): what instructions read and write.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "ptetool/tensor/tensor.h"

namespace ptetool {

struct None {};
// Lists keep value indices, and are read at each use: prim ops replace the values they name (format-facts 5.3).
struct IntListRef {
  std::span<const std::int64_t> items;
};
struct TensorListRef {
  std::span<const std::int32_t> items;
};  // also the outs of multi-output operators
struct OptionalTensorListRef {
  std::span<const std::int32_t> items;
};  // -1, or a None value: absent
struct DoubleListRef {
  std::span<const double> items;
};
struct BoolListRef {
  std::span<const std::uint8_t> items;
};

using Value = std::variant<None, Tensor, std::string_view, double, std::int64_t, bool, BoolListRef, DoubleListRef,
                           IntListRef, TensorListRef, OptionalTensorListRef>;

// "Tensor", "Int", "None" …
std::string_view kind_name(const Value& value);

// A Scalar argument: Int, Double or Bool.
struct Scalar {
  enum class Kind : std::uint8_t { Int, Double, Bool } kind = Kind::Int;
  std::int64_t integer = 0;  // also a Bool's 0 or 1
  double real = 0;

  double as_double() const { return kind == Kind::Double ? real : static_cast<double>(integer); }
};

}  // namespace ptetool
